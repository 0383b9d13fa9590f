"""What it cost: sums by dimension and period, and what changed between two periods.

Pure functions from one table expression of FOCUS cost and usage to another; nothing runs here. Amounts stay decimal,
and every result is by BillingCurrency: currencies are never added up. Periods are half-open and in UTC, and a charge
belongs to the period in which its ChargePeriodStart lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "DIMENSIONS",
    "GRAINS",
    "METRICS",
    "amount",
    "between",
    "cost_by",
    "day_of",
    "dimension",
    "folded",
    "instant",
    "movers",
    "provider",
    "spread",
    "totals",
]

METRICS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
GRAINS: Mapping[str, str] = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
UNKNOWN = "(none)"


def provider(costs: ir.Table) -> ir.Column:
    """Who provided the service: ServiceProviderName (FOCUS 1.3 and newer), else ProviderName."""
    import ibis

    names = [costs[name] for name in ("ServiceProviderName", "ProviderName") if name in costs.columns]
    return ibis.coalesce(*names) if names else ibis.null("string")


def _column(name: str) -> Callable[[Any], Any]:
    return lambda costs: costs[name]


def _named(name: str, identity: str) -> Callable[[Any], Any]:
    return lambda costs: costs[name].coalesce(costs[identity])


#: what costs can be grouped by; any other FOCUS column works too, under its own name
DIMENSIONS: Mapping[str, Callable[[Any], Any]] = {
    "provider": provider,
    "service": _column("ServiceName"),
    "category": _column("ServiceCategory"),
    "region": _named("RegionName", "RegionId"),
    "account": _named("SubAccountName", "SubAccountId"),
    "charge": _column("ChargeCategory"),
}


def dimension(costs: ir.Table, name: str) -> ir.Column:
    """The values of a dimension (a key of DIMENSIONS or a column) as text, "(none)" where there is none.

    Raises FinopsError for a name that is neither.
    """
    if name not in DIMENSIONS and name not in costs.columns:
        near = nearest(name, [*DIMENSIONS, *costs.columns])
        raise FinopsError(
            f"Costs cannot be grouped by {name}.",
            why=f"It takes {', '.join(DIMENSIONS)}, or a column of the table.",
            hint=f'by="{near}"' if near else 'by="service"',
        )
    value = DIMENSIONS.get(name, _column(name))(costs)
    return value.cast("string").nullif("").fill_null(UNKNOWN)


def between(costs: ir.Table, start: date, end: date) -> ir.Table:
    """The charges that begin on ``start`` or later, and before ``end``."""
    return costs.filter(costs.ChargePeriodStart >= instant(start), costs.ChargePeriodStart < instant(end))


def totals(costs: ir.Table, metric: str = "BilledCost") -> ir.Table:
    """One row per BillingCurrency: cost, size (the sum of absolute amounts), rows, first and last day of its usage."""
    used = costs.ChargeCategory == "Usage"
    day = costs.ChargePeriodStart
    return costs.group_by("BillingCurrency").aggregate(
        cost=amount(costs, metric).sum(),
        size=amount(costs, metric).abs().sum(),
        rows=costs.count(),
        first=day.min().cast("date"),
        last=day.max(where=used).coalesce(day.max()).cast("date"),
    )


def cost_by(costs: ir.Table, *dimensions: str, metric: str = "BilledCost", grain: str | None = None) -> ir.Table:
    """Sums of ``metric``: one row per value of the dimensions and BillingCurrency, and per period with a ``grain``.

    Columns: the dimensions under their names, ``period`` (the first day of a day, week from Monday, month, ...) when
    there is a grain, BillingCurrency, and ``cost`` in that currency.
    """
    keys = {name: dimension(costs, name) for name in dimensions}
    total = amount(costs, metric).sum()
    if grain is None:
        return costs.group_by(**keys, BillingCurrency=costs.BillingCurrency).aggregate(cost=total)
    # By the instants as they stand first: truncating a time that has a zone costs more than all the rest (10M rows: 3 s).
    instants = costs.group_by(**keys, BillingCurrency=costs.BillingCurrency, _start=costs.ChargePeriodStart).aggregate(cost=total)
    periods = instants.mutate(period=instants._start.truncate(GRAINS[grain]).cast("date"))
    return periods.group_by(*dimensions, "period", "BillingCurrency").aggregate(cost=periods.cost.sum())


def movers(
    costs: ir.Table,
    *dimensions: str,
    before: tuple[date, date],
    now: tuple[date, date],
    metric: str = "BilledCost",
) -> ir.Table:
    """What changed between two half-open periods: the dimensions, BillingCurrency, ``before``, ``now``, ``change``."""
    import ibis

    rows = costs.filter(_within(costs, before) | _within(costs, now))
    keys = {name: dimension(rows, name) for name in dimensions}
    zero = ibis.literal(0).cast(amount(rows, metric).type())
    sums = rows.group_by(**keys, BillingCurrency=rows.BillingCurrency).aggregate(
        before=amount(rows, metric).sum(where=_within(rows, before)).coalesce(zero),
        now=amount(rows, metric).sum(where=_within(rows, now)).coalesce(zero),
    )
    return sums.mutate(change=sums.now - sums.before)


def compact(costs: ir.Table, *dimensions: str, metric: str = "BilledCost") -> ir.Table:
    """The same costs in few rows: one per value of the dimensions (under their names), currency, frequency and charge period.

    What comes after it (spread, folded, cost_by) then works on thousands of rows instead of millions.
    """
    keys = {name: dimension(costs, name) for name in dimensions}
    kept = {name: costs[name] for name in ("BillingCurrency", "ChargeFrequency", "ChargePeriodStart", "ChargePeriodEnd")}
    return costs.group_by(**keys, **kept).aggregate(**{metric: amount(costs, metric).sum()})


def folded(costs: ir.Table, by: str, keep: Sequence[str], *, other: str = "Other") -> ir.Table:
    """The table with a column ``series``: the dimension's value where it is among ``keep``, ``other`` elsewhere."""
    import ibis

    value = dimension(costs, by)
    series = ibis.cases((value.isin(list(keep)), value), else_=other) if keep else ibis.literal(other)
    return costs.mutate(series=series)


