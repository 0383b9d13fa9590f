"""Handing the cost of the pools on to the owners, so that nothing is lost on the way.

Pools that do not feed each other are split together, in one expression; those that they feed, also by the owners of a usage
table, come after them. What a pool has is
split row by row, scope by scope. A part whose owner is a pool goes on into that pool, and ``pool`` keeps the way it
came ("platform > security").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.direct import CLASS, scope_of
from finopsnb.analysis.allocation.paying import GROUP, KEYS, Payers
from finopsnb.analysis.allocation.pools import Pool, SharedCosts, in_waves
from finopsnb.analysis.allocation.rules import UNALLOCATED
from finopsnb.analysis.allocation.splitting import split
from finopsnb.analysis.allocation.usage import usable
from finopsnb.analysis.money import MONEY
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]
    Usage = Callable[[Pool], ir.Table]

__all__ = ["shared"]


def shared(direct: ir.Table, config: SharedCosts, execute: Execute, usage: Usage) -> pa.Table:
    """The rows of ``direct`` that no pool takes, and the parts of those that a pool does, with the same columns.

    ``usage`` gives the table of a pool that is split by usage, as :func:`usage_of` makes it. Raises FinopsError for a table that
    cannot be used, and for pools that feed each other in a circle through one.
    """
    import ibis
    import pyarrow as pa

    used = {pool.name: usable(execute(usage(pool)), pool) for pool in config.pools if pool.split == "usage"}
    tables = {name: ibis.memtable(table) for name, table in used.items()}
    columns = [*scope_of(config), *CLASS, "amount"]
    done = [execute(direct.filter(direct.pool.isnull()).select(columns))]
    bases = ibis.memtable(execute(_bases(direct)))
    held = [_taken(direct, config)]
    for pools in _waves(config.pools, used):
        parts = _handed_on(held, Payers(pools, bases, tables), execute)
        finished, going_on = _parted(parts, [pool.name for pool in config.pools])
        done.append(finished.select(columns))
        if going_on.num_rows:
            held.append(_fed(ibis.memtable(going_on), held[0].columns))
    return pa.concat_tables(part.cast(done[0].schema) for part in done)


def _waves(pools: Sequence[Pool], used: Mapping[str, pa.Table]) -> list[list[Pool]]:
    try:
        return in_waves(pools, {name: table["owner"].unique().to_pylist() for name, table in used.items()})
    except ValueError as error:
        raise FinopsError(
            "The pools cannot be split.",
            why=f"With the owners of their usage tables {error}.",
            hint="name owners in the table, and no pool",
        ) from error


def _bases(direct: ir.Table) -> ir.Table:
    """What the rules gave to every owner, and what the pools took themselves, by group: owner, base, is_pool."""
    named = direct.filter(direct.pool.notnull() | (direct.owner != UNALLOCATED))
    owned = named.select(*GROUP, owner=named.pool.coalesce(named.owner), is_pool=named.pool.notnull(), amount=named.amount)
    sums = owned.group_by([*GROUP, "owner", "is_pool"]).aggregate(base=owned.amount.sum().cast(MONEY))
    return sums.select(*GROUP, "owner", "is_pool", "base")


def _taken(direct: ir.Table, config: SharedCosts) -> ir.Table:
    """The charges that the pools take themselves: the scope, ``_pool``, ``pool`` (the way, as yet the pool alone) and amount."""
    rows = direct.filter(direct.pool.notnull())
    by = [*scope_of(config), "pool"]
    sums = rows.group_by(by).aggregate(amount=rows.amount.sum().cast(MONEY))
    return sums.select(*by, "amount", _pool=sums.pool)


def _fed(parts: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Parts that came out of a pool, as they come into the next."""
    return parts.mutate(_pool=parts.owner, pool=parts.pool + " > " + parts.owner).select(list(columns))


def _handed_on(held: Sequence[ir.Table], payers: Payers, execute: Execute) -> pa.Table:
    """Everything in some pools as parts of owners: the scope, owner, rule, method, pool and amount."""
    import ibis

    rows = ibis.union(*held) if len(held) > 1 else held[0]
    mine = rows.filter(rows["_pool"].isin([pool.name for pool in payers.pools]))
    numbered = ibis.memtable(execute(mine.mutate(part_of=ibis.row_number())))
    shares = ibis.memtable(execute(payers.shares(numbered.select(KEYS).distinct())))
    return execute(split(numbered, shares, KEYS).mutate(rule=lambda parts: parts["_pool"]))


def _parted(parts: pa.Table, names: Sequence[str]) -> tuple[pa.Table, pa.Table]:
    """The parts of owners, and those of pools."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_pool = pc.is_in(parts["owner"], value_set=pa.array(names, pa.string()))
    return parts.filter(pc.invert(is_pool)), parts.filter(is_pool)
