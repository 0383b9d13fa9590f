"""The DuckDB functions that conversions need beside those of finopsnb.focus, which Ibis has no word for."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import INSTANT, null

__all__ = ["element", "in_zone", "json_list", "json_member", "month_start", "position", "try_strptime", "wall_time", "worked_out"]


def _one(value: Any) -> Any: ...
def _two(first: Any, second: Any) -> Any: ...
def _three(first: Any, second: Any, third: Any) -> Any: ...


_TEXT = dt.string

#: the time that a text says in that form, or null
try_strptime = udf.scalar.builtin(_two, name="try_strptime", signature=((_TEXT, _TEXT), dt.Timestamp()))

_member = udf.scalar.builtin(_two, name="json_extract_string", signature=((_TEXT, _TEXT), _TEXT))
_members = udf.scalar.builtin(_two, name="json_extract", signature=((_TEXT, _TEXT), dt.Array(_TEXT)))
_instant_of = udf.scalar.builtin(_two, name="timezone", signature=((_TEXT, dt.Timestamp()), INSTANT))
_wall_of = udf.scalar.builtin(_two, name="timezone", signature=((_TEXT, INSTANT), dt.Timestamp()))


#: the place of a text in a list, from 1; 0 where it is not there
position = udf.scalar.builtin(_two, name="list_position", signature=((dt.Array(_TEXT), _TEXT), dt.int64))
#: the element of that number of a list of texts, from 1; null where there is none
element = udf.scalar.builtin(_two, name="list_extract", signature=((dt.Array(_TEXT), dt.int64), _TEXT))


def worked_out(value: Any) -> Any:
    """The value as it is, in a select that Ibis leaves whole: what refers to it does not work it out again."""
    same = udf.scalar.builtin(_one, name="coalesce", signature=((value.type(),), value.type()))
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
