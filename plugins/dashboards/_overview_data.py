"""The small tables behind the cost overview: aggregated in the engine, a few thousand rows at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.analysis import cost as analysis

from ._overview_folding import folded_to
from ._periods import Month, last_full_month, window
from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["Overview", "look"]

Execute = Callable[[Any], "pa.Table"]

_COLUMNS = (
    *("BillingCurrency", "BilledCost", "EffectiveCost", "ContractedCost", "ListCost", "ChargePeriodStart"),
    *("ChargePeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeFrequency", "ServiceName", "ServiceCategory"),
    *("ServiceProviderName", "ProviderName", "RegionName", "RegionId", "SubAccountName", "SubAccountId"),
)
#: the grains to try, each with the days and the rows up to which it draws well
_GRAINS = (("day", 200), ("week", 800), ("month", 100_000))
_MOST_ROWS = 2_500
_PLACES_FOR_MOVERS = 2


@dataclass(frozen=True)
class Overview:
    """What the dashboard tells, all in ``currency``; ``others`` are the totals of the currencies that are left out.

    ``now`` is the last full month of usage and ``before`` the one before it. ``named`` are the values that have a
    colour. ``trend`` (series, provider, split, period, cost) covers ``since`` to before ``until``; ``moves`` (series,
    provider, split, before, now, change) is not folded.
    """

    currency: str
    others: dict[str, Any]
    since: date
    until: date
    before: Month
    now: Month
    grain: str
    named: list[str]
    trend: pa.Table
    moves: pa.Table


def look(costs: ir.Table, execute: Execute, settings: Any) -> Overview | None:
    """The overview for these settings, or None without any costs. Raises FinopsError for a currency that has none."""
    rows = _prepared(costs)
    totals = {row["BillingCurrency"]: row for row in execute(analysis.totals(rows, settings.cost)).to_pylist()}
    if not totals:
        return None
    currency = chosen_currency({name: row["size"] for name, row in totals.items()}, settings.currency, "cost-overview")
    rows, chosen = rows.filter(rows.BillingCurrency == currency), totals.pop(currency)
    since, until = window(chosen["first"], chosen["last"], settings)
    now = last_full_month(until - timedelta(days=1))
    dimensions = (settings.by, "provider", settings.split)
    moves = execute(_moves(rows, dimensions, now, settings.cost))
    named = _named(execute(_sizes(rows, settings, since, until)), moves, settings.top - 1)
    grain, trend = _trend(rows, execute, settings, (since, until), named)
    trend, moves = folded_to(_MOST_ROWS, trend, moves)
    others = {name: row["cost"] for name, row in sorted(totals.items())}
    return Overview(currency, others, since, until, now.back(1), now, grain, named, trend, moves)


def _prepared(costs: ir.Table) -> ir.Table:
    """Only the columns that are read, with a currency and a start in every row."""
    rows = costs.select(*(name for name in _COLUMNS if name in costs.columns))
    start = rows.ChargePeriodStart
    if "BillingPeriodStart" in rows.columns:
        start = start.coalesce(rows.BillingPeriodStart)
    return rows.mutate(BillingCurrency=rows.BillingCurrency.fill_null("(no currency)"), ChargePeriodStart=start)


def _keyed(table: ir.Table, dimensions: tuple[str, str, str]) -> ir.Table:
    """With the dashboard's own names for its three dimensions, whatever they are."""
    columns = dict(zip(("series", "provider_", "split"), dimensions, strict=True))
    return table.mutate(**{name: analysis.dimension(table, of) for name, of in columns.items()})


def _moves(rows: ir.Table, dimensions: tuple[str, str, str], now: Month, metric: str) -> ir.Table:
    table = _keyed(rows, dimensions)
    names = ("series", "provider_", "split")
    return analysis.movers(table, *names, before=now.back(1).days, now=now.days, metric=metric)


def _sizes(rows: ir.Table, settings: Any, since: date, until: date) -> ir.Table:
    sums = analysis.cost_by(analysis.between(rows, since, until), settings.by, metric=settings.cost)
    return sums.select(series=sums[settings.by], size=sums.cost.abs())


def _named(sizes: pa.Table, moves: pa.Table, places: int) -> list[str]:
    """The largest, with places kept for what moved most; in the order of their size, the same on each run."""
    size = {row["series"]: row["size"] or 0 for row in sizes.to_pylist()}
    moved: dict[str, Any] = {}
    for row in moves.to_pylist():
        moved[row["series"]] = moved.get(row["series"], 0) + row["change"]
    largest = sorted(size, key=lambda name: (-size[name], name))
    movers = sorted((name for name in moved if name in size), key=lambda name: (-abs(moved[name]), name))
    kept = [name for name in movers[:_PLACES_FOR_MOVERS] if name not in largest[:places]]
    return sorted([*largest[: max(0, places - len(kept))], *kept][:places], key=largest.index)


def _trend(rows: ir.Table, execute: Execute, settings: Any, window: tuple[date, date], named: list[str]) -> tuple[str, pa.Table]:
    """At the finest grain that suits the window, or the one that is asked for; coarser while there are too many rows."""
    since, until = window
    names = [grain for grain, _ in _GRAINS]
    fitting = [grain for grain, days in _GRAINS if (until - since).days <= days]
    for grain in fitting if settings.grain == "auto" else names[names.index(settings.grain) :]:
        table = execute(_by_period(rows, settings, window, named, grain))
        if table.num_rows <= _MOST_ROWS:
            break
    return grain, table


def _by_period(rows: ir.Table, settings: Any, window: tuple[date, date], named: list[str], grain: str) -> ir.Table:
    names = ("series", "provider_", "split")
    keyed = _keyed(_touching(rows, *window), (settings.by, "provider", settings.split))
    parts = analysis.compact(keyed, *names, metric=settings.cost)
    if grain != "month":
        parts = analysis.spread(parts, settings.cost)
    folded = analysis.folded(analysis.between(parts, *window), "series", named, other=settings.other)
    return analysis.cost_by(folded, *names, metric=settings.cost, grain=grain).order_by("period", *names)


def _touching(rows: ir.Table, since: date, until: date) -> ir.Table:
    """Charges of which a part may lie in the window: a month's tax begins before a window that begins in its middle."""
    return analysis.between(rows, since - timedelta(days=31), until)
