"""Replies of APIs: JSON with the digits as they are printed, and rows of it as a table of texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from finopsnb.errors import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Row", "Rows", "parsed", "table_of"]

#: one row by the names of its columns; ``_reason`` says why it is none that can be stored
Row = dict[str, Any]

#: rows by what they are, which is what the conversion is told as the variant
Rows = Mapping[str, Sequence[Row]]


def parsed(body: bytes, name: str) -> Any:
    """JSON, where a number with a point or an exponent is the text that stands there; raises SourceError.

    >>> parsed(b'{"totalCost": 0.10000000000000000001, "minutes": 60}', "The reply")
    {'totalCost': '0.10000000000000000001', 'minutes': 60}
    """
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        beginning = " ".join(body[:80].decode("utf-8", errors="replace").split())
        why = f"{str(error)[:120]}. It begins with {beginning!r}." if beginning else "It is empty."
        raise SourceError(f"{name} is not JSON; nothing of it was stored.", why=why) from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def table_of(rows: Sequence[Row]) -> pa.Table:
    """A column of text for each key of the rows, nested values as JSON, with ``_line`` (from 1), ``_reason`` and ``_raw``."""
    import pyarrow as pa

    names = sorted({name for row in rows for name in row} - {"_reason", "_raw"})
    columns = {name: pa.array([as_text(row.get(name)) for row in rows], pa.string()) for name in names}
    reasons = [row.get("_reason") for row in rows]
    raw = [as_text(row.get("_raw", row)) if reason else None for row, reason in zip(rows, reasons, strict=True)]
    return pa.table(
        {
            **columns,
            "_line": pa.array(range(1, len(rows) + 1), pa.int64()),
            "_reason": pa.array(reasons, pa.string()),
            "_raw": pa.array(raw, pa.string()),
        }
    )


def as_text(value: Any) -> str | None:
    """A value of JSON as text; null and empty containers say nothing."""
    if value is None or value in ({}, []):
        return None
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | bool) else str(value)
