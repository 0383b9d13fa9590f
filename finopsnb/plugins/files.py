"""Reading billing files for telemetry plugins: found by path, folder or pattern, read in the engine, chunk by chunk.

CSV cells stay text: nothing is sniffed, so that account ids keep their leading zeros and amounts all their digits.
Parquet keeps its types. Each chunk carries ``_line``, the number of its rows in the file (the header is line 1), so
that a row that cannot be read can be found again.
"""

from __future__ import annotations

import csv
import glob
import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import SourceError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CSV_SUFFIXES", "PARQUET_SUFFIXES", "find_files", "read_file", "read_files"]

CSV_SUFFIXES = (".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
CHUNK_ROWS = 131_072
_HEADER_BYTES = 65_536
_DELIMITERS = (",", ";", "\t", "|")


def find_files(path: str | Path, suffixes: Sequence[str] = (*CSV_SUFFIXES, *PARQUET_SUFFIXES)) -> list[Path]:
    """The files behind a path: the file itself, those of a folder (its sub-folders too), or those of a pattern; sorted.

    Raises SourceError when there is none, naming what is there instead.
    """
    place = Path(path).expanduser()
    if place.is_file():
        return [place]
    found = (
        [p for p in place.rglob("*") if _fits(p, suffixes)] if place.is_dir() else [Path(p) for p in glob.glob(str(place), recursive=True)]
    )
    files = sorted(p for p in found if p.is_file() and not p.name.startswith((".", "_")))
    if not files:
        raise _nothing(place, suffixes)
    return files


def read_files(files: Sequence[Path], *, delimiter: str = "", encoding: str = "utf-8") -> Iterator[tuple[str, pa.Table]]:
    """The rows of each file as ``(path, table)``, about 130,000 rows at a time; raises SourceError."""
    for file in files:
        for table in read_file(file, delimiter=delimiter, encoding=encoding):
            yield str(file.resolve()), table


def read_file(file: Path, *, delimiter: str = "", encoding: str = "utf-8") -> Iterator[pa.Table]:
    """The rows of one CSV or Parquet file, chunk by chunk, with their line numbers in ``_line``."""
    import duckdb
    import numpy as np
    import pyarrow as pa

    try:
        with closing(duckdb.connect()) as connection, _as_utf8(file, encoding) as readable:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute("set enable_progress_bar = false")  # the session shows one bar, and not one a file
            first = 1 if _is_parquet(file) else 2
            reader = _relation(connection, readable, delimiter).to_arrow_reader(CHUNK_ROWS)
            for table in _tables(reader):
                yield table.append_column("_line", pa.array(np.arange(first, first + len(table))))
                first += len(table)
    except SourceError:
        raise
    except (duckdb.Error, UnicodeError, LookupError, OSError) as error:
        raise _unreadable(file, error) from error


@contextmanager
def _as_utf8(file: Path, encoding: str) -> Iterator[Path]:
    """The file itself, or a private copy in UTF-8: the engine reads no other encoding."""
    import pyarrow as pa

    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig") or _is_parquet(file):
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="finopsnb-") as folder:
        copy = Path(folder) / "copy.csv"
        with (
            pa.input_stream(str(file), compression="detect") as stream,
            io.TextIOWrapper(stream, encoding=encoding, newline="") as text,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            shutil.copyfileobj(text, target, 1 << 20)
        yield copy


def _tables(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The batches as tables; a file without rows is one empty table, so that its columns are known."""
    import pyarrow as pa

    table = None
    for batch in reader:
        yield (table := pa.Table.from_batches([batch]))
    if table is None:
        yield reader.schema.empty_table()


def _relation(connection: Any, file: Path, delimiter: str) -> Any:
    """The file as a relation. The dialect comes from the header line alone: a sniffer that meets one short row takes
    the whole table for a single column."""
    if _is_parquet(file):
        return connection.read_parquet(str(file))
    names, separator = _header(file, delimiter)
    return connection.read_csv(
        str(file),
        columns=dict.fromkeys(names, "VARCHAR"),
        delimiter=separator,
        header=True,
        auto_detect=False,
        quotechar='"',
        escapechar='"',
        strict_mode=True,
        allow_quoted_nulls=False,
    )


def _header(file: Path, delimiter: str) -> tuple[list[str], str]:
    """The column names and what separates them; a name that comes twice is numbered."""
    import pyarrow as pa

    with pa.input_stream(str(file), compression="detect") as stream:
        start = stream.read(_HEADER_BYTES).decode("utf-8", errors="replace").removeprefix("\ufeff")
    line = start.partition("\n")[0]
    if not line.strip():
        raise SourceError(f"The file {file} is empty: it has no header line.")
    separator = delimiter or max(_DELIMITERS, key=line.count)
    names = next(csv.reader(io.StringIO(start), delimiter=separator))
    return [name if name not in names[:i] else f"{name}_{i}" for i, name in enumerate(names)], separator


def _is_parquet(file: Path) -> bool:
    return file.name.lower().endswith(PARQUET_SUFFIXES)


def _fits(path: Path, suffixes: Sequence[str]) -> bool:
    return path.name.lower().endswith(tuple(suffixes))


def _nothing(place: Path, suffixes: Sequence[str]) -> SourceError:
    folder = place if place.is_dir() else place.parent
    names = [p.name for p in folder.iterdir() if _fits(p, suffixes)] if folder.is_dir() else []
    near = nearest(place.name, names)
    there = f"{folder} holds {len(names)} billing files." if folder.is_dir() else f"There is no folder {folder}."
    return SourceError(
        f"No billing file is at {place}.",
        why=f"{there} Working folder: {Path.cwd()}.",
        hint=f'path="{folder / near}"' if near else f"a path, a folder or a pattern of files ending in {', '.join(suffixes)}",
    )


def _unreadable(file: Path, error: Exception) -> SourceError:
    text = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", text)
    fields = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if line and fields:
        more = " or more" if int(fields[2]) > int(fields[1]) else ""
        why = f"Line {line[1]} has {fields[2]}{more} fields where the header has {fields[1]}."
        hint = 'mend the line, or check the delimiter: delimiter=";"'
    elif "unicode" in text or isinstance(error, UnicodeError):
        why = (f"Line {line[1]} is" if line else "It is") + " not in the encoding that was said."
        hint = 'encoding="latin-1" or encoding="utf-16"'
    elif line:
        why, hint = f"Line {line[1]} is not well-formed CSV (perhaps a quote that is not closed).", "mend the line"
    else:
        why, hint = text.split("\n")[0][:300], "export the file again: it may be cut short"
    return SourceError(f"The file {file} cannot be read; nothing of it was stored.", why=why, hint=hint)
