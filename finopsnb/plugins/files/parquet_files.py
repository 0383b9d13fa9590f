"""Parquet files, with the types that they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import SourceError
from finopsnb.plugins.files.expanding import Limits
from finopsnb.plugins.files.marking import Columns, marked, projected, tables
from finopsnb.plugins.files.problems import NOTHING_STORED

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["read"]


def read(connection: Any, path: Path, name: str, columns: Columns | None, limits: Limits) -> Iterator[pa.Table]:
    """The rows, with _line from 1; raises SourceError for a file that expands beyond the limits."""
    import numpy as np

    _require_within(connection, path, name, limits)
    first = 1
    for table in tables(projected(connection.read_parquet(str(path)), columns, name)):
        yield marked(table, np.arange(first, first + len(table)))
        first += len(table)


def _require_within(connection: Any, path: Path, name: str, limits: Limits) -> None:
    """By what the file says of itself: the bytes of its columns, and a byte for each cell, since equal ones are stored once."""
    said = "select coalesce(greatest(sum(total_uncompressed_size), sum(num_values)), 0) from parquet_metadata(?)"
    size = connection.execute(said, [str(path)]).fetchall()[0][0]
    if size > max(limits.size, limits.ratio * path.stat().st_size):
        raise SourceError(
            f"The file {name} expands beyond reason{NOTHING_STORED}",
            why=f"It has {path.stat().st_size:,} bytes, and more than {size:,} unpacked.",
            hint="if it is meant to be that large, write it again in parts, and collect those",
        )
