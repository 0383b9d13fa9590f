"""The direct cost of every owner: what the rules say, added up by scope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation.classifying import classified
from finopsnb.analysis.allocation.facts import asked_by, combinations, keys_of
from finopsnb.analysis.allocation.inheriting import inherited
from finopsnb.analysis.allocation.pools import Pool
from finopsnb.analysis.allocation.rules import AllocationRules
from finopsnb.analysis.cost import amount, provider
from finopsnb.analysis.days import day_number, day_start
from finopsnb.analysis.money import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["CLASS", "direct", "scope_of"]

#: what is known of a part beside its scope and its amount
CLASS = ("owner", "rule", "method", "pool")


def scope_of(config: AllocationRules) -> list[str]:
    """The columns that tell which charges an allocation is a part of."""
    return ["BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "BillingCurrency", *config.by]


def direct(
    costs: ir.Table, config: AllocationRules, execute: Execute, *, tag_sets: ir.Table | None = None, pools: Sequence[Pool] = ()
) -> ir.Table:
    """One row per scope (:func:`scope_of`), owner, rule, method and pool, with ``amount``, the sum of the charges.

    ``pool`` is the pool that takes the charges, else null. ``tag_sets`` (tag_id, Tags) are the sets of tags that
    ``_tag_id`` in ``costs`` points to, if it has that column. The combinations and the result are executed.
    """
    import ibis

    asked = asked_by(config, [condition for pool in pools for condition in pool.when])
    keys = keys_of(costs, asked, tag_sets if "_tag_id" in costs.columns else None)
    scope = _scope(costs, config)
    keyed = costs.select(**scope, **keys, amount=amount(costs, config.metric))
    found = combinations(keyed, list(keys), asked, config, tag_sets)
    if config.inherit:
        found = inherited(ibis.memtable(execute(found)), asked, config)
    answers = execute(classified(found, asked, config, pools).select(*keys, "_class", *CLASS))
    lookup = ibis.memtable(answers.select([*keys, "_class"]))
    charges = keyed.inner_join(lookup, [keyed[key].identical_to(lookup[key]) for key in keys])
    sums = charges.group_by([*scope, "_class"]).aggregate(amount=charges.amount.sum())
    classes = ibis.memtable(answers.group_by(["_class", *CLASS]).aggregate([]))
    return ibis.memtable(execute(_told(sums.inner_join(classes, "_class"), config)))


def _scope(costs: ir.Table, config: AllocationRules) -> dict[str, Any]:
    import ibis

    columns: dict[str, Any] = {name: costs[name] if name in costs.columns else ibis.null("string") for name in config.by}
    if "ProviderName" in columns:
        columns["ProviderName"] = provider(costs)
    day = day_number(costs.ChargePeriodStart)
    return {"BillingPeriodStart": costs.BillingPeriodStart, "BillingCurrency": costs.BillingCurrency, "_day": day, **columns}


def _told(sums: ir.Table, config: AllocationRules) -> ir.Table:
    """The sums with their charge period: from the first day or the first of the month on, up to the next."""
    import ibis

    day = day_start(sums._day)
    start = day.truncate("M") if config.grain == "month" else day
    end = start + (ibis.interval(months=1) if config.grain == "month" else ibis.interval(days=1))
    kept = ["BillingPeriodStart", "BillingCurrency", *config.by, *CLASS]
    named = sums.select(*kept, "amount", ChargePeriodStart=start.cast("timestamp('UTC')"), ChargePeriodEnd=end.cast("timestamp('UTC')"))
    by = [*scope_of(config), *CLASS]
    return named.group_by(by).aggregate(amount=named.amount.sum().coalesce(ibis.literal(0, MONEY)).cast(MONEY)).select(*by, "amount")
