"""What comes next: the forecast of the days to come, and where each budget that runs now will end."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from finopsnb.analysis.insights.asking import call
from finopsnb.analysis.insights.finding import Finding, money, moved
from finopsnb.analysis.insights.windows import Look, Window

__all__ = ["budgets", "forecasts"]

_FEW = 14
#: series that are forecast by themselves, the largest; the others are one
_SERIES = 100
_DAY = timedelta(days=1)


def forecasts(look: Look) -> Iterator[Finding]:
    """What the month to come costs, from the day after the last complete one, against the month up to it, by day.

    A month, so that what is charged on one day of it is in both once. Nothing where there are fewer than two weeks to tell from.
    """
    from finopsnb.analysis import forecasting

    known: dict[date, tuple[Any, list[dict[str, Any]]]] = {}
    for window in look.windows:
        if (window.end - window.first).days < _FEW:
            continue
        if window.last not in known:
            rows = look.execute(forecasting.daily(look.costs, ["service"], "EffectiveCost", window.last, most=_SERIES))
            told = forecasting.forecast(rows, ["service"], until=_month_from(window.end, 1)).to_pylist()
            known[window.last] = (rows.select(["BillingCurrency", "day", "cost"]).to_pylist(), told)
        past, told = known[window.last]
        mine = [row["forecast"] for row in told if row["level"] == "total" and row["BillingCurrency"] == window.currency]
        yield _forecast(window, sum(mine, Decimal(0)), len(mine), _past(past, window, len(mine)))


def _month_from(day: date, months: int) -> date:
    """The same day of another month, or its last one.

    >>> _month_from(date(2026, 3, 31), -1), _month_from(date(2026, 12, 15), 1)
    (datetime.date(2026, 2, 28), datetime.date(2027, 1, 15))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _past(rows: list[dict[str, Any]], window: Window, days: int) -> Decimal | None:
    """What the month before cost, as if it had so many days; None where not all of it is known."""
    start = _month_from(window.end, -1)
    if start < window.first:
        return None
    mine = (row["cost"] for row in rows if row["BillingCurrency"] == window.currency and start <= row["day"] <= window.last)
    cost = sum((Decimal(str(cost)) for cost in mine if cost is not None), Decimal(0))
    return cost * days / (window.end - start).days


def _forecast(window: Window, total: Decimal, days: int, past: Decimal | None) -> Finding:
    change = None if not past else float((total - past) / abs(past))
    until, start = _month_from(window.end, 1), _month_from(window.end, -1)
    by_day = f"the {(window.end - start).days} days before, by day"
    return Finding(
        "forecast",
        (),
        f"The {days} days from {window.end} on are forecast to cost {money(total, window.currency)}{moved(change, by_day)}",
        total,
        window.currency,
        window.currency,
        abs(total - past) if past is not None else Decimal(0),
        ("executive", "finance", "finops"),
        call("forecast", by="service", until=until, as_of=window.last),
        "forecast",
        {"level": "total", "BillingCurrency": window.currency},
        before=past,
        how=f"{window.end} to {until - _DAY} against {start} to {window.last}, as if it had as many days" if past is not None else "",
        detail='session.backtest("forecast") says how far off such forecasts have been.',
        dashboard="forecast",
        options={"currency": window.currency, "as_of": window.last.isoformat(), "horizon": days},
    )


def budgets(look: Look) -> Iterator[Finding]:
    """Each budget whose period runs on the last complete day of its currency: what it comes to, against its amount."""
    from finopsnb.analysis.budget_status import budget_statuses

    known = {day: budget_statuses(look.table, look.execute, day) for day in sorted({window.last for window in look.windows})}
    for window in look.windows:
        for budget, row in known[window.last]:
            runs = budget.period_start <= window.last < budget.period_end
            if budget.BillingCurrency == window.currency and runs and row["forecast"] is not None:
                yield _budget(window, row)


def _budget(window: Window, row: dict[str, Any]) -> Finding:
    over: Decimal = row["forecast"] - row["amount"]
    amount = money(row["amount"], window.currency)
    ends = f"{money(abs(over), window.currency)} {'over' if over > 0 else 'below'} its {amount}" if over else f"just at its {amount}"
    return Finding(
        "budget",
        (row["budget"], str(row["period_start"])),
        f"Budget {row['budget']} will end at {money(row['forecast'], window.currency)}, {ends}",
        row["forecast"],
        window.currency,
        window.currency,
        max(over, Decimal(0)),
        ("executive", "finance"),
        call("budget_status", window.last.isoformat()),
        "forecast",
        {"budget": row["budget"], "period_start": row["period_start"]},
        name=row["budget"],
        before=row["amount"],
        how=f"the forecast at the end of {row['period_end'] - _DAY} against the amount of the budget",
        detail=f"{row['state'].capitalize()}: {money(row['actual'], window.currency)} spent up to {window.last}, {row['share']:.1%} of it.",
        dashboard="budgets",
    )
