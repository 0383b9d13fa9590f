"""The DuckDB functions that conversions need beside those of finopsnb.focus, which Ibis has no word for."""

from __future__ import annotations

from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import INSTANT, builtin, null

__all__ = ["in_zone", "json_list", "json_member", "month_start", "try_strptime", "wall_time", "worked_out"]

_TEXT = dt.string

#: the time that a text says in that form, or null
try_strptime = builtin("try_strptime", (_TEXT, _TEXT), dt.Timestamp())

_member = builtin("json_extract_string", (_TEXT, _TEXT), _TEXT)
_members = builtin("json_extract", (_TEXT, _TEXT), dt.Array(_TEXT))
_instant_of = builtin("timezone", (_TEXT, dt.Timestamp()), INSTANT)
_wall_of = builtin("timezone", (_TEXT, INSTANT), dt.Timestamp())


def worked_out(value: Any) -> Any:
    """The value as it is, in a select that Ibis leaves whole: what refers to it does not work it out again."""
    same = builtin("coalesce", (value.type(),), value.type())
    return same(value)


def json_member(text: Any, path: str) -> Any:
    """The text under a path such as ``$.name`` of JSON text; null where there is none. A number has the digits of a double."""
    return _member(text, path)


def json_list(text: Any) -> Any:
    """The elements of a JSON array, each as JSON text."""
    return _members(text, "$[*]")


def month_start(text: Any, zone: str) -> Any:
    """The first instant in a time zone of a month written 202610; null where it is none."""
    return ibis.ifelse(text.length() == len("202610"), in_zone(try_strptime(text, "%Y%m"), zone), null(INSTANT))


def in_zone(wall: Any, zone: str) -> Any:
    """The instant at which clocks of the zone show that time."""
    return _instant_of(zone, wall)


def wall_time(instant: Any, zone: str) -> Any:
    """What clocks of the zone show at that instant."""
    return _wall_of(zone, instant)
