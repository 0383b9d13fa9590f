"""From a billing file to Arrow tables, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.engines import private_engine
from finopsnb.errors import SourceError
from finopsnb.plugins.files import json_files, parquet_files
from finopsnb.plugins.files.csv_files import CsvFile, as_utf8
from finopsnb.plugins.files.expanding import Limits, watched
from finopsnb.plugins.files.finding import JSON_SUFFIXES, PARQUET_SUFFIXES, BillingFile, fits
from finopsnb.plugins.files.marking import Columns
from finopsnb.plugins.files.problems import unreadable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read_file", "read_files"]


def read_files(
    files: Sequence[BillingFile | Path],
    *,
    delimiter: str = "",
    encoding: str = "utf-8",
    columns: Columns | None = None,
    limits: Limits | None = None,
) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each file as ``(name of the file, table)``; see :func:`read_file`."""
    for file in files:
        billing = file if isinstance(file, BillingFile) else BillingFile.at(file)
        for table in read_file(billing, delimiter=delimiter, encoding=encoding, columns=columns, limits=limits):
            yield billing.name, table


def read_file(
    file: BillingFile | Path,
    *,
    delimiter: str = "",
    encoding: str = "utf-8",
    columns: Columns | None = None,
    limits: Limits | None = None,
) -> Iterator[pa.Table]:
    """The rows of one CSV, JSON or Parquet file as tables of up to CHUNK_ROWS rows each; at least one, to show the columns.

    ``columns`` is asked with the names in the file for those that are wanted; the others are not read. CSV cells and JSON
    values are text, a JSON object or array is JSON text, in which numbers are strings so that no digit is lost; Parquet
    keeps its types. Each table has three columns more:

    - ``_line`` (int64): where the row is in the file. Of a bad row it is the line, from 1; of a good row of a CSV file its
      record, the header being 1, which is the line as long as no cell before it holds a line break and no line is blank;
      in a file with bad rows it is the line itself from where reading met the first. Of JSON the number of the object or
      line, of Parquet the number of the row, from 1.
    - ``_reason``, ``_raw`` (text): null in a good row. A row that has too few or too many fields, or a broken quote, or is no
      JSON, has null in all its columns, the reason, and the text of the line.

    Raises SourceError, after which nothing that came before may be stored: for a file that is cut short, damaged, in another
    encoding or with another delimiter than said, with more than half of its rows bad, or that expands beyond ``limits``.
    """
    import duckdb

    billing = file if isinstance(file, BillingFile) else BillingFile.at(file)
    allowed = limits or Limits()
    with billing.local() as path:
        try:
            with closing(private_engine()) as connection, watched(path, billing.name, allowed) as check:
                for table in _tables(connection, path, billing.name, delimiter, encoding, columns, allowed):
                    check()
                    yield table
                check(wait=True)
        except SourceError:
            raise
        except (duckdb.Error, UnicodeError, LookupError, OSError) as error:
            raise unreadable(billing.name, error, str(path)) from error


def _tables(
    connection: Any, path: Path, name: str, delimiter: str, encoding: str, columns: Columns | None, limits: Limits
) -> Iterator[pa.Table]:
    if fits(path.name, PARQUET_SUFFIXES):
        yield from parquet_files.read(connection, path, name, columns, limits)
    elif fits(path.name, JSON_SUFFIXES):
        yield from json_files.read(connection, path, name, columns, limits)
    else:
        with as_utf8(path, name, encoding, limits) as readable:
            yield from CsvFile(connection, readable, name, delimiter, columns, limits).read()
