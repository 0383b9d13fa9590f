"""The anomalies of one currency that are not long over, and the days of the largest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import DIMENSIONS, between, dimension, totals

from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Anomaly", "Found", "look"]

#: days that are drawn before and after
_BEFORE, _AFTER = 35, 14
_NONE = "(none)"


@dataclass(frozen=True)
class Anomaly:
    """One event: ``end`` is its last day; ``series`` are the dimensions of the one that changed most; ``days`` its costs around."""

    id: str
    status: str
    title: str
    kind: str
    start: date
    end: date
    expected: Decimal
    actual: Decimal
    series: Mapping[str, str]
    #: how many other series changed with it, and what the first of them was expected to cost
    siblings: int
    drivers: list[str]
    days: dict[date, Decimal] = field(default_factory=dict)

    @property
    def impact(self) -> Decimal:
        return self.actual - self.expected

    @property
    def extent(self) -> tuple[date, date]:
        """From the first day that is drawn to the day after the last."""
        return self.start - timedelta(days=_BEFORE), self.end + timedelta(days=_AFTER + 1)


@dataclass(frozen=True)
class Found:
    """What is drawn, all in one currency; ``others`` are how far off the costs in other currencies were."""

    currency: str
    anomalies: list[Anomaly]
    largest: list[Anomaly]
    since: date
    others: dict[str, Decimal]
    top: int


def look(table: Table, execute: Execute, settings: Any) -> Found | None:
    """The anomalies for these settings; None where there are none."""
    costs, recommendations = table("costs"), table("recommendations")
    last = max((row["last"] for row in execute(totals(costs)).to_pylist() if row["last"]), default=None)
    rows = execute(recommendations.filter(recommendations.plugin == "anomalies", recommendations.category == "anomaly")).to_pylist()
    if last is None:
        return None
    since = settings.start or last - timedelta(days=settings.days - 1)
    found: dict[str, list[Anomaly]] = {}
    for row in rows:
        one = _anomaly(row)
        if one is not None and one.end >= since and one.start < (settings.end or date.max):
            found.setdefault(row["BillingCurrency"] or _NONE, []).append(one)
    if not found:
        return None
    sizes: dict[str, Decimal | None] = {name: sum((abs(one.impact) for one in some), Decimal(0)) for name, some in found.items()}
    currency = chosen_currency(sizes, settings.currency, "anomalies-overview", "anomalies")
    mine = sorted(found[currency], key=lambda one: (-abs(one.impact), one.start, one.id))
    largest = [_with_days(one, costs, execute, currency) for one in mine[: settings.series] if one.series]
    others = {name: size or Decimal(0) for name, size in sorted(sizes.items()) if name != currency}
    return Found(currency, mine, largest, since, others, settings.top)


def _anomaly(row: Mapping[str, Any]) -> Anomaly | None:
    """From the evidence of its row; None where that is not what the plugin writes."""
    try:
        told = json.loads(row["evidence"])
        first = dict(told["series"][0])
        first.pop("impact", None)
        return Anomaly(
            id=row["recommendation_id"],
            status=row["status"] or "open",
            title=row["title"] or row["recommendation_id"],
            kind=str(told["kind"]),
            start=date.fromisoformat(told["start"]),
            end=date.fromisoformat(told["end"]),
            expected=Decimal(told["expected"]),
            actual=Decimal(told["actual"]),
            series={str(name): str(value) for name, value in first.items()},
            siblings=len(told["series"]) - 1,
            drivers=[str(one["value"]) for one in told.get("drivers", ())],
        )
    except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _with_days(one: Anomaly, costs: ir.Table, execute: Execute, currency: str) -> Anomaly:
    """With the daily EffectiveCost of its largest series, from some weeks before it to some after."""
    if not all(name in DIMENSIONS or name in costs.columns for name in one.series):
        return one
    rows = between(costs, *one.extent)
    rows = rows.filter(rows.BillingCurrency.fill_null(_NONE) == currency)
    for name, value in one.series.items():
        rows = rows.filter(dimension(rows, name) == value)
    sums = rows.group_by(day=rows.ChargePeriodStart.cast("date")).aggregate(cost=rows.EffectiveCost.sum())
    days = {row["day"]: row["cost"] or Decimal(0) for row in execute(sums.order_by("day")).to_pylist()}
    return Anomaly(**{**one.__dict__, "days": days})
