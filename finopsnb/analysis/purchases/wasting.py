"""What of the commitments there are nobody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.days import DAY
from finopsnb.analysis.purchases.windows import Windows, windowed

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["unused"]


def unused(costs: ir.Table, days: int = 30, known: Windows | None = None) -> ir.Table:
    """One row per commitment that goes on: its used and unused EffectiveCost of the last ``days`` complete days, and utilization, 0 to 1.

    Columns: provider, CommitmentDiscountId, BillingCurrency, CommitmentDiscountName, CommitmentDiscountType, ServiceName, RegionId,
    SubAccountId, used, unused, cost (both), days (from its first charge in them), utilization. One that had no charge on the last day
    has come to its end. The largest waste comes first. ``known`` are the windows, where they were looked for
    (:func:`finopsnb.analysis.purchases.windows.windows_of`).
    """
    import ibis

    rows = windowed(costs if known is None else known.reached(costs), days, known)
    committed = rows.filter(rows.CommitmentDiscountId.notnull(), rows.CommitmentDiscountStatus.isin(["Used", "Unused"]))
    day = (committed.ChargePeriodStart.epoch_seconds() - committed.window) // DAY
    placed = committed.mutate(day=day, of=committed.days).filter(ibis._.day.between(0, committed.days - 1))
    idle = placed.CommitmentDiscountStatus == "Unused"
    sums = placed.group_by("provider", "CommitmentDiscountId", "BillingCurrency").aggregate(
        **{name: placed[name].max() for name in ("CommitmentDiscountName", "CommitmentDiscountType", "SubAccountId")},
        **{name: placed[name].nullif("").max() for name in ("ServiceName", "RegionId")},
        used=placed.EffectiveCost.sum(where=~idle).fill_null(0),
        unused=placed.EffectiveCost.sum(where=idle).fill_null(0),
        first=placed.day.min(),
        last_day=placed.day.max(),
        of=placed.of.max(),
    )
    going = sums.filter(sums.last_day == sums.of - 1)
    told = going.mutate(cost=going.used + going.unused, days=going.of - going["first"]).filter(ibis._.cost > 0)
    share = told.used.cast("float64") / told.cost.cast("float64")
    return (
        told.mutate(utilization=share)
        .drop("first", "last_day", "of")
        .order_by([ibis.desc("unused"), "BillingCurrency", "CommitmentDiscountId"])
    )
