"""The status of every budget in a store: where its spend is looked up, and the day up to which days are complete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.attributions import Attributions
from finopsnb.analysis.budgets import KEPT, Budget, Spend, daily_spend, last_complete_day, status_of
from finopsnb.analysis.cost import amount
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["budget_spends", "budget_statuses", "budgets_of"]


def budgets_of(table: Table, execute: Execute) -> list[Budget]:
    """The budgets that are kept, in the order of their names and periods."""
    kept = execute(table("budgets").order_by(["budget", "period_start"])).to_pylist()
    return [Budget.model_validate({name: value for name, value in row.items() if value is not None}, context=KEPT) for row in kept]


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
    ``costs``. ``metric`` counts for budgets with a scope; the others count what was allocated to their owner
    (:class:`finopsnb.analysis.attributions.Attributions` tells by which plugin). Where the spend of one cannot be known, its basis
    says why. Raises FinopsError for a metric that is not one.
    """
    costs = table("costs")
    amount(costs, metric)
    day = as_of or _newest_day(costs, execute)
    if day is None:
        return []
    attributions = Attributions(costs, table("allocations"), execute)
    return [
        (one, _in_scope(one, costs, execute, metric) if one.scope else _of_owner(one, attributions, execute, day), day)
        for one in budgets_of(table, execute)
    ]


def _newest_day(costs: ir.Table, execute: Execute) -> date | None:
    row = execute(costs.aggregate(day=last_complete_day(costs))).to_pylist()[0]
    newest: date | None = row["day"]
    return newest


def _in_scope(budget: Budget, costs: ir.Table, execute: Execute, metric: str) -> Spend:
    """A condition may ask for an ``x_`` column that the costs do not have any more: that is no reason to be silent on the others."""
    try:
        return Spend(f"{metric} of costs", _days(daily_spend(costs, budget, metric), execute), metric=metric)
    except FinopsError as error:
        return Spend(" ".join(line for line in (error.what, error.why) if line), {}, known=False, metric=metric)


def _of_owner(budget: Budget, attributions: Attributions, execute: Execute, day: date) -> Spend:
    found, reason = attributions.of(budget, day)
    if found is None:
        return Spend(reason, {}, known=False)
    return Spend(found.basis, _days(daily_spend(found.rows, budget), execute), metric=found.metric)


def _days(spend: ir.Table, execute: Execute) -> dict[date, Decimal]:
    return {row["day"]: row["amount"] for row in execute(spend).to_pylist() if row["amount"] is not None}
