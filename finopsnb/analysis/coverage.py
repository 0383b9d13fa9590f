"""How much of the spend carries a tag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finopsnb.analysis.cost import amount, dimension
from finopsnb.analysis.tags import tag, tag_set

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["coverage"]


def coverage(
    costs: ir.Table,
    key: str,
    *,
    by: Sequence[str] = (),
    aliases: Sequence[str] = (),
    metric: str = "BilledCost",
) -> ir.Table:
    """How much of the positive ``metric`` carries the tag ``key``: a row per BillingCurrency and value of ``by``.

    Columns: ``by`` (dimensions as in :func:`finopsnb.analysis.cost.dimension`, as text), BillingCurrency, ``cost``
    and ``tagged`` in that currency, and ``coverage``, tagged / cost, from 0 to 1. Credits and refunds are left out on both
    sides, so that they cannot make the coverage more than all; a group without positive cost has no row. Keys are
    compared as :func:`finopsnb.analysis.tags.tag` does, with ``aliases`` for other keys of the same meaning.
    Raises FinopsError for a dimension or a metric that is not one.
    """
    import ibis

    spent = _by_tags(costs.filter(amount(costs, metric) > 0), by, metric)
    zero = ibis.literal(0).cast(spent.cost.type())
    sums = spent.group_by(*by, "BillingCurrency").aggregate(
        cost=spent.cost.sum(),
        tagged=spent.cost.sum(where=tag(spent, key, aliases).notnull()).coalesce(zero),
    )
    return sums.mutate(coverage=sums.tagged.cast("float64") / sums.cost.cast("float64"))


def _by_tags(spent: ir.Table, by: Sequence[str], metric: str) -> ir.Table:
    """``by``, BillingCurrency, Tags and cost."""
    keys = {**{name: dimension(spent, name) for name in by}, "BillingCurrency": spent.BillingCurrency}
    return spent.group_by(**keys, _set=tag_set(spent)).aggregate(Tags=spent.Tags.arbitrary(), cost=amount(spent, metric).sum())
