# ruff: noqa: S608  texts for people: nothing here runs them, and session.sql only reads
"""Statements that people can run to see a number again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

__all__ = ["asked", "call", "condition", "of_days", "of_usage"]

_PROVIDER = "coalesce(ServiceProviderName, ProviderName)"
_DAILY = "ChargeCategory = 'Usage' and ChargePeriodEnd <= ChargePeriodStart + interval 1 day"


def asked(select: str, *conditions: str, source: str = "costs") -> str:
    """``session.sql`` of one statement; conditions that are empty are left out.

    >>> asked("count(*) as rows", condition({"ServiceName": "it's"}), source="costs")
    'session.sql("select count(*) as rows from costs where ServiceName = \\'it\\'\\'s\\'")'
    """
    where = " and ".join(one for one in conditions if one)
    return f"session.sql({_quoted(f'select {select} from {source}' + (f' where {where}' if where else ''))})"


def call(verb: str, *given: Any, **options: Any) -> str:
    """``session.verb(...)``, with days as texts.

    >>> call("query", "effective-savings-rate", start=date(2026, 1, 1))
    "session.query('effective-savings-rate', start='2026-01-01')"
    """
    words = [repr(value) for value in given] + [f"{name}={_plain(value)!r}" for name, value in options.items()]
    return f"session.{verb}({', '.join(words)})"


def condition(values: Mapping[str, Any]) -> str:
    """Each column is its value; None is null. ``provider`` stands for who provided the service."""
    return " and ".join(_equal(_PROVIDER if name == "provider" else name, value) for name, value in values.items())


def of_days(period: tuple[date, date]) -> str:
    """The charges that begin in these half-open days, in UTC."""
    start, end = (f"timestamptz '{day} 00:00:00+00'" for day in period)
    return f"ChargePeriodStart >= {start} and ChargePeriodStart < {end}"


def of_usage(period: tuple[date, date]) -> str:
    """The same of usage that lasts a day at most."""
    return f"{_DAILY} and {of_days(period)}"


def _equal(name: str, value: Any) -> str:
    if value is None:
        return f"{name} is null"
    return f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _quoted(text: str) -> str:
    """As a Python literal, between double quotes where that needs no escapes."""
    return f'"{text}"' if text.isprintable() and not set('"\\') & set(text) else repr(text)
