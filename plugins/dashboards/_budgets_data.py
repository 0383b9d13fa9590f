"""The budgets that are drawn: each with its status, its days, and the amounts at which a threshold lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.budget_status import budget_spends
from finopsnb.analysis.budgets import Budget, status_of
from finopsnb.analysis.burn_down import burn_down
from finopsnb.errors import FinopsError, nearest

from ._settings import last_day

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Burning", "look"]

#: the points of one line (a budget of a year has a point for each day), and of all that are drawn
_MOST_POINTS, _ALL_POINTS = 370, 1100


@dataclass(frozen=True)
class Burning:
    """One budget: its status (:data:`finopsnb.analysis.budgets.STATUS`) and the rows of its burn-down."""

    budget: Budget
    status: dict[str, Any]
    rows: list[dict[str, Any]]

    @property
    def as_of(self) -> date:
        day: date = self.status["as_of"]
        return day

    @property
    def goes_on(self) -> bool:
        """Whether the day of the status lies in the budget's period."""
        return self.budget.period_start <= self.as_of < self.budget.period_end

    @property
    def risk(self) -> float:
        """How much of its amount it comes to, or has come to."""
        return float(max(self.status["forecast_share"] or 0, self.status["share"] or 0))

    @property
    def band(self) -> tuple[float, float] | None:
        """Between what the spend will come to, where that can be told."""
        last = self.rows[-1]
        return None if last["low"] is None else (last["low"], last["high"])


def look(table: Table, execute: Execute, settings: Any) -> list[Burning]:
    """All budgets, or those of the name that is asked for: those that go on first, the most at risk before the others.

    Raises FinopsError for a name that no budget has.
    """
    spends = _within(budget_spends(table, execute, last_day(settings), settings.cost), settings)
    names = list(dict.fromkeys(budget.budget for budget, _, _ in spends))
    if settings.budget is not None and names and settings.budget not in names:
        near = nearest(settings.budget, names) or names[0]
        why = f"There are {', '.join(names[:10])}{', ...' if len(names) > 10 else ''}."
        raise FinopsError(f"There is no budget {settings.budget}.", why=why, hint=f'session.render("budgets", budget="{near}")')
    points = min(_MOST_POINTS, _ALL_POINTS // max(1, min(settings.most, len(spends))))
    found = [
        Burning(budget, status_of(budget, spend, day), _thinned(burn_down(budget, spend, day), day, points))
        for budget, spend, day in spends
        if settings.budget in (None, budget.budget)
    ]
    return sorted(found, key=lambda one: (not one.goes_on, -one.risk, one.budget.budget, one.budget.period_start))


def _within(spends: list[Any], settings: Any) -> list[Any]:
    """Those of budgets whose period meets the days from ``start`` to ``end``; FinopsError where there are budgets, and none that does."""
    start, end = settings.start or date.min, settings.end or date.max
    found = [one for one in spends if one[0].period_start < end and one[0].period_end > start]
    if spends and not found:
        known = f"{min(one[0].period_start for one in spends)} to {max(one[0].period_end for one in spends)}"
        told = f"from {start}" if end == date.max else f"before {end}" if start == date.min else f"from {start} to before {end}"
        raise FinopsError(f"No budget has days {told}.", why=f"There are budgets for {known}.", hint='session.render("budgets")')
    return found


def _thinned(rows: list[dict[str, Any]], as_of: date, most: int) -> list[dict[str, Any]]:
    step = -(-len(rows) // most)
    return [row for place, row in enumerate(rows) if place % step == 0 or row["day"] == as_of or place == len(rows) - 1]
