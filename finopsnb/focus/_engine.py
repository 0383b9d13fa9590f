"""The few DuckDB functions that Ibis has no word for.

Ibis takes these for impure and therefore leaves the select that uses one whole, instead of writing it again into every
place of the next select that refers to it. Reading a table relies on that: what is cleaned once is not cleaned again.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

__all__ = [
    "DECIMAL",
    "INSTANT",
    "as_instant",
    "as_utc",
    "builtin",
    "element",
    "is_one_of",
    "json_merge_patch",
    "json_valid",
    "map_from_entries",
    "nullif",
    "or_null",
    "position",
    "split_part",
    "strlen",
    "texts",
    "to_json",
    "trim",
    "trim_right",
]

DECIMAL = dt.Decimal(38, 18)
INSTANT = dt.Timestamp(timezone="UTC")


_TEXT = dt.string


def _one(value: Any) -> Any: ...
def _two(first: Any, second: Any) -> Any: ...
def _three(first: Any, second: Any, third: Any) -> Any: ...
def _four(first: Any, second: Any, third: Any, fourth: Any) -> Any: ...


def builtin(name: str, takes: tuple[dt.DataType, ...], gives: dt.DataType) -> Any:
    """A function of DuckDB by its name, of one to four values of these types."""
    shape = (_one, _two, _three, _four)[len(takes) - 1]
    return udf.scalar.builtin(shape, name=name, signature=(takes, gives))


#: without those characters at both ends, or at the end
trim = builtin("trim", (_TEXT, _TEXT), _TEXT)
trim_right = builtin("rtrim", (_TEXT, _TEXT), _TEXT)
#: the text, or null where it is the other one
nullif = builtin("nullif", (_TEXT, _TEXT), _TEXT)
#: the length in bytes, which is at hand without reading the text
strlen = builtin("strlen", (_TEXT,), dt.int64)
#: the part of that number, from 1; empty where there is none
split_part = builtin("split_part", (_TEXT, _TEXT, dt.int64), _TEXT)
#: whether the text is JSON
json_valid = builtin("json_valid", (_TEXT,), dt.boolean)
#: RFC 7396; with an empty target it is the patch without its null members
json_merge_patch = builtin("json_merge_patch", (_TEXT, _TEXT), _TEXT)

_instant = builtin("make_timestamptz", (dt.int64,), INSTANT)
_microseconds = builtin("epoch_us", (dt.Timestamp(),), dt.int64)
_wall = builtin("timezone", (_TEXT, INSTANT), dt.Timestamp())


def as_instant(wall: Any) -> Any:
    """A time without zone, taken as UTC, whatever the time zone of the session."""
    return _instant(_microseconds(wall))


def as_utc(instant: Any) -> Any:
    """The UTC wall time of an instant, whatever the time zone of the session."""
    return _wall("UTC", instant)


#: the place of a text in a list, from 1; 0 where it is not there
position = builtin("list_position", (dt.Array(_TEXT), _TEXT), dt.int64)
#: the element of that number of a list of texts, from 1; null where there is none
element = builtin("list_extract", (dt.Array(_TEXT), dt.int64), _TEXT)


@functools.lru_cache(maxsize=256)
def texts(values: tuple[str, ...]) -> Any:
    """A list of texts as one literal; of an array of literals Ibis looks at each in every step that it takes."""
    return ibis.literal(values, type=dt.Array(_TEXT))


def is_one_of(text: Any, values: Sequence[str]) -> Any:
    """Whether the text is one of the values; false where it is null.

    DuckDB turns IN and list_contains into a join, even inside a CASE, and computes what it looks up for every row.
    """
    return position(texts(tuple(values)), text).coalesce(0) > 0


def to_json(value: Any) -> Any:
    """Any value as JSON text."""
    made = builtin("to_json", (value.type(),), _TEXT)(value)
    return made + ""  # DuckDB's JSON is a type of its own, and texts that meet it must be JSON; with nothing added it is a text


def map_from_entries(entries: Any) -> Any:
    """A list of key and value structs as a map of texts."""
    return builtin("map_from_entries", (entries.type(),), dt.Map(_TEXT, _TEXT))(entries)


def or_null(value: Any) -> Any:
    """The value, or null where it cannot be computed."""
    return builtin("try", (value.type(),), value.type())(value)


def null(kind: dt.DataType | str) -> Any:
    """The null of a type."""
    return ibis.null(kind)
