"""Tables as CSV and XLSX files that are safe to open in a spreadsheet.

A spreadsheet takes a text that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and bills carry texts of strangers: names,
tags, descriptions. Such a text gets an apostrophe before it. Numbers are no text and stay as they are, negative or not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_table"]

#: what makes a spreadsheet, or what reads the text for it, see a formula
_FORMULA = r"\A[=+\-@\t\r\n]"
_EXCEL_ROWS = 1_048_576


def write_table(table: pa.Table, path: str | Path, *, raw: bool = False) -> Path:
    """Write a table to a ``.csv`` or ``.xlsx`` file, in place of an earlier one; the path.

    Lists and maps become JSON text. Texts that a spreadsheet would run are defanged unless ``raw``. In XLSX a number has
    the 15 digits that Excel has, and times are in UTC; CSV has every digit. Raises FinopsError for another ending, for more rows
    than Excel has, and where the package for XLSX is missing.
    """
    target = Path(path).expanduser()
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise FinopsError(f"{target.name} is neither a CSV nor an XLSX file.", why="The ending says what to write.", hint='"showback.xlsx"')
    if not target.parent.is_dir():
        raise FinopsError(f"There is no folder {target.parent}.", hint=f"mkdir -p {target.parent}")
    flat = _flat(table)
    writer(flat if raw else _defanged(flat), target)
    return target


def _flat(table: pa.Table) -> pa.Table:
    """The table with nested values as JSON text."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            table = table.set_column(place, field.name, _json(table.column(place)))
        elif pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(field.type.value_type))
    return table


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
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = table.column(place)
            quoted = pc.binary_join_element_wise("'", column.cast(pa.string()), "")
            table = table.set_column(place, field.name, pc.if_else(pc.match_substring_regex(column, _FORMULA), quoted, column))
    return table.rename_columns([f"'{name}" if name[:1] in "=+-@\t\r\n" else name for name in table.column_names])


def _write_csv(table: pa.Table, target: Path) -> None:
    from pyarrow import csv

    csv.write_csv(table, target)


def _write_xlsx(table: pa.Table, target: Path) -> None:
    try:
        import xlsxwriter
    except ImportError as error:
        hint = 'pip install "finopsnb[excel]"'
        raise FinopsError(f"{target.name} cannot be written: the package xlsxwriter is not installed.", hint=hint) from error
    if table.num_rows >= _EXCEL_ROWS:
        hint = f'"{target.with_suffix(".csv").name}"'
        raise FinopsError(f"{table.num_rows:,} rows do not fit into a sheet.", why=f"Excel has {_EXCEL_ROWS:,}.", hint=hint)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet, head, moment = book.add_worksheet(), book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(table.column_names):
            sheet.write_string(0, place, name, head)
        for line, values in enumerate(_lines(table), 1):
            for place, value in enumerate(values):
                _write_cell(sheet, line, place, value, moment)


def _lines(table: pa.Table) -> Any:
    for batch in table.to_batches(max_chunksize=8192):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_cell(sheet: Any, line: int, place: int, value: Any, moment: Any) -> None:
    if value is None or value != value:  # a number that is none is not itself
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, place, float(value))
    elif isinstance(value, datetime):
        sheet.write_datetime(line, place, value, moment)
    else:
        sheet.write_string(line, place, str(value))


_WRITERS: dict[str, Callable[[Any, Path], None]] = {".csv": _write_csv, ".xlsx": _write_xlsx}
