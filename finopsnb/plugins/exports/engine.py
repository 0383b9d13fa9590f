"""The DuckDB functions that conversions need beside those of finopsnb.focus, which Ibis has no word for."""

from __future__ import annotations

from typing import Any

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import json_valid, null

__all__ = ["json_list", "json_member", "python_as_json", "try_strptime", "worked_out"]


def _one(value: Any) -> Any: ...
def _two(first: Any, second: Any) -> Any: ...
def _three(first: Any, second: Any, third: Any) -> Any: ...
def _four(first: Any, second: Any, third: Any, fourth: Any) -> Any: ...


_TEXT = dt.string

#: the time that a text says in that form, or null
try_strptime = udf.scalar.builtin(_two, name="try_strptime", signature=((_TEXT, _TEXT), dt.Timestamp()))

_member = udf.scalar.builtin(_two, name="json_extract_string", signature=((_TEXT, _TEXT), _TEXT))
_members = udf.scalar.builtin(_two, name="json_extract", signature=((_TEXT, _TEXT), dt.Array(_TEXT)))
_replaced = udf.scalar.builtin(_four, name="regexp_replace", signature=((_TEXT, _TEXT, _TEXT, _TEXT), _TEXT))


def worked_out(value: Any) -> Any:
    """The value as it is, in a select that Ibis leaves whole: what refers to it does not work it out again."""
    same = udf.scalar.builtin(_one, name="coalesce", signature=((value.type(),), value.type()))
    return same(value)


def json_member(text: Any, path: str) -> Any:
    """The text under a path such as ``$.name`` of JSON text; null where there is none. Digits stay as they are written."""
    return _member(text, path)


def json_list(text: Any) -> Any:
    """The elements of a JSON array, each as JSON text."""
    return _members(text, "$[*]")


def python_as_json(text: Any) -> Any:
    """What Python printed of lists and dicts, ``[{'name': 'x', 'full_name': None}]``, as JSON text; null where it is not.

    Texts with quotes of both kinds in them are not told apart and give null.
    """
    quoted = _replaced(text, r"'([^'\"\\]*)'", r'"\1"', "g")
    named = quoted
    for word, json in (("None", "null"), ("True", "true"), ("False", "false")):
        named = _replaced(named, rf"([\[:,{{]\s*){word}\b", rf"\1{json}", "g")
    return ibis.ifelse(json_valid(named), named, null("string"))
