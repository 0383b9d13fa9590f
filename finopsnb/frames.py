"""Results as the DataFrame that the analyst works with: pandas, polars or Arrow, always by way of Arrow."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Frames", "checked_answer", "checked_kind", "to_frame"]

Frames = Literal["pandas", "polars", "arrow"]

_READABLE_ROWS = 100_000
#: Python writes decimals that end further behind the point with an exponent when they are zero
_PLAIN_SCALE = 6


def to_frame(table: pa.Table, kind: str = "pandas") -> Any:
    """``table`` as pandas (default), polars or Arrow.

    Money keeps its type: pandas gets Python ``Decimal`` objects, polars and Arrow their decimal types. Times are UTC,
    tags are dicts (pandas) or lists of key and value (polars, Arrow). Raises FinopsError for another ``kind``.
    """
    match checked_kind(kind):
        case "arrow":
            return table
        case "polars":
            return _polars(table)
        case _:
            return _pandas(table)


def checked_kind(kind: str) -> Frames:
    """``kind`` when it is one of pandas, polars and arrow; FinopsError otherwise."""
    for known in get_args(Frames):
        if kind == known:
            return known  # type: ignore[no-any-return]
    near = nearest(str(kind), get_args(Frames)) or "pandas"
    raise FinopsError(
        f"Frames of the kind {kind!r} are not known.",
        why="There are pandas, polars and arrow.",
        hint=f'frames="{near}"',
    )


def checked_answer(kind: str | None) -> None:
    """Raises FinopsError unless ``kind`` is one of these, "none" (no answer is wanted), or None (that of the session)."""
    if kind not in (None, "none"):
        checked_kind(kind)


def _pandas(table: pa.Table) -> pd.DataFrame:
    trimmed = _trimmed(table)
    frame: pd.DataFrame = trimmed.to_pandas(maps_as_pydicts="lossy")
    if table.num_rows <= _READABLE_ROWS:
        _write_zeros_plainly(frame, trimmed)
    return frame


def _write_zeros_plainly(frame: pd.DataFrame, table: pa.Table) -> None:
    """A zero of many decimals reads 0E-18 in Python; the same value reads 0 when it has none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and field.type.scale > _PLAIN_SCALE:
            zeros = pc.fill_null(pc.equal(table.column(index), pa.scalar(0, field.type)), False).to_numpy()
            if zeros.any():
                frame.isetitem(index, frame.iloc[:, index].mask(zeros, Decimal(0)).array)


def _trimmed(table: pa.Table) -> pa.Table:
    """Decimals without the zeros that every value of their column ends in: 1.25 reads better than 1.250000000000000000.

    Frames of many rows are computed with and not read; there the conversion would double the time.
    """
    import pyarrow as pa

    if table.num_rows > _READABLE_ROWS:
        return table
    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, _shortest(table.column(index)))
    return table


def _shortest(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in the smallest scale, from cents on, that loses no digit."""
    import pyarrow as pa

    for scale in range(2, column.type.scale, 2):
        try:
            return column.cast(pa.decimal128(38, scale))
        except pa.ArrowInvalid:  # a digit would be lost: the next scale may hold it
            continue
    return column


def _polars(table: pa.Table) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(table)
