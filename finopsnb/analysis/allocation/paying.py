"""Who pays for a pool, and in which proportion, for every billing period and currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.pools import Pool
from finopsnb.analysis.allocation.rules import UNALLOCATED
from finopsnb.analysis.allocation.splitting import weights
from finopsnb.analysis.money import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["GROUP", "KEYS", "Payers"]

#: costs are shared within a billing period and a currency
GROUP = ["BillingPeriodStart", "BillingCurrency"]
KEYS = ["_pool", *GROUP]
_ZERO, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True)
class Payers:
    """Those who pay for some pools.

    ``bases`` has the direct cost of every owner by group: owner, ``base`` and ``is_pool``, true where it is what a pool took;
    ``usage`` has the quantities by which pools are split: owner, period (2025-01), quantity, by the name of the pool.
    """

    pools: Sequence[Pool]
    bases: ir.Table
    usage: Mapping[str, ir.Table]

    def shares(self, groups: ir.Table) -> ir.Table:
        """For every group of every pool (KEYS): the keys, owner, method, and weight and total as :func:`weights` makes them."""
        import ibis

        found = [_typed(self._of(pool, groups.filter(groups["_pool"] == pool.name))) for pool in self.pools]
        given = ibis.union(*found) if len(found) > 1 else found[0]
        sums = given.mutate(_sum=given.base.sum().over(group_by=KEYS), _split=self._split(given))
        chosen = sums.mutate(
            base=ibis.ifelse(sums._sum == _ZERO, ibis.literal(_ONE, MONEY), sums.base),
            method=ibis.ifelse(sums._sum == _ZERO, sums._split + ": even, no base", sums._split),
        )
        columns = [*KEYS, "owner", "base", "method"]
        return weights(chosen.select(columns).union(self._nobody(groups, chosen).select(columns)), KEYS).drop("base")

    def _split(self, table: ir.Table) -> ir.StringColumn:
        return table["_pool"].cases(*((pool.name, pool.split) for pool in self.pools))

    def _nobody(self, groups: ir.Table, chosen: ir.Table) -> ir.Table:
        """Groups without any owner: their cost stays in sight."""
        import ibis

        left = groups.anti_join(chosen, _same(groups, chosen, KEYS))
        method = self._split(left) + ": no owner"
        return left.mutate(owner=ibis.literal(UNALLOCATED), base=ibis.literal(_ONE, MONEY), method=method)

    def _of(self, pool: Pool, groups: ir.Table) -> ir.Table:
        """The owners of one pool with their base."""
        if pool.split == "usage":
            return self._by_usage(pool, groups)
        if pool.split == "fixed":
            return _listed(groups, pool.shares)
        if not pool.owners:
            return self._with_cost(groups, even=pool.split == "even")
        if pool.split == "even":
            return _listed(groups, dict.fromkeys(pool.owners, _ONE))
        return self._by_cost(pool, groups)

    def _by_cost(self, pool: Pool, groups: ir.Table) -> ir.Table:
        """The owners that are named, with their direct cost or none."""
        named, bases = _listed(groups, dict.fromkeys(pool.owners, _ZERO)).drop("base"), self.bases
        found = named.left_join(bases, [*_same(named, bases, GROUP), named.owner == bases.owner])
        return found.select(**{name: named[name] for name in [*KEYS, "owner"]}, base=bases.base.coalesce(_ZERO))

    def _by_usage(self, pool: Pool, groups: ir.Table) -> ir.Table:
        table = self.usage[pool.name]
        sums = table.group_by("owner", "period").aggregate(base=table.quantity.sum())
        months = groups.mutate(period=groups.BillingPeriodStart.strftime("%Y-%m"))
        return months.inner_join(sums, "period").select(*KEYS, "owner", "base")

    def _with_cost(self, groups: ir.Table, *, even: bool) -> ir.Table:
        """All owners that have direct cost in a group; pools have none of their own to share with."""
        import ibis

        owners = self.bases.filter(~self.bases.is_pool)
        found = groups.inner_join(owners, _same(groups, owners, GROUP))
        base = ibis.literal(_ONE, MONEY) if even else owners.base
        return found.select(**{key: groups[key] for key in KEYS}, owner=owners.owner, base=base)


def _typed(owners: ir.Table) -> ir.Table:
    """The keys, the owner, and the base as money that is not negative."""
    import ibis

    base = ibis.greatest(owners.base.cast(MONEY), ibis.literal(_ZERO, MONEY))
    return owners.select(*KEYS, owner=owners.owner.cast("string"), base=base.cast(MONEY))


def _listed(groups: ir.Table, given: Mapping[str, Decimal]) -> ir.Table:
    """The owners that are named, in every group."""
    import ibis
    import pyarrow as pa

    names = pa.table({"owner": pa.array(list(given), pa.string()), "base": pa.array(list(given.values()), pa.decimal128(38, 18))})
    return groups.cross_join(ibis.memtable(names))


def _same(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> list[ir.BooleanValue]:
    """The same group, one without a period or a currency included."""
    return [left[key].identical_to(right[key]) for key in keys]
