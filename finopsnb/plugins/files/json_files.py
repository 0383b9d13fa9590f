# ruff: noqa: S608  names reach SQL through _quoted() and _literal() only, other values are bound
"""JSON billing files: an array of objects, an object per line, or one object; every key of the objects is a column of text.

JSON numbers in the engine are doubles, and lose digits. So the text of each object is rewritten before it is parsed:
numbers become strings, with the digits as printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import SourceError
from finopsnb.plugins.files.dialect import distinct
from finopsnb.plugins.files.expanding import Limits, opened
from finopsnb.plugins.files.marking import Columns, tables, wanted
from finopsnb.plugins.files.problems import NOTHING_STORED

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["AS_TEXTS", "NUMBERS", "TEXTS_END", "read"]

#: an object that takes several lines is held in memory as a whole
OBJECT_BYTES = 256 * 2**20

_ELEMENT_BYTES = "maximum_object_size = 67108864"
_START = 1 << 20
_OBJECT_PER_LINE = (".jsonl", ".ndjson")
_BAD = "not a JSON object"

#: a number of JSON text after what is none, and that as texts. Strings are passed over whole, so that no digit in them is
#: taken for a number; the rest of the text behind the last number ends with "" then, which is cut off
NUMBERS, AS_TEXTS, TEXTS_END = r"""((?:[^"0-9-]|"(?:[^"\\]|\\.)*")*)(-?[0-9][0-9.eE+\-]*|\z)""", r'\1"\2"', -3
_EXACT = f"regexp_replace(j, '{NUMBERS}', '{AS_TEXTS}', 'g')[:{TEXTS_END}]"
_IS_OBJECT = "case when json_valid(j) then json_type(j) = 'OBJECT' else false end"


def read(connection: Any, path: Path, name: str, columns: Columns | None, limits: Limits) -> Iterator[pa.Table]:
    """The objects, with the number of the object or line in _line; raises SourceError when more than half of them are bad."""
    import numpy as np
    import pyarrow as pa

    _source(connection, path, name, limits).create_view("source")
    first = 1
    for table in tables(_cells(connection, _keys(connection, name), columns, name)):
        lines = pa.array(np.arange(first, first + len(table)), pa.int64())
        first += len(table)
        yield _without_blank_lines(table.add_column(table.num_columns - 2, "_line", lines))


def _without_blank_lines(table: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    bad = pc.is_valid(table["_reason"])
    return table.filter(pc.invert(pc.and_(bad, pc.is_null(table["_raw"])))) if pc.any(bad).as_py() else table


def _source(connection: Any, path: Path, name: str, limits: Limits) -> Any:
    """The texts of the objects, as the column j."""
    with opened(path, name, limits) as stream:
        start = stream.read(_START).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise SourceError(f"The file {name} is empty: it holds no JSON.")
    if start.startswith(b"["):
        return connection.sql(f"select json::varchar as j from read_json_objects({_literal(path)}, format = 'array', {_ELEMENT_BYTES})")
    if _is_per_line(path, start):
        return connection.read_csv(str(path), columns={"j": "VARCHAR"}, **_LINES)
    return _one_object(connection, path, name, limits)


#: the reader of CSV files is the fastest reader of lines
_LINES = {
    "delimiter": "\x1f",
    "quotechar": "",
    "escapechar": "",
    "header": False,
    "auto_detect": False,
    "strict_mode": True,
}


def _is_per_line(path: Path, start: bytes) -> bool:
    """By the name, or by the first line being an object; in a broken file by the second that begins one."""
    first, _, second = start.partition(b"\n")
    if any(suffix in _OBJECT_PER_LINE for suffix in path.suffixes[-2:]) or second.startswith(b"{"):
        return True
    try:
        return isinstance(json.loads(first), dict)
    except ValueError:
        return False


def _one_object(connection: Any, path: Path, name: str, limits: Limits) -> Any:
    import pyarrow as pa

    with opened(path, name, limits) as stream:
        text = stream.read(OBJECT_BYTES + 1)
    if len(text) > OBJECT_BYTES:
        raise SourceError(
            f"The file {name} cannot be read{NOTHING_STORED}",
            why=f"It is one JSON object of more than {OBJECT_BYTES:,} bytes.",
            hint="write it with one object per line (.jsonl)",
        )
    return connection.from_arrow(pa.table({"j": [text.decode("utf-8-sig")]}))


def _keys(connection: Any, name: str) -> list[str]:
    """The keys of all objects, in the order in which they stand in the objects that have most of them."""
    query = f"select json_keys(case when {_IS_OBJECT} then j end) as keys, count(*) from source where j is not null group by keys"
    found = connection.sql(query).fetchall()
    bad = sum(count for keys, count in found if keys is None)
    good = sum(count for keys, count in found if keys is not None)
    if bad > max(1, good) or (bad and not good):
        raise SourceError(
            f"The file {name} cannot be read{NOTHING_STORED}",
            why=f"{bad:,} of its {bad + good:,} lines are no JSON objects.",
            hint="an array of objects, an object per line, or one object; in UTF-8",
        )
    ordered = sorted((keys for keys, _ in found if keys), key=lambda keys: (-len(keys), keys))
    return list(dict.fromkeys(key for keys in ordered for key in keys))


def _cells(connection: Any, keys: list[str], columns: Columns | None, name: str) -> Any:
    """The wanted keys as columns, and _reason and _raw."""
    names = dict(zip(distinct(keys), keys, strict=True))
    chosen = wanted(list(names), columns, name)
    paths = ["/" + names[one].replace("~", "~0").replace("/", "~1") for one in chosen]
    cells = [f"cells[{place}] as {_quoted(one)}" for place, one in enumerate(chosen, 1)]
    query = f"""
        with checked as (select j, {_IS_OBJECT} as good from source),
        parsed as (select j, good, json_extract_string(case when good then {_EXACT} end, $paths) as cells from checked)
        select {"".join(f"{cell}, " for cell in cells)}
            case when not good then '{_BAD}' end as _reason, case when not good then j end as _raw
        from parsed
    """
    return connection.sql(query, params={"paths": paths or [""]})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(path: Path) -> str:
    """A path in the text of a view, which takes no bound values."""
    return "'" + str(path).replace("'", "''") + "'"
