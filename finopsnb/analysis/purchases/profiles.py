"""What is used on demand in each hour, by provider, service, region and currency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.purchases.windows import HOUR, windowed

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["KEYS", "Profiles", "profiles"]

KEYS = ("provider", "ServiceName", "RegionId", "BillingCurrency")
#: units of what runs by the hour; a request, a gigabyte or a month of storage is no time
_BY_TIME = r"(?i)(^|[^a-z])(hours?|hrs?|minutes?|seconds?)([^a-z]|$)"
_HOURS = ("hours", "hour", "hrs", "h")
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


def profiles(costs: ir.Table, execute: Execute, days: int, *, any_unit: bool = False) -> Profiles:
    """Usage with PricingCategory Standard that no commitment covers; only of units of time, unless ``any_unit``."""
    import numpy as np

    rows = _uncovered(windowed(costs, days), any_unit)
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
    # what most charges have is not searched
    searched = ibis.cases((unit.lower().isin(_HOURS), True), else_=unit.re_search(_BY_TIME)).fill_null(True)
    timed = ibis.literal(True) if any_unit else searched
    plain = rows.filter(
        rows.PricingCategory == "Standard",
        rows.CommitmentDiscountId.nullif("").isnull(),
        ~rows.ChargeClass.identical_to("Correction"),
        timed,
    )
    start = plain.ChargePeriodStart.epoch_seconds()
    seconds = plain.ChargePeriodEnd.epoch_seconds().fill_null(0) - start
    billed = ibis.least((seconds + HOUR - 1) // HOUR, _LONGEST)
    length = ibis.cases((billed > 1, ibis.least(billed, _hours_run(plain))), else_=1)
    placed = plain.mutate(hour=(start - plain.window) // HOUR, length=length)
    inside = placed.filter(placed.hour < 24 * placed.days, placed.hour + placed.length > 0)
    keys = [*KEYS, "days", "hour", "length"]
    return inside.group_by(keys).aggregate(cost=inside.EffectiveCost.sum(), list_cost=inside.ListCost.sum())


def _hours_run(rows: ir.Table) -> ir.IntegerValue:
    """In how many hours a machine can have run at most: a charge of a day, for 10 hours of one resource, is of 10 hours of the day.

    Which 10 these were it does not say; they are taken to be the first, for all alike, as office hours are.
    """
    import ibis

    of_one = rows.ResourceId.notnull() & rows.ConsumedUnit.lower().isin(_HOURS) & (rows.ConsumedQuantity > 0)
    return ibis.ifelse(of_one.fill_null(False), rows.ConsumedQuantity.cast("float64").ceil().cast("int64"), _LONGEST)


def _cells(rows: ir.Table) -> ir.Table:
    import ibis

    hours = rows.mutate(part=ibis.range(rows.length).unnest())
    spread = hours.mutate(hour=hours.hour + hours.part, use=hours.cost.cast("float64") / hours.length)
    inside = spread.filter(spread.hour >= 0, spread.hour < 24 * spread.days)
    sums = inside.group_by([*KEYS, "hour"]).aggregate(use=inside.use.sum())
    return sums.select("hour", "use", number=ibis.dense_rank().over(order_by=list(KEYS)))


def _series(rows: ir.Table) -> ir.Table:
    sums = rows.group_by(KEYS).aggregate(
        days=rows.days.max(), cost=rows.cost.sum(), list_cost=rows.list_cost.sum(), by_day=(rows.length > 1).any()
    )
    return sums.order_by(list(KEYS))
