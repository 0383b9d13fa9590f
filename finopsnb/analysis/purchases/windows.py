"""The recent complete days of each provider and currency, by all of its usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.cost import provider
from finopsnb.analysis.whole_days import last_whole_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["HOUR", "windowed"]

#: in seconds
HOUR, DAY = 3600, 86_400


def windowed(costs: ir.Table, days: int) -> ir.Table:
    """The charges for usage, with ``provider`` ("" for none), ``RegionId`` and ``ServiceName`` without nulls, and their window.

    ``window`` is its first second since 1970, at the beginning of a day, and ``days`` how many complete days it has, ``days`` at most: up
    to the day in which the last charge ends, which counts when it ends with the day and is there as a whole
    (:mod:`finopsnb.analysis.whole_days`). A provider without a complete day has no rows.
    """
    import ibis

    named = costs.filter(costs.ChargeCategory == "Usage", costs.EffectiveCost.notnull()).mutate(
        provider=provider(costs).fill_null(""), ServiceName=costs.ServiceName.fill_null(""), RegionId=costs.RegionId.fill_null("")
    )
    start = named.ChargePeriodStart.epoch_seconds()
    ends = named.group_by("provider", "BillingCurrency").aggregate(
        first=start.min() // DAY * DAY,
        after=ibis.least(named.ChargePeriodEnd.epoch_seconds(), start + DAY).max() // DAY * DAY,
    )
    there = last_whole_days(named, "provider", "BillingCurrency")
    ends = ends.join(there.mutate(whole=there["last"].epoch_seconds() + DAY).drop("last"), ["provider", "BillingCurrency"])
    ends = ends.mutate(after=ibis.least(ends.after, ends.whole))
    known = ends.mutate(days=ibis.least((ends.after - ends.first) // DAY, days)).filter(ibis._.days > 0)
    windows = known.select("provider", "BillingCurrency", "days", window=known.after - known.days * DAY)
    return named.join(windows, ["provider", "BillingCurrency"])
