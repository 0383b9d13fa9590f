"""Budgets: what is spent of them, what they come to at the end of their period, and which thresholds are crossed.

A budget is for an owner, whose spend is what rules give to that name in ``allocations`` (in which of them is told by
:mod:`finopsnb.analysis.attributions`), or for a ``scope``, a condition over costs (:mod:`finopsnb.analysis.predicates`). Spend
without an owner, or without the tag that a scope asks for, is in no team's budget, nor does it get there through a pool: what
pools handed on does not count. Only charges in the budget's BillingCurrency count, and a charge counts on the day (UTC) of its
ChargePeriodStart.

The forecast is what is spent on complete days plus, for each day to come, what such a day has cost so far: the mean of
its weekday from two weeks of complete days on, the mean of all complete days before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from finopsnb.analysis.cost import amount, between
from finopsnb.analysis.predicates import check_predicate, predicate

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["STATUS", "TWO_WEEKS", "Budget", "Spend", "coming", "crossed", "daily_spend", "last_complete_day", "status_of"]

#: the columns of a budget's status
STATUS = (
    *("budget", "owner", "scope", "period_start", "period_end", "BillingCurrency", "amount", "as_of", "basis", "actual"),
    *("remaining", "share", "burn_rate", "forecast", "forecast_share", "threshold", "state"),
)
#: from so many complete days on the weekdays are told apart
TWO_WEEKS = 14
_CENT = Decimal("1e-18")
#: the context in which budgets of the table are read
KEPT = "kept"


class Budget(BaseModel, extra="forbid"):
    """An amount for an owner or a scope, from ``period_start`` on and before ``period_end``."""

    budget: str = Field(min_length=1, description="Its name")
    owner: str = Field("", description="Whose it is; what rules give to this owner in allocations counts, unless there is a scope")
    scope: str = Field("", description="Which charges count: Tags['team'] = 'web' and ServiceName = 'Amazon EC2'")
    period_start: date = Field(description="The first day (UTC)")
    period_end: date = Field(description="The first day that is not of the period")
    amount: Decimal = Field(gt=0, max_digits=38, decimal_places=18, description="How much may be spent, in BillingCurrency")
    BillingCurrency: str = Field("USD", pattern="^[A-Z]{3}$", description="Only charges in this currency count")
    thresholds: list[Decimal] = Field(
        default_factory=lambda: [Decimal("0.5"), Decimal("0.8"), Decimal(1)], description="Shares of the amount"
    )
    attribution: str = Field("", description="The attribution plugin whose allocations count for the owner; the most complete unless given")

    @field_validator("period_start", "period_end", mode="before")
    @classmethod
    def _day(cls, value: Any) -> Any:
        return value.date() if isinstance(value, datetime) else value

    @field_validator("thresholds", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A table keeps them as JSON text."""
        return json.loads(value, parse_float=Decimal) if isinstance(value, str) else value

    @field_validator("thresholds")
    @classmethod
    def _shares(cls, values: list[Decimal]) -> list[Decimal]:
        if wrong := [value for value in values if not 0 < value <= 10]:
            raise ValueError(f"a threshold is a share of the amount, 80 % is 0.8; not {', '.join(map(str, wrong))}")
        return sorted(set(values))

    @field_validator("owner", "attribution")
    @classmethod
    def _bare(cls, name: str) -> str:
        return name.strip()

    @field_validator("scope")
    @classmethod
    def _readable(cls, scope: str, info: ValidationInfo) -> str:
        """One that is kept was checked when it was given; if it cannot be read any more, its own status says so."""
        if not scope.strip():
            return ""
        return scope if info.context == KEPT else check_predicate(scope)

    @model_validator(mode="after")
    def _complete(self) -> Budget:
        if not self.owner and not self.scope:
            raise ValueError("it has an owner, a scope, or both")
        if self.period_start >= self.period_end:
            raise ValueError(f"its period ends ({self.period_end}) before it begins ({self.period_start})")
        return self

    def row(self) -> dict[str, Any]:
        """As a row of the table ``budgets``."""
        days = {name: datetime.combine(getattr(self, name), datetime.min.time(), UTC) for name in ("period_start", "period_end")}
        return {**self.model_dump(), **days, "thresholds": f"[{', '.join(f'{value:f}' for value in self.thresholds)}]"}


