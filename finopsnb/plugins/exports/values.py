"""Ibis values that conversions are written with: periods, choices, and names looked up in tables."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Mapping
from typing import Any

import ibis

from finopsnb.focus._engine import (
    DECIMAL,
    as_instant,
    as_utc,
    element,
    is_one_of,
    map_from_entries,
    position,
    split_part,
    strlen,
    texts,
    to_json,
)
from finopsnb.focus.instants import next_month, start_of_month
from finopsnb.focus.products import product
from finopsnb.plugins.exports.engine import in_zone, json_list, json_member, wall_time

__all__ = [
    "ZERO",
    "choose",
    "day_text",
    "decimal",
    "entries_of",
    "entry",
    "is_one_of",
    "json_list",
    "json_member",
    "labels_of",
    "looked_up",
    "month_in",
    "next_day",
    "next_month",
    "next_month_in",
    "nothing",
    "part",
    "start_of_month",
    "tags_of",
    "times",
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
    return element(texts(tuple(names.values())), position(texts(tuple(names)), text))


def next_day(instant: Any) -> Any:
    """The same time of the next day in UTC: an inclusive last day as an exclusive end."""
    return as_instant(as_utc(instant) + ibis.interval(days=1))


def month_in(instant: Any, zone: str) -> Any:
    """The first instant of its month in a time zone such as America/Los_Angeles."""
    return in_zone(wall_time(instant, zone).truncate("M"), zone)


def next_month_in(instant: Any, zone: str) -> Any:
    """The same time of the same day of the next month, by the clocks of a time zone."""
    return in_zone(wall_time(instant, zone) + ibis.interval(months=1), zone)


def day_text(instant: Any) -> Any:
    """Its day in UTC, as 2026-10-01."""
    return as_utc(instant).strftime("%Y-%m-%d")


def part(text: Any, separator: str, number: int) -> Any:
    """The part of that number between separators, from 1, or from the end when negative; empty where there is none."""
    return split_part(text, separator, number)


def times(quantity: Any, price: Any, about: tuple[Any, Any] | None = None) -> Any:
    """The exact product of two decimals as DECIMAL(38,18), a half at the 18th decimal to even; null where it does not fit.

    ``about`` are the two as floats, as :meth:`Raw.about` gives them: it is found out sooner then, and is the same.
    """
    return product(quantity.cast(DECIMAL), price.cast(DECIMAL), about)


def tags_of(values: Mapping[str, Any]) -> Any:
    """The values that are not null under their keys, as JSON text; null where there are none. Keys may differ by case alone.

    Put together from texts: a MAP of them that becomes JSON takes DuckDB five times as long.
    """
    said = [ibis.ifelse(value.notnull(), ibis.literal(f",{json.dumps(key)}:") + to_json(value), "") for key, value in values.items()]
    members = functools.reduce(operator.add, said)
    return ibis.ifelse(members == "", ibis.null("string"), ibis.literal("{") + members.substr(1) + "}")


def entry(key: Any, value: Any) -> Any:
    """A key and its value, as :func:`entries_of` takes lists of them."""
    return ibis.struct({"key": key, "value": value})


def entries_of(*lists: Any) -> Any:
    """Lists of keys and values as one, those without a key or a value left out."""
    some = [one.fill_null(ibis.literal([], type=one.type())) for one in lists]
    entries = functools.reduce(lambda before, one: before.concat(one), some)
    return entries.filter(lambda one: one["key"].notnull() & one["value"].notnull())


def labels_of(entries: Any) -> Any:
    """A list of keys and values as a JSON object, null where there are none; of entries of one key the first counts."""
    keys = entries.map(lambda one: one["key"])
    first = entries.filter(lambda one, place: position(keys, one["key"]) == place + 1)
    return ibis.ifelse(entries.length() > 0, to_json(map_from_entries(first)), ibis.null("string"))


def unless_empty(text: Any) -> Any:
    """The text, or null where it is empty."""
    return ibis.ifelse(strlen(text) > 0, text, ibis.null("string"))
