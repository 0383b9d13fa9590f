"""What was spent: the last full month, the pace of the last weeks, and what was billed beside what was used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.insights.asking import asked, call, condition, of_days, of_usage
from finopsnb.analysis.insights.finding import Finding, money, moved
from finopsnb.analysis.insights.windows import Look, Window, within

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["billed_and_used", "months", "pace"]

Period = tuple[date, date]


def months(look: Look) -> Iterator[Finding]:
    """What the last full month cost, amortised, against the one before it by day: months differ in length."""
    for window in look.windows:
        (month, earlier) = _full_months(window)
        now, before = (_cost(look, look.sums, window.currency, period) for period in (month, earlier))
        if now is None or month[0] < window.first:
            continue
        name = f"{month[0]:%B %Y}"
        known = before is not None and earlier[0] >= window.first
        length, earlier_length = ((end - start).days for start, end in (month, earlier))
        alike = None if before is None or not known else before * length / earlier_length
        change = None if not alike else float((now - alike) / abs(alike))
        yield Finding(
            "month",
            (),
            f"{name} cost {money(now, window.currency)}{moved(change, f'{earlier[0]:%B %Y} by day')}",
            now,
            window.currency,
            window.currency,
            abs(now - alike) if alike is not None else Decimal(0),
            ("executive", "finance"),
            asked("sum(EffectiveCost) as cost", condition({"BillingCurrency": window.currency}), of_days(month)),
            "cost",
            before=alike,
            how=f"{name} against {earlier[0]:%B %Y}, whose cost is taken times {length}/{earlier_length} days" if alike is not None else "",
            detail="All charges, amortised (EffectiveCost).",
            dashboard="cost-overview",
            options={"cost": "EffectiveCost", "currency": window.currency},
        )


def pace(look: Look) -> Iterator[Finding]:
    """At which rate usage costs now, against as many days before."""
    for window in look.windows:
        now = _cost(look, look.use, window.currency, window.now)
        before = _cost(look, look.use, window.currency, window.before) if window.days else None
        if now is None:
            continue
        change = None if not before else float((now - before) / abs(before))
        length = (window.now[1] - window.now[0]).days
        a_day = money(now / length, window.currency)
        yield Finding(
            "run-rate",
            (),
            f"Usage of {window.told} cost {money(now, window.currency)}, {a_day} a day{moved(change, 'in as many days before')}",
            now,
            window.currency,
            window.currency,
            abs(now - before) if before is not None else Decimal(0),
            ("executive", "finance", "finops"),
            asked("sum(EffectiveCost) as cost", condition({"BillingCurrency": window.currency}), of_usage(window.now)),
            "cost",
            before=before,
            how=window.how,
            detail="Usage that lasts a day at most; fees for longer times, taxes, purchases and credits are not in it.",
            dashboard="cost-overview",
            options={"cost": "EffectiveCost", "currency": window.currency, "grain": "day", "months": 3},
        )


def billed_and_used(look: Look) -> Iterator[Finding]:
    """Cash and accrual of the last full month's bill, where they differ."""
    for window in look.windows:
        month = _full_months(window)[0]
        costs = look.sums.filter(look.sums.BillingCurrency == window.currency)
        costs = costs.filter(_billed_in(costs, month))
        row = look.rows(costs.aggregate(billed=costs.BilledCost.sum(), used=costs.EffectiveCost.sum()))[0]
        if row["billed"] is None or row["used"] is None or row["billed"] == row["used"]:
            continue
        difference: Decimal = row["billed"] - row["used"]
        what = "more than was used: something was paid ahead" if difference > 0 else "less than was used: what was paid ahead is used up"
        yield Finding(
            "cash-and-accrual",
            (),
            f"The bill of {month[0]:%B %Y} is {money(row['billed'], window.currency)}, {money(abs(difference), window.currency)} {what}",
            difference,
            window.currency,
            window.currency,
            abs(difference),
            ("finance",),
            call("query", "cash-vs-accrual-comparison-by-billing-period", start=month[0], end=month[1], currency=window.currency),
            "difference",
            detail=f"Billed {money(row['billed'], window.currency)}, amortised {money(row['used'], window.currency)}.",
            dashboard="cost-overview",
            options={"cost": "BilledCost", "currency": window.currency},
        )


def _billed_in(costs: ir.Table, month: Period) -> ir.BooleanValue:
    from finopsnb.analysis.cost import instant

    return (costs.BillingPeriodStart >= instant(month[0])) & (costs.BillingPeriodStart < instant(month[1]))


def _full_months(window: Window) -> tuple[Period, Period]:
    """The last month all of whose days are complete, and the one before it."""
    end = window.end.replace(day=1)
    start = (end - timedelta(days=1)).replace(day=1)
    return (start, end), ((start - timedelta(days=1)).replace(day=1), start)


def _cost(look: Look, costs: Any, currency: str, period: Period) -> Decimal | None:
    mine = costs.filter(costs.BillingCurrency == currency, within(costs, period))
    cost: Decimal | None = look.rows(mine.aggregate(cost=mine.EffectiveCost.sum()))[0]["cost"]
    return cost
