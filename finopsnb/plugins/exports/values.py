"""Ibis values that conversions are written with: periods, choices, and names looked up in tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from finopsnb.focus._engine import DECIMAL, as_instant, as_utc, is_one_of, strlen
from finopsnb.focus.instants import next_month, start_of_month
from finopsnb.plugins.exports.engine import json_list, json_member

__all__ = [
    "ZERO",
    "choose",
    "decimal",
    "is_one_of",
    "json_list",
    "json_member",
    "looked_up",
    "next_day",
    "next_month",
    "nothing",
    "start_of_month",
    "starts_with_any",
    "unless_empty",
]


def decimal(value: Any) -> Any:
    """A decimal literal or value as DECIMAL(38,18)."""
    return (ibis.literal(value) if isinstance(value, str | int) else value).cast(DECIMAL)


#: no money
ZERO = decimal(0)


def nothing(like: Any) -> Any:
    """The null of the type of another value."""
    return ibis.null(like.type())


def choose(*cases: tuple[Any, Any], otherwise: Any) -> Any:
    """The value of the first condition that holds."""
    return ibis.cases(*cases, else_=otherwise)


def looked_up(text: Any, names: Mapping[str, str]) -> Any:
    """What a table says of a text; null where the table does not have it."""
    return ibis.map(list(names), list(names.values())).get(text)


def next_day(instant: Any) -> Any:
    """The same time of the next day in UTC: an inclusive last day as an exclusive end."""
    return as_instant(as_utc(instant) + ibis.interval(days=1))


def starts_with_any(text: Any, prefixes: tuple[str, ...]) -> Any:
    """Whether a text begins with one of these."""
    return ibis.or_(*[text.startswith(prefix) for prefix in prefixes])


def unless_empty(text: Any) -> Any:
    """The text, or null where it is empty."""
    return ibis.ifelse(strlen(text) > 0, text, ibis.null("string"))
