"""The small tables behind the allocation dashboard: aggregated in the engine, a few thousand rows at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation import UNALLOCATED, newest
from finopsnb.analysis.cost import instant
from finopsnb.errors import FinopsError, nearest

from ._periods import Month, last_full_month, months_of, window
from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["OTHER", "Allocated", "look"]

Execute = Callable[[Any], "pa.Table"]

OTHER = "Other owners"
#: bars by day up to so many months, and while there are not more rows than this
_DAILY_MONTHS, _MOST_ROWS = 2, 5_000


@dataclass(frozen=True)
class Allocated:
    """What the dashboard tells, all in ``currency``; ``others`` are the totals of the currencies that are left out.

    The window is ``since`` to before ``until``: whole billing months, the newest of which may be going on; ``month`` is the last full
    one. ``named`` are the owners with a colour. ``trend`` has owner, method, period and cost, ``flows`` pool, owner and cost, both of
    the window with the other owners as one; ``bills`` has every owner's cost in ``month``.
    """

    plugin: str
    metric: str
    currency: str
    others: dict[str, Any]
    since: date
    until: date
    month: Month
    grain: str
    named: list[str]
    trend: pa.Table
    flows: pa.Table
    bills: dict[str, Any]


def look(allocations: ir.Table, execute: Execute, settings: Any) -> Allocated | None:
    """The dashboard's data for these settings, or None without any allocation. FinopsError for a plugin or currency without any."""
    table, plugin = newest(allocations, execute) if settings.plugin is None else _of(allocations, settings.plugin, execute)
    rows = _dated(table)
    totals = {row["BillingCurrency"]: row for row in execute(_totals(rows)).to_pylist()}
    if not totals:
        return None
    currency = chosen_currency({name: row["size"] for name, row in totals.items()}, settings.currency, "allocation", "allocations")
    rows, chosen = rows.filter(rows.BillingCurrency == currency), totals.pop(currency)
    since, until = _months(chosen, settings)
    month = last_full_month(date.fromordinal(until.toordinal() - 1))
    sums = {row["owner"]: row for row in execute(_by_owner(rows, since, until, month)).to_pylist()}
    named = sorted((name for name in sums if name != UNALLOCATED), key=lambda name: (-abs(sums[name]["size"] or 0), name))[: settings.top]
    bills = {name: row["bill"] for name, row in sums.items() if row["bill"] is not None}
    grain, trend = _trend(rows, execute, (since, until), _grains(settings, chosen["days"], months_of(since, until)), named)
    others = {name: row["cost"] for name, row in sorted(totals.items())}
    told = (plugin, chosen["metric"] or "cost", currency, others, since, until, month, grain, named)
    return Allocated(*told, trend, execute(_flows(_folded(_within(rows, "_month", since, until), named))), bills)


def _months(chosen: dict[str, Any], settings: Any) -> tuple[date, date]:
    """Whole billing months, those that a range of days touches; the newest may be going on."""
    newest_month = Month(chosen["last_month"].replace(day=1))
    until = min(newest_month.end, max(chosen["last_end"], newest_month.start + timedelta(days=1)))
    since, until = window(chosen["first_month"].replace(day=1), until - timedelta(days=1), settings)
    return since.replace(day=1), until


def _of(allocations: ir.Table, plugin: str, execute: Execute) -> tuple[ir.Table, str]:
    known = execute(allocations.select("plugin").distinct().order_by("plugin"))["plugin"].to_pylist()
    if plugin not in known:
        near = nearest(plugin, known)
        why = f"Those of {', '.join(known)} are stored." if known else "Nothing is allocated yet."
        hint = f'session.render("allocation", plugin="{near or known[0]}")' if known else f'session.run("{plugin}")'
        raise FinopsError(f"There are no allocations of {plugin}.", why=why, hint=hint)
    return allocations.filter(allocations.plugin == plugin), plugin


def _dated(table: ir.Table) -> ir.Table:
    """With a currency in every row, ``_month``, the billing month, and ``_day``, that of the charge; a plugin may leave out either."""
    rows = table.mutate(
        BillingCurrency=table.BillingCurrency.fill_null("(no currency)"),
        _month=table.BillingPeriodStart.coalesce(table.ChargePeriodStart),
        _day=table.ChargePeriodStart.coalesce(table.BillingPeriodStart),
    )
    return rows.filter(rows._month.notnull())


def _totals(rows: ir.Table) -> ir.Table:
    seconds = rows.ChargePeriodEnd.epoch_seconds() - rows.ChargePeriodStart.epoch_seconds()
    end = rows.ChargePeriodEnd.coalesce(rows._day)
    return rows.group_by("BillingCurrency").aggregate(
        cost=rows.amount.sum(),
        size=rows.amount.abs().sum(),
        first_month=rows._month.min().cast("date"),
        last_month=rows._month.max().cast("date"),
        last_end=end.max().cast("date"),
        days=seconds.max() // 86_400,
        metric=rows.metric.max(),
    )


def _within(rows: ir.Table, when: str, since: date, until: date) -> ir.Table:
    return rows.filter(rows[when] >= instant(since), rows[when] < instant(until))


def _by_owner(rows: ir.Table, since: date, until: date, month: Month) -> ir.Table:
    """``size``, the cost of each owner in the window, and ``bill``, that of the month."""
    now = (rows._month >= instant(month.start)) & (rows._month < instant(month.end))
    recent = (rows._month >= instant(since)) & (rows._month < instant(until))
    return rows.group_by("owner").aggregate(size=rows.amount.sum(where=recent), bill=rows.amount.sum(where=now))


def _grains(settings: Any, longest: int | None, months: int) -> list[str]:
    """The grains to try, the finest first; allocations by month have no days."""
    if settings.grain == "month" or (longest or 0) > 1:
        return ["month"]
    return ["day", "month"] if settings.grain == "day" or months <= _DAILY_MONTHS else ["month"]


def _folded(rows: ir.Table, named: list[str]) -> ir.Table:
    import ibis

    return rows.mutate(owner=ibis.ifelse(rows.owner.isin([*named, UNALLOCATED]), rows.owner, OTHER), method=rows.method.coalesce("(none)"))


def _trend(rows: ir.Table, execute: Execute, window: tuple[date, date], grains: list[str], named: list[str]) -> tuple[str, pa.Table]:
    """By the day of the charge, or the billing month, as showback and the invoice have it."""
    for grain in grains:
        when = "_day" if grain == "day" else "_month"
        folded = _folded(_within(rows, when, *window), named)
        start = folded[when].truncate("D" if grain == "day" else "M").cast("date")
        sums = folded.group_by("owner", "method", period=start).aggregate(cost=folded.amount.sum())
        table = execute(sums.order_by("period", "owner", "method"))
        if table.num_rows <= _MOST_ROWS:
            break
    return grain, table


def _flows(folded: ir.Table) -> ir.Table:
    shared = folded.filter(folded.pool.notnull())
    return shared.group_by("pool", "owner").aggregate(cost=shared.amount.sum()).order_by("pool", "owner")
