"""Tables as Parquet files, and as CSV and XLSX files that are safe to open in a spreadsheet.

A spreadsheet takes a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and bills carry texts of strangers: names,
tags, descriptions. Such a text gets an apostrophe before it. Numbers are no text and stay as they are, negative or not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError
from finopsnb.plugins.sheets.pages import write_page
from finopsnb.plugins.sheets.replacing import put

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLE_SUFFIXES", "flattened", "table_writer", "write_table"]

#: what makes a spreadsheet, or what reads the text for it, see a formula
_FORMULA = r"\A[=+\-@\t\r\n]"
#: in the file, so that equal tables are equal files
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
_EXCEL_ROWS, _EXCEL_COLUMNS, _EXCEL_TEXT, _EXCEL_BEGINS = 1_048_576, 16_384, 32_767, 1900


def write_table(table: pa.Table, path: str | Path, *, raw: bool = False) -> Path:
    """Write a table to a ``.csv``, ``.xlsx``, ``.parquet`` or ``.html`` file, in place of an earlier one; the path.

    In CSV and XLSX lists and maps become JSON text, and texts that a spreadsheet would run are defanged unless ``raw``; Parquet
    keeps all as it is. In XLSX a number has the 15 digits that Excel has; CSV has every digit. Times are in UTC. Raises FinopsError
    for another ending, for more rows, columns or characters in a cell than Excel has, and where the package for XLSX is missing; the
    earlier file then stays.
    """
    target = Path(path).expanduser()
    put(target, table_writer(table, target, raw=raw))
    return target


def table_writer(table: pa.Table, target: Path, *, raw: bool = False) -> Callable[[Path], None]:
    """What writes the table as the ending of ``target`` says, to a path that it is given; see :func:`write_table`."""
    suffix = target.suffix.lower()
    if suffix == ".parquet":
        return lambda path: _write_parquet(table, path)
    if suffix == ".html":
        return lambda path: write_page(flattened(table), path, target.stem)
    writer = _WRITERS.get(suffix)
    if writer is None:
        why = f"The ending says what to write: {', '.join(TABLE_SUFFIXES)}."
        raise FinopsError(f"{target.name} is no file that a table is written to.", why=why, hint='"showback.xlsx"')
    flat = flattened(table)
    return lambda path: writer(flat if raw else _defanged(flat), path, target.name)


def flattened(table: pa.Table) -> pa.Table:
    """The table in types that a file can say: nested values as JSON text, bytes as text or hexadecimal digits, times in UTC."""
    import pyarrow as pa

    return pa.Table.from_arrays([_plain(column) for column in table.columns], table.column_names)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    import pyarrow as pa

    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    if types.is_timestamp(kind):
        return column.cast(pa.timestamp(kind.unit, "UTC")) if kind.tz else column
    if types.is_large_string(kind) or types.is_string_view(kind):
        return column.cast(pa.string())
    if any(test(kind) for test in (types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary)):
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())
    return _json(column) if types.is_nested(kind) or types.is_interval(kind) else column


def _text(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _json(column: pa.ChunkedArray) -> pa.Array:
    import json

    import pyarrow as pa

    pairs = pa.types.is_map(column.type)
    values = (value if value is None or not pairs else dict(value) for value in column.to_pylist())
    return pa.array([None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in values], pa.string())


def _defanged(table: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            column = table.column(place)
            quoted = pc.binary_join_element_wise("'", column, "")
            table = table.set_column(place, field.name, pc.if_else(pc.match_substring_regex(column, _FORMULA), quoted, column))
    return table.rename_columns([f"'{name}" if name[:1] in "=+-@\t\r\n" else name for name in table.column_names])


def _write_parquet(table: pa.Table, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")


def _write_csv(table: pa.Table, path: Path, _: str) -> None:
    from pyarrow import csv

    csv.write_csv(table, path)


def _write_xlsx(table: pa.Table, path: Path, name: str) -> None:
    try:
        import xlsxwriter
    except ImportError as error:
        hint = 'pip install "finopsnb[excel]"'
        raise FinopsError(f"{name} cannot be written: the package xlsxwriter is not installed.", hint=hint) from error
    _refuse_too_much(table, f'"{Path(name).with_suffix(".csv")}"')
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE})
        sheet, head, moment = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(table.column_names):
            sheet.write_string(0, place, column, head)
        for line, values in enumerate(_lines(table), 1):
            for place, value in enumerate(values):
                _write_cell(sheet, line, place, value, moment)


def _refuse_too_much(table: pa.Table, hint: str) -> None:
    """The writer leaves out what Excel has no room for, and does not tell."""
    if table.num_rows >= _EXCEL_ROWS:
        raise FinopsError(f"{table.num_rows:,} rows do not fit into a sheet.", why=f"Excel has {_EXCEL_ROWS:,}.", hint=hint)
    if table.num_columns > _EXCEL_COLUMNS:
        raise FinopsError(f"{table.num_columns:,} columns do not fit into a sheet.", why=f"Excel has {_EXCEL_COLUMNS:,}.", hint=hint)
    for name in table.column_names:
        if longest := max(map(_units, _long(table[name])), default=0):
            raise FinopsError(
                f"{name} has a text of {longest:,} characters, which does not fit into a cell.",
                why=f"Excel has {_EXCEL_TEXT:,}.",
                hint=hint,
            )


def _long(column: pa.ChunkedArray) -> list[str]:
    """The texts that are too long."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(column.type):
        return []
    doubtful = column.filter(pc.greater(pc.utf8_length(column), _EXCEL_TEXT // 2)).to_pylist()
    return [text for text in doubtful if _units(text) > _EXCEL_TEXT]


def _units(text: str) -> int:
    """The characters of a text as Excel counts them."""
    return len(text.encode("utf-16-le")) // 2


def _lines(table: pa.Table) -> Any:
    for batch in table.to_batches(max_chunksize=8192):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_cell(sheet: Any, line: int, place: int, value: Any, moment: Any) -> None:
    if value is None or value != value:  # a number that is none is not itself
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal) and isfinite(value):
        sheet.write_number(line, place, float(value))
    elif isinstance(value, datetime) and value.year >= _EXCEL_BEGINS:
        sheet.write_datetime(line, place, value, moment)
    else:
        sheet.write_string(line, place, str(value))


_WRITERS: dict[str, Callable[[pa.Table, Path, str], None]] = {".csv": _write_csv, ".xlsx": _write_xlsx}

#: how the names of files end that a table can be written to
TABLE_SUFFIXES = (*_WRITERS, ".parquet", ".html")
