"""Columns that hold objects and lists: nested types, JSON text, or what Python printed of them.

    {'id': '6F81', 'description': "O'Hara's"}   ──spelled, checked──▶  {"id": "6F81", "description": "O'Hara's"}
    [{"name": "x", "amount": -0.10}]            ──objects──▶           list of structs of texts

The engine takes a number in JSON for a double. Numbers too long for that are made texts before, so that they keep
their digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import builtin, is_one_of, json_valid, null, to_json
from finopsnb.focus.cells import whole_number
from finopsnb.focus.decimals import decimal_of
from finopsnb.plugins.files.json_files import AS_TEXTS, NUMBERS, TEXTS_END

__all__ = ["checked", "list_type", "member_of", "members", "objects", "plain_text", "says_nothing", "spelled"]

#: texts that stand for a nested value that is not there
_NOTHING = ("None", "null", "NULL", "nan", "NaN", "<NA>")

#: a text between quotes of either kind, as Python prints it
_PYTHON_TEXT = r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\""""
#: stand for quotes and for a backslash while what is between the quotes is made JSON; in no text that a bill has
_QUOTE, _BACKSLASH = "\x01", "\x02"

#: more digits than a double has
_LONG = r"[0-9][0-9.]{15}"

_TEXT = dt.string
_TEXTS = dt.Array(_TEXT)

_replaced = builtin("regexp_replace", (_TEXT, _TEXT, _TEXT, _TEXT), _TEXT)
_found = builtin("regexp_matches", (_TEXT, _TEXT), dt.boolean)
_kind = builtin("json_type", (_TEXT,), _TEXT)
_slice = builtin("array_slice", (_TEXT, dt.int64, dt.int64), _TEXT)
_extracted = builtin("json_extract_string", (_TEXT, _TEXTS), _TEXTS)


def spelled(cell: Any) -> Any:
    """What a nested column of text says, as what may be JSON text; :func:`checked` tells whether it is, in the next select."""
    return ibis.cases((says_nothing(cell), null("string")), (json_valid(cell), cell), else_=_python_as_json(cell))


def checked(text: Any) -> Any:
    """The text where it is JSON, its long numbers as texts."""
    return ibis.cases((~json_valid(text), null("string")), (_found(text, _LONG), _exact(text)), else_=text)


def says_nothing(cell: Any) -> Any:
    """Whether a nested column of text is empty, or one of the words for it."""
    return cell.isnull() | (cell == "") | is_one_of(cell, _NOTHING)


def _exact(json: Any) -> Any:
    """Numbers as texts with the digits as printed."""
    return _slice(_replaced(json, NUMBERS, AS_TEXTS, "g"), 1, TEXTS_END)


def _python_as_json(text: Any) -> Any:
    """What Python printed of lists and dicts, ``[{'name': "O'Hara", 'full_name': None}]``, as JSON text where it is that.

    Decimal('0.1') is known too. None, True and False are taken as values of dicts only.
    """
    value = f"{_QUOTE}: "
    marked = _replaced(text, _PYTHON_TEXT, rf"{_QUOTE}\1\2{_QUOTE}", "g")
    json = marked.replace(r"\\", _BACKSLASH).replace(r"\'", "'").replace(r"\"", '"').replace('"', r"\"")
    json = _replaced(json, r"\\x([0-9a-f]{2})", r"\\u00\1", "g")
    for word, meant in (("None", "null"), ("True", "true"), ("False", "false")):
        json = json.replace(value + word, value + meant)
    json = _replaced(json, rf"({value})Decimal\({_QUOTE}([^{_QUOTE}]*){_QUOTE}\)", rf"\1{_QUOTE}\2{_QUOTE}", "g")
    return json.replace(_QUOTE, '"').replace(_BACKSLASH, r"\\")


def members(json: Any, paths: Sequence[str]) -> Any:
    """The texts under paths such as ``usage.amount`` of JSON text, null where there is none; the text is parsed once."""
    return _extracted(json, ibis.array(["/" + path.replace(".", "/") for path in paths]))


def member_of(cell: Any, path: str) -> Any:
    """The value under a path of a column of type STRUCT; a null text where it has no such field."""
    for name in path.split("."):
        if not cell.type().is_struct() or name not in cell.type().names:
            return null("string")
        cell = cell[name]
    return cell


def plain_text(cell: Any) -> Any:
    """A typed value as text: numbers with the digits that they print, nested values as JSON."""
    kind = cell.type()
    if kind.is_string():
        return cell
    if kind.is_floating():
        return whole_number(cell)
    return to_json(cell.cast(_printed(kind))) if kind.is_nested() else cell.cast("string")


def _printed(kind: dt.DataType) -> dt.DataType:
    """The same with texts for numbers."""
    if isinstance(kind, dt.Array):
        return dt.Array(_printed(kind.value_type))
    if isinstance(kind, dt.Struct):
        return dt.Struct({name: _printed(one) for name, one in kind.items()})
    return _TEXT if kind.is_floating() or kind.is_decimal() else kind


def list_type(fields: Sequence[str], amount: str = "") -> dt.Array:
    """The type of a list of objects with these fields, texts but for the amount."""
    return dt.Array(dt.Struct({name: dt.Decimal(38, 18) if name == amount else _TEXT for name in fields}))


def objects(cell: Any, fields: Sequence[str], amount: str = "") -> Any:
    """A list of objects, typed or as JSON text, as an array of structs with these fields as texts, a missing one null.

    Null for what is no list. ``amount`` is DECIMAL(38,18), and where it is no number in one of the objects the whole list is null.
    """
    texts = _parsed(cell, fields) if cell.type().is_string() else cell.map(lambda one: ibis.struct(_fields(one, fields)))
    return _with_amounts(texts, fields, amount) if amount else texts


def _parsed(json: Any, fields: Sequence[str]) -> Any:
    kind = list_type(fields)
    read = builtin("from_json", (_TEXT, _TEXT), kind)
    structure = '[{"' + '", "'.join(f'{name}":"VARCHAR' for name in fields) + '"}]'
    return ibis.ifelse(_kind(json) == "ARRAY", read(json, structure), null(kind))


def _fields(one: Any, fields: Sequence[str]) -> dict[str, Any]:
    return {name: plain_text(one[name]) if name in one.type().names else null("string") for name in fields}


def _with_amounts(items: Any, fields: Sequence[str], amount: str) -> Any:
    """The list with that field as DECIMAL(38,18)."""
    lost = items.filter(lambda one: decimal_of(one[amount]).isnull()).length() > 0
    read = items.map(lambda one: ibis.struct({name: decimal_of(one[name]) if name == amount else one[name] for name in fields}))
    return ibis.ifelse(lost, null(list_type(fields, amount)), read)
