"""From costs to allocations in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.direct import CLASS, direct, scope_of
from finopsnb.analysis.allocation.pools import Pool, SharedCosts
from finopsnb.analysis.allocation.proving import prove
from finopsnb.analysis.allocation.rules import AllocationRules
from finopsnb.analysis.allocation.sharing import shared
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["allocate"]


def allocate(
    costs: ir.Table,
    config: AllocationRules,
    execute: Execute,
    *,
    tag_sets: ir.Table | None = None,
    usage: Callable[[Pool], ir.Table] | None = None,
) -> pa.Table:
    """Every charge in ``costs`` to exactly one owner; with a SharedCosts config its pools are handed on as well.

    One row per scope (billing period, charge period of the config's grain, currency, and the columns of ``by``), owner, rule,
    method and pool, with ``amount`` in the billing currency and ``metric``, the cost that was allocated. The sums by
    billing period and currency are proved to be those of ``costs``; FinopsError otherwise. ``tag_sets`` is the table
    that ``_tag_id`` in ``costs`` points to, ``usage`` gives the table of a pool that is split by usage.
    """
    import ibis

    pools = config.pools if isinstance(config, SharedCosts) else []
    found = direct(costs, config, execute, tag_sets=tag_sets, pools=pools)
    table = shared(found, config, execute, usage or _no_usage) if isinstance(config, SharedCosts) else execute(found)
    allocations = ibis.memtable(table)
    prove(allocations, costs, config.metric, execute)
    columns = [*scope_of(config), *CLASS, "amount"]
    return table.select(columns).append_column("metric", _repeated(config.metric, table.num_rows))


def _repeated(text: str, times: int) -> pa.Array:
    import pyarrow as pa

    return pa.repeat(pa.scalar(text), times)


def _no_usage(pool: Pool) -> ir.Table:
    raise FinopsError(f"The pool {pool.name} is split by {pool.usage}, and there are no tables at hand.", hint="allocate(..., usage=...)")
