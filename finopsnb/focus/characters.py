"""Texts written in one way: "é" is one character and not an "e" with an accent behind it, and there is no NUL.

Two spellings of a name look the same, and would be two owners. Normalisation Form C is what the web asks for (W3C, Character Model:
String Matching); a NUL is in no text that databases, spreadsheets and terminals take.
"""

from __future__ import annotations

import pyarrow as pa

from finopsnb.focus.finding import Finding

__all__ = ["normalised"]

_ASCII = 0x80
_NUL = "\0"


def normalised(table: pa.Table) -> tuple[pa.Table, list[Finding]]:
    """The table with its texts so, and how many were not, by column; those of columns whose names begin with _ are left alone."""
    found = []
    for place, name in enumerate(table.column_names):
        column = table.column(place)
        if name.startswith("_") or not any(map(_may_differ, column.chunks)):
            continue
        texts = _normalised(column)
        changed, example = _changed(column, texts)
        if changed:
            table = table.set_column(place, table.schema.field(place), texts)
            found.append(_finding(name, changed, example))
    return table, found


def _may_differ(texts: pa.Array) -> bool:
    """Whether there is another byte in it than those of printed ASCII; the texts lie one behind the other, so that is seen at once."""
    import numpy as np

    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)) or not len(texts):
        return False
    wide = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, ends, data = texts.buffers()
    if data is None:
        return False
    ends = np.frombuffer(ends, wide)
    said = np.frombuffer(data, np.uint8)[ends[texts.offset] : ends[texts.offset + len(texts)]]
    return bool(said.size) and (int(said.max()) >= _ASCII or int(said.min()) == 0)


def _normalised(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.utf8_normalize(pc.replace_substring(column, _NUL, ""), form="NFC")


def _changed(before: pa.ChunkedArray, after: pa.ChunkedArray) -> tuple[int, str]:
    """How many texts are not as before, and the least of them as it is now."""
    import pyarrow.compute as pc

    other = pc.fill_null(pc.not_equal(before, after), False)
    rows = pc.sum(other).as_py() or 0
    return rows, pc.min(after.filter(other)).as_py() if rows else ""


def _finding(name: str, rows: int, example: str) -> Finding:
    message = "written with combining characters or with NUL; stored in Normalization Form C, without NUL"
    return Finding("characters-normalised", name, rows, example, "info", "repaired", message)
