"""The complete days of each currency, and as many complete days before them.

A day is complete when no provider is late with it, by charges or by cost (:mod:`finopsnb.analysis.whole_days`). A provider that has sent
nothing for two weeks is not late, but gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import METRICS, instant, provider
from finopsnb.analysis.days import DAY, day_number, day_start
from finopsnb.analysis.whole_days import last_whole_days

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["DAYS", "Look", "Window", "added_up", "daily", "looked"]

#: so many days are compared with as many: four whole weeks
DAYS = 28
_WEEK, _GONE = 7, 14

_KEPT = (
    *("BillingCurrency", "ServiceProviderName", "ProviderName", "ChargeCategory", "PricingCategory", "CommitmentDiscountStatus"),
    "BillingPeriodStart",
)

#: the cost of each day
Days = Mapping[date, Decimal]


@dataclass(frozen=True)
class Window:
    """The complete days of a currency: ``days`` up to and with ``last`` are compared with as many before; 0 where there is one day only."""

    currency: str
    first: date
    last: date
    days: int
    #: providers that have less than the others: the last complete day of each
    behind: Mapping[str, date]

    @property
    def end(self) -> date:
        return self.last + timedelta(days=1)

    @property
    def now(self) -> tuple[date, date]:
        """The days that are looked at, half-open: the last one alone where there is nothing to compare with."""
        return self.end - timedelta(days=max(self.days, 1)), self.end

    @property
    def before(self) -> tuple[date, date]:
        start = self.now[0]
        return start - timedelta(days=self.days), start

    @property
    def told(self) -> str:
        return "the last complete day" if self.days <= 1 else f"the last {self.days} complete days"

    @property
    def earlier(self) -> str:
        """The days that these are compared with, as a sentence says them."""
        return "the day before" if self.days <= 1 else f"the {self.days} days before"

    @property
    def how(self) -> str:
        """The two periods, as the column ``how`` says them; nothing where there is none to compare with."""
        if not self.days:
            return ""
        (start, end), (earlier, _) = self.now, self.before
        one = timedelta(days=1)
        return f"{start} to {end - one} against {earlier} to {start - one}"


@dataclass(frozen=True)
class Look:
    """What findings are made from: tables by name, the engine, a window of complete days per currency, and the tags that are asked for.

    ``sums`` are the costs in few rows (:func:`added_up`): what they can tell is not asked of all charges.
    """

    table: Table
    execute: Execute
    sums: ir.Table
    windows: tuple[Window, ...] = ()
    tag: str = ""
    owner_tag: str = ""

    @property
    def costs(self) -> ir.Table:
        return self.table("costs")

    @property
    def use(self) -> ir.Table:
        """:func:`daily` of the sums."""
        return _use(self.sums)

    def rows(self, expression: ir.Expr) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.execute(expression).to_pylist()
        return found


def added_up(costs: ir.Table) -> ir.Table:
    """The costs under their own names, added up by what findings tell apart, with how many ``charges`` a row is.

    Provider, currency, category, commitment and bill are kept, ChargePeriodStart is the beginning of its day (UTC), and ``is_daily`` what
    :func:`daily` asks. What is asked of the charges of whole days can be asked of these rows, however many there are within a day.
    """
    sums = costs.group_by(*_KEPT, _day=day_number(costs.ChargePeriodStart), is_daily=_is_daily(costs)).aggregate(
        charges=costs.count(), **{name: costs[name].sum() for name in METRICS}
    )
    return sums.mutate(ChargePeriodStart=day_start(sums["_day"]).cast("timestamp('UTC')")).drop("_day")


def daily(costs: ir.Table) -> ir.Table:
    """Usage that lasts a day at most: a fee for a month that is not charged yet would look as if it had fallen."""
    return costs.filter(costs.ChargeCategory == "Usage", _is_daily(costs))


def _is_daily(costs: ir.Table) -> ir.BooleanValue:
    return costs.ChargePeriodEnd.epoch_seconds() - costs.ChargePeriodStart.epoch_seconds() <= DAY


def _use(sums: ir.Table) -> ir.Table:
    """:func:`daily` of costs that are added up."""
    return sums.filter(sums.ChargeCategory == "Usage", sums.is_daily)


def looked(table: Table, execute: Execute, days: int = DAYS, tag: str = "", owner_tag: str = "") -> Look:
    """The windows of every currency, the one with the most cost first."""
    import ibis

    added = ibis.memtable(execute(added_up(table("costs"))))
    use = _use(added)
    use = use.mutate(currency=use.BillingCurrency, provider=provider(use).fill_null(""))
    keys = {"currency": use.currency, "provider": use.provider, "day": use.ChargePeriodStart.cast("date")}
    sums = use.group_by(**keys).aggregate(cost=use.EffectiveCost.sum().fill_null(Decimal(0)))
    found: dict[str, dict[str, dict[date, Decimal]]] = {}
    for row in execute(sums.order_by(["currency", "provider", "day"])).to_pylist():
        found.setdefault(row["currency"], {}).setdefault(row["provider"], {})[row["day"]] = row["cost"]
    sizes = {name: sum((abs(cost) for some in found[name].values() for cost in some.values()), Decimal(0)) for name in found}
    order = sorted(found, key=lambda name: (-sizes[name], name))
    ends = execute(last_whole_days(use, "currency", "provider", with_cost=True, charges="charges")).to_pylist()
    lasts = {(row["currency"], row["provider"]): row["last"].date() for row in ends}
    return Look(table, execute, added, tuple(_window(name, found[name], lasts, days) for name in order), tag, owner_tag)


def within(costs: ir.Table, period: tuple[date, date]) -> ir.BooleanValue:
    """Whether a charge begins in these half-open days."""
    return (costs.ChargePeriodStart >= instant(period[0])) & (costs.ChargePeriodStart < instant(period[1]))


def _window(currency: str, by_provider: Mapping[str, Days], ends: Mapping[tuple[str, str], date], most: int) -> Window:
    newest = max(max(days) for days in by_provider.values())
    lasts = {name: ends[currency, name] for name, days in by_provider.items() if (newest - max(days)).days < _GONE}
    last = min(lasts.values())
    first = min(min(days) for days in by_provider.values())
    there = max((last - first).days + 1, 1)
    days = min(most, there // 2)
    whole = days - days % _WEEK if days >= _WEEK else days
    behind = {name: day for name, day in lasts.items() if day < newest}
    return Window(currency, min(first, last), last, whole, behind)
