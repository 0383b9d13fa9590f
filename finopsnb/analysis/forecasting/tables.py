"""Forecasts and back-tests as Arrow tables: decimals for money, floats for statistics."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]

__all__ = ["TOTAL", "dimension_columns", "level_name", "money", "optional"]

#: the level of what all series of a currency come to
TOTAL = "total"


def level_name(dimensions: Sequence[str], depth: int) -> str:
    """
    >>> level_name(["provider", "service"], 0), level_name(["provider", "service"], 2)
    ('total', 'provider, service')
    """
    return ", ".join(dimensions[:depth]) or TOTAL


def money(units: Whole, decimals: int) -> pa.Array:
    """Whole numbers of the last of so many decimals as DECIMAL(38, 18)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.array(units.ravel(), pa.int64()).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, pa.scalar(Decimal(1).scaleb(-decimals), pa.decimal128(18, decimals))).cast(pa.decimal128(38, 18))


def dimension_columns(dimensions: Sequence[str], keys: Sequence[tuple[str, ...]], repeat: int = 1) -> dict[str, Any]:
    """A column of text for each dimension, each key ``repeat`` times; null below the key's level."""
    import pyarrow as pa

    return {
        name: pa.array([key[place] if place < len(key) else None for key in keys for _ in range(repeat)], pa.string())
        for place, name in enumerate(dimensions)
    }


def optional(values: Numbers) -> pa.Array:
    """Floats, null where there is none."""
    import pyarrow as pa

    return pa.array(values, pa.float64(), from_pandas=True)
