"""What the gauges say: what the newest complete day cost, where budgets stand, and what the days to come will cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["OTHER", "Gauge", "gauges"]

#: what is beyond the bound is added up under this value of the label
OTHER = "other"


@dataclass(frozen=True)
class Gauge:
    """One gauge: its name, what it tells, the names of its labels, and a number for each of their values."""

    name: str
    told: str
    labels: tuple[str, ...]
    samples: tuple[tuple[tuple[str, ...], float], ...]


def gauges(table: Table, execute: Execute, settings: Any) -> list[Gauge]:
    """All gauges for these tables; one without a number is left out."""
    costs = table("costs")
    days = _days(table, execute)
    made = [*_costs(costs, execute, days, settings), *_owners(table, execute, days, settings), *_budgets(table, execute, settings)]
    if settings.horizon and days:
        made += _forecasts(costs, execute, settings)
    return [gauge for gauge in made if gauge.samples]


def _days(table: Table, execute: Execute) -> dict[str, date]:
    """The newest complete day of each currency."""
    from finopsnb.analysis.insights.windows import looked

    return {window.currency or "": window.last for window in looked(table, execute).windows}


def _costs(costs: ir.Table, execute: Execute, days: dict[str, date], settings: Any) -> Iterator[Gauge]:
    from finopsnb.analysis.cost import cost_by

    rows = _on(execute, cost_by(costs, "service", metric=settings.metric, grain="day"), days) if days else []
    totals: dict[str, Decimal] = {}
    for _, currency, cost in rows:
        totals[currency] = totals.get(currency, Decimal(0)) + cost
    told = f"{settings.metric} of the newest complete day"
    yield Gauge("finops_daily_cost", told, ("currency",), tuple(((name,), float(sum_)) for name, sum_ in sorted(totals.items())))
    yield Gauge("finops_daily_cost_by_service", f"{told}, by service", ("service", "currency"), _bounded(rows, settings.most_labels))
    stamps = tuple(((name,), datetime.combine(day, time(), UTC).timestamp()) for name, day in sorted(days.items()))
    yield Gauge("finops_daily_cost_day_timestamp_seconds", "When the newest complete day began", ("currency",), stamps)


def _owners(table: Table, execute: Execute, days: dict[str, date], settings: Any) -> Iterator[Gauge]:
    """What the allocations of one plugin, that which ran last unless another is named, give to owners on that day."""
    shares = table("allocations")
    chosen = settings.attribution or execute(shares.aggregate(plugin=shares.plugin.argmax(shares.run_id))).to_pylist()[0]["plugin"]
    if not chosen or not days:
        return
    mine = shares.filter(shares.plugin == chosen)
    keys = {"owner": mine.owner.coalesce("(none)"), "BillingCurrency": mine.BillingCurrency, "period": mine.ChargePeriodStart.cast("date")}
    rows = _on(execute, mine.group_by(**keys).aggregate(cost=mine.amount.sum()), days)
    told = f"Cost of the newest complete day, by the owner that {chosen} gave it to"
    yield Gauge("finops_daily_cost_by_owner", told, ("owner", "currency"), _bounded(rows, settings.most_labels))


def _on(execute: Execute, sums: ir.Table, days: dict[str, date]) -> list[tuple[str, str, Decimal]]:
    """(value of the first column, currency, cost) of the newest complete day of each currency."""
    rows = execute(sums.filter(sums.period.isin(sorted(set(days.values()))))).to_pylist()
    found = [(next(iter(row.values())), row["BillingCurrency"] or "", row) for row in rows]
    return [(value, currency, row["cost"] or Decimal(0)) for value, currency, row in found if days.get(currency) == row["period"]]


def _budgets(table: Table, execute: Execute, settings: Any) -> Iterator[Gauge]:
    """The budgets whose period has the newest day in it."""
    from finopsnb.analysis.budget_status import budget_statuses

    rows = [
        row for _, row in budget_statuses(table, execute, None, settings.metric) if row["period_start"] <= row["as_of"] < row["period_end"]
    ]
    kept = rows[: settings.most_labels]
    labels = ("budget", "owner", "currency")
    for name, told in (("amount", "Amount of the budget"), ("actual", "What is spent of it"), ("forecast", "What it comes to at its end")):
        samples = {(row["budget"], row["owner"] or "", row["BillingCurrency"]): float(row[name]) for row in kept if row[name] is not None}
        yield Gauge(f"finops_budget_{name}", told, labels, tuple(sorted(samples.items())))


def _forecasts(costs: ir.Table, execute: Execute, settings: Any) -> Iterator[Gauge]:
    from finopsnb.analysis.forecasting import daily, forecast

    rows = forecast(execute(daily(costs, ["service"], settings.metric)), ["service"], settings.horizon).to_pylist()
    totals: dict[tuple[str, ...], Decimal] = {}
    services: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        if row["level"] == "total":
            key = (str(settings.horizon), row["BillingCurrency"])
            totals[key] = totals.get(key, Decimal(0)) + row["forecast"]
        else:
            one = (row["service"], row["BillingCurrency"])
            services[one] = services.get(one, Decimal(0)) + row["forecast"]
    told = "Forecast of the days to come, added up"
    yield Gauge("finops_forecast_cost", told, ("days", "currency"), tuple((key, float(sum_)) for key, sum_ in sorted(totals.items())))
    listed = [(service, currency, sum_) for (service, currency), sum_ in services.items()]
    yield Gauge("finops_forecast_cost_by_service", f"{told}, by service", ("service", "currency"), _bounded(listed, settings.most_labels))


def _bounded(rows: Sequence[tuple[str, str, Decimal]], most: int) -> tuple[tuple[tuple[str, ...], float], ...]:
    """The largest of each currency, so many of them that with OTHER there are no more than ``most``."""
    sums: dict[tuple[str, str], Decimal] = {}
    place: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for _, currency, _ in rows:
        sizes[currency] = sizes.get(currency, 0) + 1
    for value, currency, cost in sorted(rows, key=lambda row: (-abs(row[2]), row[0], row[1])):
        place[currency] = place.get(currency, 0) + 1
        room = most if sizes[currency] <= most else most - 1
        key = (value if place[currency] <= room else OTHER, currency)
        sums[key] = sums.get(key, Decimal(0)) + cost
    return tuple((key, float(sum_)) for key, sum_ in sorted(sums.items()))
