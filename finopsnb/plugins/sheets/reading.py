"""A table that people keep: owners, prices, budgets; from a file or an address, cells as texts."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, SourceError, nearest
from finopsnb.plugins.files import BILLING_SUFFIXES, BillingFile, find_files, read_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["XLSX_SUFFIXES", "read_sheet"]

XLSX_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
_OWN = ("_line", "_reason", "_raw")
_GOOGLE = re.compile(r"https://docs\.google\.com/spreadsheets/d/(?P<book>[\w-]+)/(?:edit|view)(?:[?#].*?\bgid=(?P<sheet>\d+))?")
_PAGE = re.compile(r"\s*<(!doctype|html)", re.IGNORECASE)
#: what a workbook may unpack to; a few kilobytes can be made to unpack to anything
_UNPACKED_BYTES = 2**30


def read_sheet(
    path: str | Path,
    *,
    sheet: str = "",
    delimiter: str = "",
    encoding: str = "utf-8",
    storage_options: Mapping[str, Any] | None = None,
) -> pa.Table:
    """The whole table at a path or an address: CSV and spreadsheets as texts (blank cells null), Parquet in its types.

    ``sheet`` names one of a workbook; the first one otherwise. An address that is copied from the browser while a Google sheet is open
    is asked for as CSV; the sheet has to be shared with everybody who has the link. Raises SourceError where there is no such file or
    sheet, where several fit the path, or where a row cannot be read; FinopsError where the package for spreadsheets is missing.
    """
    file = _only_file(_export_of(str(path)), storage_options)
    if file.path.lower().endswith(XLSX_SUFFIXES):
        return _of_workbook(file, sheet)
    if sheet:
        raise SourceError(f"{file.name} has no sheets.", why=f"Those that have end in {', '.join(XLSX_SUFFIXES)}.", hint='sheet=""')
    return _of_file(file, delimiter, encoding)


def _export_of(path: str) -> str:
    """Of a Google sheet the address that answers with CSV.

    >>> _export_of("https://docs.google.com/spreadsheets/d/1aB/edit?usp=sharing#gid=7")
    'https://docs.google.com/spreadsheets/d/1aB/export?format=csv&gid=7'
    """
    found = _GOOGLE.match(path)
    if not found:
        return path
    return f"https://docs.google.com/spreadsheets/d/{found['book']}/export?format=csv&gid={found['sheet'] or 0}"


def _only_file(path: str, storage_options: Mapping[str, Any] | None) -> BillingFile:
    files = find_files(path, (*BILLING_SUFFIXES, *XLSX_SUFFIXES), storage_options=storage_options)
    if len(files) > 1:
        why = f"There are {len(files)}: {', '.join(Path(file.name).name for file in files[:5])}."
        raise SourceError(f"{path} is not one file.", why=why, hint=f"path={files[0].name!r}")
    return files[0]


def _of_file(file: BillingFile, delimiter: str, encoding: str) -> pa.Table:
    import pyarrow as pa

    tables = list(read_file(file, delimiter=delimiter, encoding=encoding))
    whole = pa.concat_tables(tables, promote_options="permissive")
    if whole.num_columns > len(_OWN) and _PAGE.match(whole.column_names[0]):
        hint = "share the sheet with everybody who has the link, or publish it as CSV"
        raise SourceError(f"{file.name} answers with a web page and not with a table.", hint=hint)
    _refuse_bad_rows(whole, file.name)
    return whole.drop_columns(list(_OWN))


def _refuse_bad_rows(table: pa.Table, name: str) -> None:
    import pyarrow.compute as pc

    bad = table.filter(pc.is_valid(table["_reason"])).select(["_line", "_reason"])
    if bad.num_rows:
        first = bad.slice(0, 1).to_pylist()[0]
        why = f"Line {first['_line']}: {first['_reason']}"
        raise SourceError(f"{bad.num_rows} rows of {name} cannot be read; nothing was stored.", why=why)


def _of_workbook(file: BillingFile, sheet: str) -> pa.Table:
    with file.local() as path:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise SourceError(f"The file {file.name} cannot be read.", why=error.strerror or str(error)) from error
        _refuse_bomb(path, file.name)
    return _named(_sheet(content, file.name, sheet), file.name)


def _sheet(content: bytes, name: str, sheet: str) -> pa.Table:
    try:
        import fastexcel
    except ImportError as error:
        hint = 'pip install "finopsnb[excel]"'
        raise FinopsError(f"{name} cannot be read: the package fastexcel is not installed.", hint=hint) from error
    try:
        book = fastexcel.read_excel(content)
        _require_sheet(sheet, book.sheet_names, name)
        table: pa.Table = book.load_sheet(sheet or 0, dtypes="string").to_arrow()
    except fastexcel.FastExcelError as error:
        raise SourceError(f"{name} cannot be read as a workbook.", why=str(error).split("\n")[0]) from error
    import pyarrow as pa

    return pa.Table.from_batches([table]) if isinstance(table, pa.RecordBatch) else table


def _require_sheet(sheet: str, sheets: list[str], name: str) -> None:
    if not sheets or (sheet and sheet not in sheets):
        near = nearest(sheet, sheets)
        what = f"{name} has no sheet {sheet}." if sheet else f"{name} has no sheets."
        raise SourceError(what, why=f"Its sheets are {', '.join(sheets) or 'none'}.", hint=f'sheet="{near}"' if near else "")


def _named(table: pa.Table, name: str) -> pa.Table:
    """Columns that have neither a name nor a value are left out; those without a name are refused."""
    empty = [one for one in table.column_names if one.startswith("__UNNAMED__") and table[one].null_count == table.num_rows]
    table = table.drop_columns(empty)
    if strange := [one for one in table.column_names if one.startswith("__UNNAMED__")]:
        place = table.column_names.index(strange[0]) + 1
        raise SourceError(f"Column {place} of {name} has no name.", why="The first row of a sheet names its columns.")
    return table


def _refuse_bomb(path: Path, name: str) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as book:
        size = sum(part.file_size for part in book.infolist())
    if size > _UNPACKED_BYTES:
        raise SourceError(f"{name} unpacks to {size / 1e9:,.1f} GB; it was not read.", why=f"At most {_UNPACKED_BYTES / 1e9:,.1f} GB are.")
