"""Texts and times as instants in UTC.

A text is read when it begins with a year of four digits, as ISO 8601 has it; 09/01/2024 is not read, because nobody can
say which month it means. A time without a zone is taken as UTC, whatever the time zone of the session. DuckDB's
TIMESTAMP drops an offset without a word, so only texts in UTC go there.
"""

from __future__ import annotations

from typing import Any

import ibis

from finopsnb.focus._engine import INSTANT, as_instant, as_utc, strlen

__all__ = ["instant_of", "is_naive", "is_truncated", "may_be_truncated", "next_month", "start_of_month"]

#: what lies outside is a placeholder, not a billing date; pandas cannot hold later ones in nanoseconds
_FIRST, _LAST = "1970", "2262"


def instant_of(text: Any) -> Any:
    """The instant that a text column without blanks around it says, null where it says none."""
    looks_iso = (text.substr(4, 1) == "-") & (text >= _FIRST) & (text < _LAST)
    return ibis.cases(
        (~looks_iso, ibis.null(INSTANT)),
        (text.endswith("Z") | is_naive(text), as_instant(text.try_cast("timestamp"))),  # the usual one is asked first
        else_=text.try_cast(INSTANT),
    )


def is_naive(text: Any) -> Any:
    """Whether a time text says neither zone nor offset; the usual forms are told by their length."""
    length = strlen(text)
    usual = (length == len("2024-09-01")) | ((length == len("2024-09-01 00:00:00")) & (text.substr(16, 1) == ":"))
    zoned = text.contains("+") | text.substr(10).contains("-")
    return usual | (~zoned & text.right(1).between("0", "9"))


def is_truncated(text: Any) -> Any:
    """Whether a time text has digits beyond the microsecond."""
    return may_be_truncated(text) & text.re_search(r"\.\d{6}\d*[1-9]")


def may_be_truncated(text: Any) -> Any:
    """Whether a time text is long enough for that."""
    return strlen(text) > len("2024-09-01T00:00:00.000000")


def start_of_month(instant: Any) -> Any:
    """The first instant of its month in UTC."""
    return as_instant(as_utc(instant).truncate("M"))


def next_month(instant: Any) -> Any:
    """The same day of the next month in UTC."""
    return as_instant(as_utc(instant) + ibis.interval(months=1))
