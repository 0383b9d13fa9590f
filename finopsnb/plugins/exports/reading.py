"""What a conversion reads, as one select over the raw table: texts cleaned, numbers and times read once, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import DECIMAL, INSTANT, as_instant, json_valid, nullif, to_json
from finopsnb.focus.cells import whole_number
from finopsnb.focus.decimals import decimal_of, written_out
from finopsnb.focus.instants import instant_of
from finopsnb.plugins.exports.engine import python_as_json, try_strptime
from finopsnb.plugins.exports.raw import Read

__all__ = ["HELPERS", "read_all", "type_of"]

#: columns of a file's rows that say where they are from, and why they cannot be read
HELPERS = ("_line", "_reason", "_raw")

_TYPES = {"number": DECIMAL, "instant": INSTANT, "day": INSTANT}
_EXAMPLE_LENGTH = 80


def type_of(read: Read) -> dt.DataType:
    """The type that a read gives; a native column is taken for text until its file is known."""
    return _TYPES.get(read.kind, dt.string)


def read_all(table: Any, reads: Mapping[Read, str], places: Mapping[str, str]) -> Any:
    """The table with each read under its name, beside ``_line``, ``_reason`` and ``_raw``.

    ``places`` says what a column of the file is called in the table: names that differ by case alone are one to the engine.
    ``_reason`` is null in a row that can be read, else the first cell that cannot; ``_raw`` is then the row as JSON text.
    """
    texts = {f"{name}t": _said([table[places[column]] for column in read.columns], read) for read, name in reads.items()}
    columns = sorted({column for read in reads for column in read.columns})
    cells = {f"_c{i}": table[places[column]] for i, column in enumerate(columns)}
    said = table.select(**texts, **cells, **{name: table[name] for name in HELPERS})
    values = {name: _read(said, read, name) for read, name in reads.items()}
    kept = {f"{name}t": said[f"{name}t"] for read, name in reads.items() if read.is_checked}
    read = said.select(**values, **kept, **{name: said[name] for name in (*cells, *HELPERS)})
    reason = ibis.coalesce(read["_reason"], *[_unread(read, one, name) for one, name in reads.items() if one.is_checked])
    judged = read.select(**{name: read[name] for name in (*values, *cells, "_line", "_raw")}, _reason=reason)
    original = to_json(ibis.map(ibis.array(columns), ibis.array([_as_text(judged[name]) for name in cells])))
    raw = ibis.ifelse(judged["_reason"].notnull(), ibis.coalesce(judged["_raw"], original), ibis.null("string"))
    return judged.select(**{name: judged[name] for name in (*values, "_line", "_reason")}, _raw=raw)


def _said(cells: list[Any], read: Read) -> Any:
    """The first of the cells that says something: a text, or a typed value where the file has types."""
    if read.kind == "member":
        return nullif(cells[0].get(read.key).cast("string"), "")
    if read.kind == "native" or (read.kind in ("instant", "day") and not cells[0].type().is_string()):
        return cells[0]
    said = ibis.coalesce(*[nullif(_as_text(cell), "") for cell in cells])
    return written_out(said) if read.kind == "number" else said


def _as_text(cell: Any) -> Any:
    kind = cell.type()
    if kind.is_string():
        return cell
    if kind.is_floating():
        return whole_number(cell)
    return to_json(cell) if kind.is_nested() else cell.cast("string")


def _read(said: Any, read: Read, name: str) -> Any:
    cell = said[f"{name}t"]
    if read.kind == "number":
        return decimal_of(cell)
    if read.kind in ("instant", "day"):
        return _time(cell, read.kind)
    return _json(cell) if read.kind == "json" else cell


def _time(cell: Any, kind: str) -> Any:
    if not cell.type().is_string():
        zoned = cell.type().is_timestamp() and cell.type().timezone is not None
        return cell.cast(INSTANT) if zoned else as_instant(cell.cast("timestamp"))
    if kind == "instant":
        return instant_of(cell)
    american = as_instant(try_strptime(cell, "%m/%d/%Y"))
    return ibis.ifelse(cell.substr(2, 1) == "/", american, instant_of(cell))


def _json(cell: Any) -> Any:
    return ibis.ifelse(json_valid(cell), cell, python_as_json(cell))


def _unread(read: Any, one: Read, name: str) -> Any:
    said = read[f"{name}t"]
    lost = said.notnull() & read[name].isnull()
    example = said.cast("string").left(_EXAMPLE_LENGTH)
    return ibis.ifelse(lost, one.columns[0] + ": '" + example + f"' is not {one.expected}", ibis.null("string"))
