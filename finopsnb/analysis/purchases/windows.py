"""The recent complete days of each provider and currency, by all of its usage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from finopsnb.analysis.cost import instant, provider
from finopsnb.analysis.days import DAY
from finopsnb.analysis.whole_days import last_whole_days

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["HOUR", "Windows", "windowed", "windows_of"]

#: in seconds
HOUR = 3600


@dataclass(frozen=True)
class Windows:
    """The windows of some costs, looked for once: ``rows`` has provider, BillingCurrency, days and window, ``first`` the earliest day."""

    rows: ir.Table
    first: date | None

    def reached(self, costs: ir.Table, days: int = 0) -> ir.Table:
        """The charges that begin in a window or later, or so many days before: bills reach further back than what is looked at."""
        return costs if self.first is None else costs.filter(costs.ChargePeriodStart >= instant(self.first - timedelta(days=days)))


def windowed(costs: ir.Table, days: int, known: Windows | None = None) -> ir.Table:
    """The charges for usage, with ``provider`` ("" for none), ``RegionId`` and ``ServiceName`` without nulls, and their window.

    ``window`` is its first second since 1970, at the beginning of a day, and ``days`` how many complete days it has, ``days`` at most: up
    to the day in which the last charge ends, which counts when it ends with the day and is there as a whole
    (:mod:`finopsnb.analysis.whole_days`). A provider without a complete day has no rows. Who asks several times looks for the windows
    once, with :func:`windows_of`, and gives them as ``known``.
    """
    named = _named(costs)
    return named.join(_windows(named, days) if known is None else known.rows, ["provider", "BillingCurrency"])


def windows_of(costs: ir.Table, execute: Execute, days: int) -> Windows:
    """The windows of these costs as they are now, for :func:`windowed`."""
    import ibis

    rows = execute(_windows(_named(costs), days))
    first = min(rows["window"].to_pylist(), default=None)
    return Windows(ibis.memtable(rows), None if first is None else datetime.fromtimestamp(first, UTC).date())


def _named(costs: ir.Table) -> ir.Table:
    return costs.filter(costs.ChargeCategory == "Usage", costs.EffectiveCost.notnull()).mutate(
        provider=provider(costs).fill_null(""), ServiceName=costs.ServiceName.fill_null(""), RegionId=costs.RegionId.fill_null("")
    )


def _windows(named: ir.Table, days: int) -> ir.Table:
    import ibis

    start = named.ChargePeriodStart.epoch_seconds()
    ends = named.group_by("provider", "BillingCurrency").aggregate(
        first=start.min() // DAY * DAY,
        after=ibis.least(named.ChargePeriodEnd.epoch_seconds(), start + DAY).max() // DAY * DAY,
    )
    there = last_whole_days(named, "provider", "BillingCurrency")
    ends = ends.join(there.mutate(whole=there["last"].epoch_seconds() + DAY).drop("last"), ["provider", "BillingCurrency"])
    ends = ends.mutate(after=ibis.least(ends.after, ends.whole))
    whole = ends.mutate(days=ibis.least((ends.after - ends.first) // DAY, days)).filter(ibis._.days > 0)
    return whole.select("provider", "BillingCurrency", "days", window=whole.after - whole.days * DAY)
