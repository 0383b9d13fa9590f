"""A budget day by day: what is spent, what it should be at an even pace, and what it is forecast to come to, with a band.

The forecast is that of :mod:`finopsnb.analysis.budgets`: each day to come costs the mean of its weekday. The band is the prediction
interval of that method: Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, section 5.5, where
the mean of T days has the variance s2 * (1 + 1/T), the new day's own and that of the mean. For the sum of the days to come, of which
h fall on a weekday that was seen n times, these add up over the weekdays:

    s2 * (h + h * h / n),     s2 = the sum of the squared residuals / (days - 7)

since the days' own errors are independent and the error of the mean is the same on all h days. It takes the errors of days to be
normal and not to follow each other: spend that grows or steps has a wider one than this. There is none before two weeks of complete
days, nor where fewer than half of the days have any spend: monthly fees say nothing of how days differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, localcontext
from math import sqrt
from statistics import NormalDist
from typing import Any

from finopsnb.analysis.budgets import TWO_WEEKS, Budget, Spend, coming

__all__ = ["LEVEL", "burn_down"]

#: how likely the spend is to lie in the band
LEVEL = 0.8
_WEEKDAYS = 7


def burn_down(budget: Budget, spend: Spend, as_of: date, level: float = LEVEL) -> list[dict[str, Any]]:
    """A row for each day of the period: day, pace, actual, forecast, low, high; cumulative, at the end of the day.

    ``actual`` is None after ``as_of``, ``forecast`` before it (on that day both are the same); ``low`` and ``high`` (floats) are None
    where there is no band. The last ``forecast`` is that of the budget's status. Without any spend that is known only the pace is there.
    """
    length = (budget.period_end - budget.period_start).days
    days = [budget.period_start + timedelta(days=number) for number in range(length)]
    until = min(max(as_of + timedelta(days=1), budget.period_start), budget.period_end)
    with localcontext(prec=60):
        rows = [_row(day, budget.amount * (number + 1) / length) for number, day in enumerate(days)]
        if spend.known:
            _fill(rows, budget, {day: cost for day, cost in spend.days.items() if day < until}, until, level)
    return rows


def _row(day: date, pace: Decimal) -> dict[str, Any]:
    return {"day": day, "pace": pace, "actual": None, "forecast": None, "low": None, "high": None}


def _fill(rows: list[dict[str, Any]], budget: Budget, days: Mapping[date, Decimal], until: date, level: float) -> None:
    elapsed = (until - budget.period_start).days
    total = Decimal(0)
    for row in rows[:elapsed]:
        total += days.get(row["day"], Decimal(0))
        row["actual"] = total
    if not elapsed:
        return
    rows[elapsed - 1]["forecast"] = total
    spreads = _spreads([row["day"] for row in rows], days, elapsed, level)
    for row, (day, cost) in zip(rows[elapsed:], coming(budget, days, until).items(), strict=True):
        total += cost
        row["forecast"] = total
        if spreads:
            row |= {"low": float(total) - spreads[day], "high": float(total) + spreads[day]}


def _spreads(days: list[date], costs: Mapping[date, Decimal], elapsed: int, level: float) -> dict[date, float]:
    """How far the band reaches to each side on the days to come; nothing where there are too few days to tell."""
    past, left = days[:elapsed], days[elapsed:]
    if elapsed < TWO_WEEKS or sum(bool(costs.get(day)) for day in past) * 2 < elapsed:
        return {}
    seen = Counter(day.weekday() for day in past)
    values = {day: float(costs.get(day, 0)) for day in past}
    means = {weekday: sum(cost for day, cost in values.items() if day.weekday() == weekday) / seen[weekday] for weekday in seen}
    squares = sum((cost - means[day.weekday()]) ** 2 for day, cost in values.items())
    quantile = NormalDist().inv_cdf((1 + level) / 2)
    ahead: Counter[int] = Counter()
    found = {}
    for day in left:
        ahead[day.weekday()] += 1
        units = sum(h + h * h / seen[weekday] for weekday, h in ahead.items())
        found[day] = quantile * sqrt(squares / (elapsed - _WEEKDAYS) * units)
    return found