def spread(costs: ir.Table, metric: str = "BilledCost") -> ir.Table:
    """Charges that cover more than a day (tax, support, monthly fees) as one row per day with its part of ``metric``.

    One-time charges stay where they are: an upfront purchase is paid once. The parts add up to the charge exactly, the
    first day takes what division leaves. Only ``metric`` is divided; the other amounts of such rows are to be left
    alone.
    """
    long = (_length(costs) > 1) & (costs.ChargeFrequency.fill_null("") != "One-Time")
    whole = costs.filter(~long.fill_null(False))
    return whole.union(_by_day(costs.filter(long), metric).select(*whole.columns))


def _by_day(costs: ir.Table, metric: str) -> ir.Table:
    import ibis

    counted = costs.mutate(_days=_length(costs))
    rows = counted.mutate(_day=ibis.range(counted._days).unnest())
    whole = amount(rows, metric)
    part = (whole / rows._days).cast(whole.type())
    first = (whole - part * (rows._days - 1)).cast(whole.type())
    start = rows.ChargePeriodStart + rows._day.as_interval("D")
    return rows.mutate(
        **{metric: ibis.ifelse(rows._day == 0, first, part)},
        ChargePeriodStart=start.cast(costs.ChargePeriodStart.type()),
    )


def _length(costs: ir.Table) -> ir.IntegerValue:
    """Whole days, counted in seconds: a difference of dates asks the calendar for each row (10M rows: 6 s and not 0.1)."""
    seconds = costs.ChargePeriodEnd.epoch_seconds() - costs.ChargePeriodStart.epoch_seconds()
    return (seconds // 86_400).cast("int64")


def _within(costs: ir.Table, period: tuple[date, date]) -> ir.BooleanValue:
    start, end = period
    return (costs.ChargePeriodStart >= instant(start)) & (costs.ChargePeriodStart < instant(end))


def day_of(said: date | str) -> date:
    """The day (UTC) that a date, a time or ISO text says; a time without a zone is in UTC. FinopsError for anything else.

    >>> from datetime import timedelta, timezone
    >>> day_of("2026-01-15"), day_of(datetime(2026, 1, 15, 23, tzinfo=timezone(timedelta(hours=-5))))
    (datetime.date(2026, 1, 15), datetime.date(2026, 1, 16))
    """
    try:
        given = said if isinstance(said, date) else datetime.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise FinopsError(f"{said} is not a day.", why="A day is written as year, month and day.", hint='"2026-01-15"') from error
    if not isinstance(given, datetime):
        return given
    return (given.astimezone(UTC) if given.tzinfo else given).date()


def instant(day: date) -> ir.TimestampScalar:
    """The beginning of a day, in UTC."""
    import ibis

    return ibis.timestamp(f"{day.isoformat()} 00:00:00", timezone="UTC")


def amount(costs: ir.Table, metric: str) -> ir.DecimalColumn:
    """One of the four costs; raises FinopsError, with the near name, for anything else."""
    if metric not in METRICS:
        near = nearest(metric, METRICS)
        raise FinopsError(
            f"{metric} is not a cost.",
            why=f"The costs of FOCUS are {', '.join(METRICS)}.",
            hint=f'cost="{near or METRICS[0]}"',
        )
    return costs[metric]
