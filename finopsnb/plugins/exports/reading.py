"""What a conversion reads, as one select over the raw table: texts cleaned, numbers and times read once, and why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import DECIMAL, INSTANT, as_instant, nullif, to_json
from finopsnb.focus.decimals import decimal_of, written_out
from finopsnb.focus.instants import instant_of
from finopsnb.plugins.exports import nested
from finopsnb.plugins.exports.engine import month_start, try_strptime
from finopsnb.plugins.exports.nested import plain_text
from finopsnb.plugins.exports.raw import Read

__all__ = ["HELPERS", "read_all", "type_of"]

#: columns of a file's rows that say where they are from, and why they cannot be read
HELPERS = ("_line", "_reason", "_raw")

_TYPES = {"number": DECIMAL, "float": dt.float64, "instant": INSTANT, "day": INSTANT, "month": INSTANT}
_NESTED = ("json", "objects")
_EXAMPLE_LENGTH = 80


def type_of(read: Read) -> dt.DataType:
    """The type that a read gives; a native column is taken for text until its file is known."""
    return nested.list_type(read.detail, read.amount) if read.kind == "objects" else _TYPES.get(read.kind, dt.string)


def read_all(table: Any, reads: Mapping[Read, str], places: Mapping[str, str]) -> Any:
    """The table with each read under its name, beside ``_line``, ``_reason`` and ``_raw``.

    ``places`` says what a column of the file is called in the table: names that differ by case alone are one to the engine.
    ``_reason`` is null in a row that can be read, else the first cell that cannot; ``_raw`` is then the row as JSON text.
    """
    columns = sorted({column for read in reads for column in read.columns})
    cells = {column: f"_c{i}" for i, column in enumerate(columns)}
    own = table.select(**{name: table[places[column]] for column, name in cells.items()}, **_kept(table, HELPERS))
    inner = _paths(own, reads, cells)
    opened = _opened(own, inner)
    texts = {f"{name}t": _said(opened, read, cells, inner) for read, name in reads.items()}
    said = opened.select(**texts, **_kept(opened, [name for name in opened.columns if not name.startswith("_m")]))
    values = {name: _read(said, read, name) for read, name in reads.items()}
    read = said.select(**values, **_kept(said, [name for name in said.columns if name not in values]))
    reason = ibis.coalesce(read["_reason"], *_unread(read, reads, cells, inner))
    judged = read.select(**_kept(read, [*values, *cells.values(), "_line", "_raw"]), _reason=reason)
    original = to_json(ibis.map(ibis.array(columns), ibis.array([plain_text(judged[name]) for name in cells.values()])))
    raw = ibis.ifelse(judged["_reason"].notnull(), ibis.coalesce(judged["_raw"], original), ibis.null("string"))
    return judged.select(**_kept(judged, [*values, "_line", "_reason"]), _raw=raw)


def _kept(table: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: table[name] for name in names}


def _paths(own: Any, reads: Mapping[Read, str], cells: Mapping[str, str]) -> dict[str, list[str]]:
    """The nested columns of text, and what is read inside of each."""
    found: dict[str, list[str]] = {}
    for read in reads:
        name = cells[read.columns[0]] if read.columns else ""
        if (read.is_nested or read.kind in _NESTED) and own[name].type().is_string():
            found.setdefault(name, []).extend([read.key] if read.is_nested else [])
    return {name: sorted(set(paths)) for name, paths in found.items()}


def _opened(own: Any, inner: Mapping[str, list[str]]) -> Any:
    """With nested columns of text as JSON (``_o``), and the list of what is read of it (``_m``), so that it is parsed once.

    Each select works out what the next one needs more than once.
    """
    if not inner:
        return own
    said = own.select(**_kept(own, own.columns), **{f"_o{name}": nested.spelled(own[name]) for name in inner})
    json = said.select(**_kept(own, own.columns), **{f"_o{name}": nested.checked(said[f"_o{name}"]) for name in inner})
    members = {f"_m{name}": nested.members(json[f"_o{name}"], paths) for name, paths in inner.items() if paths}
    return json.select(**_kept(json, json.columns), **members)


def _said(opened: Any, read: Read, cells: Mapping[str, str], inner: Mapping[str, list[str]]) -> Any:
    """The first of the cells that says something: a text, or a typed value where the file has types."""
    name = cells[read.columns[0]]
    if read.kind == "member":
        return nullif(opened[name].get(read.key).cast("string"), "")
    first = _first(opened, read, name, inner)
    if _is_typed(first, read.kind):
        return first
    others = [opened[cells[column]] for column in read.columns[1:]]
    said = ibis.coalesce(*[nullif(plain_text(cell), "") for cell in (first, *others)])
    return written_out(said) if read.kind == "number" else said


def _first(opened: Any, read: Read, name: str, inner: Mapping[str, list[str]]) -> Any:
    """The first of the cells, or what is inside of it."""
    if name not in inner:
        return nested.member_of(opened[name], read.key) if read.is_nested else opened[name]
    if read.is_nested:
        return opened[f"_m{name}"][inner[name].index(read.key)]
    return opened[f"_o{name}"] if read.kind in _NESTED else opened[name]


def _is_typed(cell: Any, kind: str) -> bool:
    """Whether it is read as the type it has."""
    typed = kind in ("instant", "day") and not cell.type().is_string()
    return kind == "native" or typed or (kind == "objects" and cell.type().is_array() and cell.type().value_type.is_struct())


def _read(said: Any, read: Read, name: str) -> Any:
    cell = said[f"{name}t"]
    readers: Mapping[str, Callable[[], Any]] = {
        "number": lambda: decimal_of(cell),
        "float": lambda: cell.try_cast("float64"),
        "instant": lambda: _time(cell, read.kind),
        "day": lambda: _time(cell, read.kind),
        "month": lambda: month_start(cell, *read.detail),
        "objects": lambda: nested.objects(cell, read.detail, read.amount),
    }
    return readers[read.kind]() if read.kind in readers else cell


def _time(cell: Any, kind: str) -> Any:
    if not cell.type().is_string():
        zoned = cell.type().is_timestamp() and cell.type().timezone is not None
        return cell.cast(INSTANT) if zoned else as_instant(cell.cast("timestamp"))
    if kind == "instant":
        return instant_of(cell)
    american = as_instant(try_strptime(cell, "%m/%d/%Y"))
    return ibis.ifelse(cell.left(3).contains("/"), american, instant_of(cell))


def _unread(read: Any, reads: Mapping[Read, str], cells: Mapping[str, str], inner: Iterable[str]) -> list[Any]:
    """Why a row cannot be read, for each thing that is read of it; null where it can."""
    columns = {name: column for column, name in cells.items()}
    closed = [_why(columns[name], read[name], read[f"_o{name}"].isnull() & ~nested.says_nothing(read[name]), "JSON") for name in inner]
    return closed + [_unread_value(read, one, name) for one, name in reads.items() if one.is_checked]


def _unread_value(read: Any, one: Read, name: str) -> Any:
    said = read[f"{name}t"]
    return _why(".".join(filter(None, (one.columns[0], one.key))), said, said.notnull() & read[name].isnull(), one.expected)


def _why(name: str, said: Any, lost: Any, expected: str) -> Any:
    example = plain_text(said).left(_EXAMPLE_LENGTH)
    return ibis.ifelse(lost, name + ": '" + example + f"' is not {expected}", ibis.null("string"))
