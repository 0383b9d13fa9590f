"""What is used on demand in each hour, by provider, service, region and currency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finopsnb.analysis import units
from finopsnb.analysis.purchases.windows import HOUR, Windows, windowed

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["KEYS", "Profiles", "profiles"]

KEYS = ("provider", "ServiceName", "RegionId", "BillingCurrency")
#: of a charge; one of a month is spread over its hours as well
_LONGEST = 24 * 31


@dataclass(frozen=True)
class Profiles:
    """``series`` has a row per profile: KEYS, days, cost and list_cost (exact), by_day (whether charges are longer than an hour).

    ``use`` is profiles x hours, EffectiveCost, never below 0; a profile with fewer days than the longest has its own hours first, and
    the rest is not its own.
    """

    series: list[dict[str, Any]]
    use: NDArray[np.float64]


def profiles(costs: ir.Table, execute: Execute, days: int, *, any_unit: bool = False, known: Windows | None = None) -> Profiles:
    """Usage with PricingCategory Standard that no commitment covers; only of units of time, unless ``any_unit``."""
    import ibis
    import numpy as np

    near = costs if known is None else known.reached(costs, _LONGEST // 24)
    # the charges are read once, and both answers come from what is left of them
    rows = ibis.memtable(execute(_uncovered(windowed(near, days, known), any_unit)))
    cells = _cells(rows)
    series = execute(_series(rows)).to_pylist()
    found = execute(cells)
    hours = 24 * max((one["days"] for one in series), default=0)
    use = np.zeros((len(series), hours))
    use[found["number"].to_numpy(), found["hour"].to_numpy()] = found["use"].to_numpy()
    return Profiles(series, np.maximum(use, 0.0))


def _uncovered(rows: ir.Table, any_unit: bool) -> ir.Table:
    """With ``hour`` (of the window), ``length`` in hours, and the number of their profile; those that lie in the window."""
    import ibis

    unit = ibis.coalesce(rows.PricingUnit, rows.ConsumedUnit)
    # a request, a gigabyte or a month of storage is no time; what says no unit may be one
    timed = ibis.literal(True) if any_unit else unit.isnull() | units.is_by_time(unit)
    plain = rows.filter(
        rows.PricingCategory == "Standard",
        rows.CommitmentDiscountId.nullif("").isnull(),
        ~rows.ChargeClass.identical_to("Correction"),
        timed,
    )
    start = plain.ChargePeriodStart.epoch_seconds()
    seconds = plain.ChargePeriodEnd.epoch_seconds().fill_null(0) - start
    length = ibis.greatest(ibis.least((seconds + HOUR - 1) // HOUR, _LONGEST), 1)
    placed = plain.mutate(hour=(start - plain.window) // HOUR, length=length)
    inside = placed.filter(placed.hour < 24 * placed.days, placed.hour + placed.length > 0)
    return _running(inside)


def _running(rows: ir.Table) -> ir.Table:
    """Added up by profile, hour, length, and ``ran``: how many hours of each day of the charge (or of the charge) have the cost.

    A machine that is billed ten hours in a row of a day ran in ten of its hours; which ones the bill does not say. Taken as the first
    ones of every such machine they are what suits a commitment least. What is about no resource may be several, one after the other.
    """
    import ibis

    long = rows.length > 1
    one = {"thing": ibis.ifelse(long, rows.ResourceId.nullif(""), None), "price": ibis.ifelse(long, rows.SkuPriceId, None)}
    sums = {
        "cost": rows.EffectiveCost.sum(),
        "list_cost": rows.ListCost.sum(),
        "billed": ibis.cases((long, _billed_hours(rows)), else_=None).sum(),
    }
    each = rows.group_by(*KEYS, "days", "hour", "length", **one).aggregate(**sums)
    span = ibis.least(each.length, 24)
    # sums of floats may lie a little above the hour that they are
    ran = ibis.least((each.billed * span / each.length - 1e-6).ceil(), span).cast("int64")
    known = each.thing.notnull() & (each.billed > 0)
    told = each.mutate(span=span, ran=ibis.ifelse(known, ibis.greatest(ran, 1), span))
    return told.group_by(*KEYS, "days", "hour", "length", "span", "ran").aggregate(cost=told.cost.sum(), list_cost=told.list_cost.sum())


def _billed_hours(rows: ir.Table) -> ir.Value:
    """By what was consumed, or priced, where that is a time; else null. A machine ran no longer than its cores together."""
    import ibis

    told = ((rows.ConsumedUnit, rows.ConsumedQuantity), (rows.PricingUnit, rows.PricingQuantity))
    known = [hours(unit, quantity) for hours in (units.hours, units.core_hours) for unit, quantity in told]
    return ibis.coalesce(*known).cast("float64")


def _cells(rows: ir.Table) -> ir.Table:
    import ibis

    # by the number of the profile: adding up by its names takes three times as long
    hours = rows.mutate(number=ibis.dense_rank().over(order_by=list(KEYS)), part=ibis.range(rows.length).unnest())
    hours = hours.filter(hours.part % hours.span < hours.ran)
    parts = hours.length // hours.span * hours.ran + ibis.least(hours.length % hours.span, hours.ran)
    spread = hours.mutate(hour=hours.hour + hours.part, use=hours.cost.cast("float64") / parts)
    inside = spread.filter(spread.hour >= 0, spread.hour < 24 * spread.days)
    return inside.group_by("number", "hour").aggregate(use=inside.use.sum())


def _series(rows: ir.Table) -> ir.Table:
    sums = rows.group_by(KEYS).aggregate(
        days=rows.days.max(), cost=rows.cost.sum(), list_cost=rows.list_cost.sum(), by_day=(rows.length > 1).any()
    )
    return sums.order_by(list(KEYS))
