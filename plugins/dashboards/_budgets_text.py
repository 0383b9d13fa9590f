"""The budgets in words, and as the records that the charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from finopsnb.analysis.burn_down import LEVEL
from finopsnb.charts import money
from finopsnb.charts.data import Records, milliseconds, shown

from ._budgets_data import Burning
from ._periods import day_named

__all__ = ["BAND", "days", "description", "finding", "marks", "name_of", "state_of", "subtitle"]

BAND = f"{LEVEL:.0%} likely"


def name_of(one: Burning) -> str:
    """The budget's name and period; the owner where the name is not hers."""
    budget = one.budget
    owner = f", {budget.owner}" if budget.owner and budget.owner.lower() not in budget.budget.lower() else ""
    last = budget.period_end - timedelta(days=1)
    return shown(f"{budget.budget}{owner}: {day_named(budget.period_start)} to {day_named(last)}")


def state_of(one: Burning) -> str:
    """What is spent, and what it will come to."""
    status, currency = one.status, one.budget.BillingCurrency
    whole = money(one.budget.amount, currency)
    if status["actual"] is None:
        return f"{whole}; its spend is not known: {shown(status['basis'])}"
    spent = f"{status['share']:.1%} of {whole} spent by {day_named(one.as_of)}"
    if status["state"] == "not begun":
        return f"{whole}, not begun"
    if not one.goes_on or one.as_of == one.budget.period_end - timedelta(days=1):
        return f"{status['share']:.1%} of {whole} spent in all"
    forecast = f"{spent}; forecast {status['forecast_share']:.1%}"
    if one.band is None:
        return f"{forecast} (too few days for a band)"
    low, high = (money(amount, currency) for amount in one.band)
    return f"{forecast}, {BAND} {low.removesuffix(currency).strip()} to {high}"


def finding(found: Sequence[Burning]) -> str:
    """How many budgets are over, or will be, and the one that is worst off."""
    going = [one for one in found if one.goes_on] or list(found)
    many = f"{len(going)} budgets" if len(going) > 1 else "the budget"
    over, coming = ([one for one in going if one.status["state"] == state] for state in ("over", "will be over"))
    worst = max([*over] or coming or going, key=lambda one: one.risk)
    if over:
        more = f", {len(coming)} more will be" if coming else ""
        return f"{_of(len(over), many)} over{more}: {shown(worst.budget.budget)} by {_excess(worst, worst.status['actual'])}"
    if coming:
        return f"{_of(len(coming), many)} forecast to be over: {shown(worst.budget.budget)} by {_excess(worst, worst.status['forecast'])}"
    if any(one.status["state"] == "unknown" for one in going):
        return f"The spend of {sum(one.status['state'] == 'unknown' for one in going)} of {many} is not known"
    all_of = f"All {many} are" if len(going) > 1 else "The budget is"
    return f"{all_of} forecast to hold; {shown(worst.budget.budget)} comes to {worst.risk:.1%}"


def _of(number: int, many: str) -> str:
    if many == "the budget":
        return "The budget is"
    return f"{number} of {many} {'is' if number == 1 else 'are'}"


def _excess(one: Burning, amount: Decimal) -> str:
    return money(amount - one.budget.amount, one.budget.BillingCurrency)


def subtitle(found: Sequence[Burning], drawn: int) -> list[str]:
    """The day, how to read the lines, and what is not drawn."""
    lines = [
        f"Spent by the end of {day_named(found[0].as_of)}: the line; its forecast: dashed; even pace: grey; the budget: the solid rule, "
        f"its thresholds dotted. The band has {LEVEL:.0%} of what the rest of the period may come to, if days go on to vary as they did."
    ]
    left = len(found) - drawn
    return [*lines, f"{left} more are not drawn: %finops show budgets most={len(found)}, or budget=NAME."] if left else lines


def description(found: Sequence[Burning]) -> str:
    """The finding and each budget's state, as sentences."""
    return f"{finding(found)}. " + " ".join(f"{name_of(one)}: {state_of(one)}." for one in found)


def days(one: Burning) -> Records:
    """A record for each day, its amounts cumulative; ``middle`` is the end of the day."""
    names = ("pace", "actual", "forecast", "low", "high")
    return [
        {
            "middle": milliseconds(row["day"] + timedelta(days=1)),
            "when": f"the end of {day_named(row['day'])}",
            **{name: None if row[name] is None else round(float(row[name]), 2) for name in names},
        }
        for row in one.rows
    ]


def marks(one: Burning) -> Records:
    """The budget and its thresholds, each with the day on which it was reached."""
    budget = one.budget
    levels = [(level, level * budget.amount) for level in sorted({*budget.thresholds, Decimal(1)})]
    return [
        {"level": float(amount), "whole": level == 1, "label": f"{(level * 100).normalize():f} %{_reached(one, amount)}"}
        for level, amount in levels
    ]


def _reached(one: Burning, amount: Decimal) -> str:
    """The first day at whose end the amount was spent, or will be."""
    for name, said in (("actual", "reached"), ("forecast", "forecast for")):
        day: date | None = next((row["day"] for row in one.rows if row[name] is not None and row[name] >= amount), None)
        if day:
            return f" {said} {day_named(day)}"
    return ""
