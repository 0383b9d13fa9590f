"""ResourceIds as tables of other origin write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["plain_id", "unmatched"]


def plain_id(name: ir.StringValue) -> ir.StringValue:
    """The id to compare by: those of Azure are one whatever their case, which bills and Azure Monitor write differently.

    Source: Azure Resource Manager, "resource IDs are case-insensitive".
    """
    import ibis

    small = name.lower()
    return ibis.ifelse(small.startswith("/subscriptions/"), small, name)


def unmatched(use: ir.Table, costs: ir.Table, execute: Execute) -> tuple[int, str]:
    """How many resources of a utilisation table have no cost, and the least of their ids."""
    there = costs.select(_id=plain_id(costs.ResourceId)).distinct()
    told = use.filter(use.ResourceId.notnull()).select("ResourceId", _id=plain_id(use.ResourceId))
    lost = told.anti_join(there, "_id")
    row: dict[str, Any] = execute(lost.aggregate(rows=lost["_id"].nunique(), example=lost.ResourceId.min())).to_pylist()[0]
    return row["rows"], row["example"] or ""