@dataclass(frozen=True)
class Spend:
    """What a budget's charges came to by day, and where that is known from; no days, and the reason there, where nothing can be known."""

    basis: str
    days: Mapping[date, Decimal]
    known: bool = True
    #: the cost that was added up
    metric: str = "EffectiveCost"


def last_complete_day(costs: ir.Table) -> ir.Scalar:
    """The last day (UTC) with usage: fees that are charged ahead do not make a day complete."""
    begun = costs.ChargePeriodStart
    return begun.max(where=costs.ChargeCategory == "Usage").coalesce(begun.max()).cast("date")


def daily_spend(table: ir.Table, budget: Budget, metric: str = "EffectiveCost") -> ir.Table:
    """``day`` and ``amount`` of a budget: of ``costs``, in its scope; or of ``allocations``, what rules gave to its owner."""
    owned = "owner" in table.columns and "amount" in table.columns
    mine = between(table, budget.period_start, budget.period_end)
    mine = mine.filter(mine.BillingCurrency == budget.BillingCurrency)
    mine = mine.filter(mine.owner == budget.owner, mine.pool.isnull()) if owned else mine.filter(predicate(mine, budget.scope))
    cost = mine.amount if owned else amount(mine, metric)
    return mine.group_by(day=mine.ChargePeriodStart.cast("date")).aggregate(amount=cost.sum())


def status_of(budget: Budget, spend: Spend, as_of: date) -> dict[str, Any]:
    """The status (STATUS) of a budget at the end of the day ``as_of``; amounts are decimals in BillingCurrency."""
    until = min(max(as_of + timedelta(days=1), budget.period_start), budget.period_end)
    elapsed = (until - budget.period_start).days
    row: dict[str, Any] = dict.fromkeys(STATUS) | {name: getattr(budget, name) for name in STATUS if name in Budget.model_fields}
    row |= {"as_of": as_of, "basis": spend.basis, "state": "unknown"}
    if not spend.known:
        return row
    days = {day: value for day, value in spend.days.items() if day < until}
    with localcontext(prec=60):
        actual = sum(days.values(), Decimal(0))
        row |= {"actual": actual, "remaining": budget.amount - actual, "share": float(actual / budget.amount)}
        row |= {"threshold": max(crossed(budget, actual), default=None), "state": "not begun"}
        if elapsed:
            forecast = _rounded(actual + sum(coming(budget, days, until).values(), Decimal(0)))
            row |= {"burn_rate": _rounded(actual / elapsed), "forecast": forecast, "forecast_share": float(forecast / budget.amount)}
            row["state"] = _state(budget, actual, forecast)
    return row


def crossed(budget: Budget, actual: Decimal) -> list[Decimal]:
    """The thresholds that the spend has reached, the lowest first."""
    return [threshold for threshold in budget.thresholds if actual >= threshold * budget.amount]


def _state(budget: Budget, actual: Decimal, forecast: Decimal) -> str:
    if actual > budget.amount:
        return "over"
    return "will be over" if forecast > budget.amount else "within"


def coming(budget: Budget, days: Mapping[date, Decimal], until: date) -> dict[date, Decimal]:
    """What each day from ``until`` to the end of the period comes to, by the ``days`` of the period before it, of which there is one."""
    past = [budget.period_start + timedelta(days=day) for day in range((until - budget.period_start).days)]
    left = [until + timedelta(days=day) for day in range((budget.period_end - until).days)]
    if len(past) < TWO_WEEKS:
        return dict.fromkeys(left, _mean(past, days))
    by_weekday = {weekday: _mean([day for day in past if day.weekday() == weekday], days) for weekday in range(7)}
    return {day: by_weekday[day.weekday()] for day in left}


def _mean(chosen: Sequence[date], days: Mapping[date, Decimal]) -> Decimal:
    return sum((days.get(day, Decimal(0)) for day in chosen), Decimal(0)) / len(chosen)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_EVEN)
