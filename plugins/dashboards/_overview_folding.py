"""Smaller values of the lesser dimensions as one, where their combinations are more than can be drawn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa

__all__ = ["OTHERS", "folded_to"]

#: what stands for the smaller values of a dimension, and how many are kept at least
OTHERS = {"split": "Other", "provider_": "Other providers"}
_LEAST = 2


def folded_to(most: int, trend: pa.Table, moves: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Both with at most about ``most`` rows of ``trend``: the smaller categories as one, and then the smaller providers."""
    for name, other in OTHERS.items():
        sizes = _sizes(trend, name)
        if trend.num_rows <= most * 1.2 or len(sizes) <= _LEAST:
            continue
        kept = set(sorted(sizes, key=lambda value: (-sizes[value], value))[: max(_LEAST, len(sizes) * most // trend.num_rows - 1)])
        trend, moves = (_folded(table, name, kept, other) for table in (trend, moves))
    return trend, moves


def _sizes(table: pa.Table, name: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for value, cost in zip(table[name].to_pylist(), table["cost"].to_pylist(), strict=True):
        sums[value] = sums.get(value, Decimal(0)) + abs(cost or Decimal(0))
    return sums


def _folded(table: pa.Table, name: str, kept: set[str], other: str) -> pa.Table:
    """The values that are not kept as ``other``, and what is then of one key added up."""
    import pyarrow.compute as pc

    inside = pc.is_in(table[name], pa.array(sorted(kept), pa.string()))
    table = table.set_column(table.column_names.index(name), name, pc.if_else(inside, table[name], other))
    amounts = [column for column in ("cost", "before", "now", "change") if column in table.column_names]
    keys = [column for column in table.column_names if column not in amounts]
    sums: dict[tuple[Any, ...], list[Decimal]] = {}
    for row in table.to_pylist():
        total = sums.setdefault(tuple(row[key] for key in keys), [Decimal(0)] * len(amounts))
        total[:] = [sum_ + (row[column] or 0) for sum_, column in zip(total, amounts, strict=True)]
    rows = [dict(zip([*keys, *amounts], [*key, *total], strict=True)) for key, total in sums.items()]
    return pa.Table.from_pylist(rows, schema=pa.schema([table.schema.field(column) for column in [*keys, *amounts]]))
