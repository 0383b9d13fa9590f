"""Every recommendation on its way from open to realised, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.recommendations.overlapping import COMMITMENTS, alone, begun, beyond, committed
from finopsnb.analysis.recommendations.realising import realised

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["PIPELINE", "pipeline"]

_STORED = (
    *("recommendation_id", "plugin", "category", "title", "ResourceId", "ServiceName", "status", "BillingCurrency"),
    *("monthly_saving", "counted_saving"),
)
_REALISED = ("realised_saving", "realised_monthly", "realised_days", "realised_note")
_TIMES = ("reason", "created_at", "decided_at", "implemented_at")
#: the columns of the pipeline
PIPELINE = (*_STORED, *_REALISED, *_TIMES)
#: what a row that is not told by itself does not need
_NEEDED = ("ProviderName", "RegionId", "SubAccountId", "evidence")


def pipeline(recommendations: ir.Table, costs: ir.Table, execute: Execute) -> pa.Table:
    """One row (PIPELINE) per recommendation: its saving a month, what of it counts, and what it did save if it was implemented.

    ``counted_saving`` can be added up by BillingCurrency (:mod:`finopsnb.analysis.recommendations.overlapping`); what the saving of an
    implemented one is since then tells ``realised_saving`` (:mod:`finopsnb.analysis.recommendations.realising`). The order is that of
    currency, counted saving, the largest first, and id.
    """
    import ibis

    table = alone(recommendations)
    order = ["BillingCurrency", ibis.desc("counted_saving"), ibis.desc("monthly_saving"), "plugin", "recommendation_id"]
    rows = execute(table.select(*_STORED, *_TIMES).order_by(order))
    counted, measured = _counted(table, execute), _realised(table, costs, execute)
    return _with(rows, counted, measured)


def _counted(table: ir.Table, execute: Execute) -> dict[tuple[str, str], Any]:
    """What counts otherwise than ``alone`` says: beside what is implemented, and of commitments; nothing is read where there are none."""
    there = execute(begun(table).select(*_STORED, *_NEEDED, "implemented_at")).to_pylist()
    found = beyond(there)
    about = table.ResourceId.isnull() & table.category.isin(COMMITMENTS)
    if not execute(table.filter(about).limit(1)).num_rows:
        return found
    rows = execute(table.filter(table.counted_saving > 0).select(*_STORED, *_NEEDED)).to_pylist()
    others = [row for row in rows if _key(row) not in found]
    return found | committed([*others, *(row | {"counted_saving": found[_key(row)]} for row in there)])


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return (row["plugin"], row["recommendation_id"])


def _realised(table: ir.Table, costs: ir.Table, execute: Execute) -> dict[tuple[str, str], dict[str, Any]]:
    names = ("plugin", "recommendation_id", "ResourceId", "BillingCurrency", "implemented_at")
    done = table.filter(table.status == "implemented").select(*names)
    rows = execute(done).to_pylist()
    return realised(rows, costs, execute) if rows else {}


def _with(rows: pa.Table, counted: dict[tuple[str, str], Any], measured: dict[tuple[str, str], dict[str, Any]]) -> pa.Table:
    """The stored columns with those that were worked out for a few of the rows."""
    import pyarrow as pa

    keys = list(zip(rows["plugin"].to_pylist(), rows["recommendation_id"].to_pylist(), strict=True))
    money = pa.decimal128(38, 18)
    if counted:
        before = rows["counted_saving"].to_pylist()
        values = pa.array([counted.get(key, value) for key, value in zip(keys, before, strict=True)], money)
        rows = rows.set_column(rows.column_names.index("counted_saving"), "counted_saving", values)
    kinds = dict(zip(_REALISED, (money, money, pa.int64(), pa.string()), strict=True))
    for name, kind in kinds.items():
        rows = rows.append_column(name, pa.array([measured.get(key, {}).get(name) for key in keys], kind))
    return rows.select(PIPELINE)
