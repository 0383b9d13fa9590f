"""Small files for the tests."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa

from finopsnb.plugins.files import read_file

HEADER = "BilledCost,BillingCurrency,BillingAccountId\n"
ROW = "1.50,USD,007\n"


def compressed(content: bytes, name: str) -> bytes:
    if name.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    return bytes(pa.Codec("zstd").compress(content, asbytes=True)) if name.endswith(".zst") else content


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(compressed(text.encode(encoding), name))
    return path


def rows(path: Any, **options: Any) -> list[dict[str, Any]]:
    return [row for table in read_file(path, **options) for row in table.to_pylist()]


def good(path: Any, **options: Any) -> list[dict[str, Any]]:
    """The cells of the good rows."""
    return [{k: v for k, v in row.items() if k[0] != "_"} for row in rows(path, **options) if row["_reason"] is None]


def bad(path: Any, **options: Any) -> list[tuple[int, str, str]]:
    """Line, reason and text of the bad rows, whose cells are all null."""
    found = [row for row in rows(path, **options) if row["_reason"] is not None]
    assert all(value is None for row in found for name, value in row.items() if not name.startswith("_"))
    return [(row["_line"], row["_reason"], row["_raw"]) for row in found]
