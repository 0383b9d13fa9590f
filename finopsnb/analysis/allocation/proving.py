"""The proof that every unit of cost went to exactly one owner: the sums by billing period and currency are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.paying import GROUP
from finopsnb.analysis.cost import amount
from finopsnb.analysis.money import MONEY
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["differences", "prove"]


def differences(allocations: ir.Table, costs: ir.Table, metric: str) -> ir.Table:
    """Where the two do not add up to the same: BillingPeriodStart, BillingCurrency, ``cost`` and ``allocated``; no rows at best."""
    import ibis

    zero = ibis.literal(0).cast(MONEY)
    theirs = costs.select(*GROUP, cost=amount(costs, metric).coalesce(zero), allocated=zero)
    ours = allocations.select(*GROUP, cost=zero, allocated=allocations.amount)
    both = _sums(theirs).union(_sums(ours))
    sums = _sums(both)
    return sums.filter(sums.cost != sums.allocated)


def prove(allocations: ir.Table, costs: ir.Table, metric: str, execute: Execute) -> None:
    """Raise FinopsError, naming the period and the currency, unless the allocations add up to the costs exactly."""
    wrong = execute(differences(allocations, costs, metric)).to_pylist()
    if wrong:
        first = wrong[0]
        raise FinopsError(
            f"The allocations do not add up to the costs in {len(wrong)} billing periods and currencies; nothing was stored.",
            why=f"{first['BillingPeriodStart']} {first['BillingCurrency']}: {metric} {first['cost']}, allocated {first['allocated']}.",
            hint="run it again; if costs did not change meanwhile, this is a fault of finopsnb",
        )


def _sums(table: ir.Table) -> ir.Table:
    return table.group_by(GROUP).aggregate(cost=table.cost.sum().cast(MONEY), allocated=table.allocated.sum().cast(MONEY))
