"""The status of every budget in a store: where its spend is looked up, and the day up to which days are complete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation import newest
from finopsnb.analysis.budgets import Budget, Spend, daily_spend, last_complete_day, status_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["budget_spends", "budget_statuses", "budgets_of"]


def budgets_of(table: Table, execute: Execute) -> list[Budget]:
    """The budgets that are kept, in the order of their names and periods."""
    kept = execute(table("budgets").order_by(["budget", "period_start"])).to_pylist()
    return [Budget.model_validate({name: value for name, value in row.items() if value is not None}) for row in kept]


def budget_statuses(
    table: Table, execute: Execute, as_of: date | None = None, metric: str = "EffectiveCost"
) -> list[tuple[Budget, dict[str, Any]]]:
    """Each budget with its status (see :data:`finopsnb.analysis.budgets.STATUS`) at the end of the day ``as_of``.

    The arguments and errors are those of :func:`budget_spends`.
    """
    return [(budget, status_of(budget, spend, day)) for budget, spend, day in budget_spends(table, execute, as_of, metric)]


def budget_spends(
    table: Table, execute: Execute, as_of: date | None = None, metric: str = "EffectiveCost"
) -> list[tuple[Budget, Spend, date]]:
    """Each budget with its spend by day, and the day at whose end its status is taken.

    ``table`` gives a stored table by name, ``execute`` runs an expression. Without ``as_of`` it is the last day with usage in
    ``costs``. The owner of a budget without a scope is looked up in the allocations of the plugin that ran last; where
    there are none, its spend is not known. Raises FinopsError for a metric that is not one.
    """
    costs = table("costs")
    day = as_of or _newest_day(costs, execute)
    if day is None:
        return []
    owned, plugin = newest(table("allocations"), execute)
    return [(budget, _spend(budget, costs, owned, plugin, execute, metric), day) for budget in budgets_of(table, execute)]


def _newest_day(costs: ir.Table, execute: Execute) -> date | None:
    row = execute(costs.aggregate(day=last_complete_day(costs))).to_pylist()[0]
    newest: date | None = row["day"]
    return newest


def _spend(budget: Budget, costs: ir.Table, owned: ir.Table, plugin: str, execute: Execute, metric: str) -> Spend:
    if not budget.scope and not plugin:
        return Spend("nothing is allocated yet", {}, known=False)
    rows = execute(daily_spend(costs if budget.scope else owned, budget, metric)).to_pylist()
    days = {row["day"]: row["amount"] for row in rows if row["amount"] is not None}
    return Spend(f"{metric} of costs" if budget.scope else f"allocations of {plugin}", days)
