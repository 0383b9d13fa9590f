"""What allocations tell: showback and chargeback by owner and period, and how an owner's bill came about.

All are by BillingCurrency. ``period`` is the first day of the billing period, so that the sums are those of the invoices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from finopsnb.analysis.cost import GRAINS
from finopsnb.analysis.money import MONEY
from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["chargeback", "explanation", "newest", "showback"]

_KEYS = ["period", "BillingCurrency"]
_FORMS = ("BillingPeriodStart", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd", "amount", "run_id")


def newest(allocations: ir.Table, execute: Execute) -> tuple[ir.Table, str]:
    """The allocations of the plugin that ran last, and its name ("" where there are none): those of several are never added up."""
    found = execute(allocations.group_by("plugin").aggregate(run_id=allocations.run_id.max()).order_by("run_id")).to_pylist()
    plugin = str(found[-1]["plugin"]) if found else ""
    return allocations.filter(allocations.plugin == plugin), plugin


def showback(allocations: ir.Table, by: Sequence[str] = ("owner",), grain: str = "billing") -> ir.Table:
    """What each value of ``by`` cost: a row per period, BillingCurrency and value, the dearest first.

    Columns: period, BillingCurrency, ``by``, ``amount`` and ``share``, the part of the period's amount in that currency
    (null where that is zero). ``grain`` is billing, or day, week, month, quarter or year of the charge. Raises FinopsError for a
    column that allocations do not have.
    """
    import ibis

    period = _period(allocations, grain)
    sums = allocations.group_by(period=period, BillingCurrency=allocations.BillingCurrency, **{n: _told_by(allocations, n) for n in by})
    amounts = sums.aggregate(amount=allocations.amount.sum().cast(MONEY))
    whole = amounts.amount.sum().over(group_by=_KEYS)
    return amounts.mutate(share=_share(amounts.amount, whole)).order_by([*_KEYS, ibis.desc("amount"), *by])


def chargeback(allocations: ir.Table) -> ir.Table:
    """The bill of each owner: a row per period, BillingCurrency and owner, the dearest first.

    Columns: period, BillingCurrency, owner, ``direct`` (what the rules gave), ``shared`` (what came through pools) and ``total``.
    """
    import ibis

    zero = ibis.literal(0).cast(MONEY)
    is_shared = allocations.pool.notnull()
    keys = {"period": _period(allocations, "billing"), "BillingCurrency": allocations.BillingCurrency, "owner": allocations.owner}
    sums = allocations.group_by(**keys).aggregate(
        direct=allocations.amount.sum(where=~is_shared).coalesce(zero).cast(MONEY),
        shared=allocations.amount.sum(where=is_shared).coalesce(zero).cast(MONEY),
        total=allocations.amount.sum().cast(MONEY),
    )
    return sums.order_by([*_KEYS, ibis.desc("total"), "owner"])


def explanation(allocations: ir.Table) -> ir.Table:
    """One owner's allocations from the total down: to the rules and pools, and in each of these to the services.

    Columns: BillingCurrency, ``level`` (total, rule, pool, service), ``parent`` (the label one level up), ``label``, ``method``,
    ``amount`` and ``share``, the part of the total (null where that is zero). A pool is told with the way by which its
    cost came, "platform > security". Each level adds up to the one above it exactly.
    """
    import ibis

    text = ibis.null("string")
    rows = allocations.mutate(
        _level=ibis.ifelse(allocations.pool.notnull(), "pool", "rule"),
        _rule=ibis.coalesce(allocations.pool, allocations.rule, "(no rule)"),
        _service=allocations.ServiceName.coalesce("(none)"),
    )
    total = rows.group_by("BillingCurrency", label=rows.owner).aggregate(amount=rows.amount.sum())
    groups = rows.group_by("BillingCurrency", level=rows._level, parent=rows.owner, label=rows._rule, method=rows.method)
    named = groups.aggregate(amount=rows.amount.sum())
    inner = rows.group_by("BillingCurrency", "_level", parent=rows._rule, label=rows._service, method=rows.method)
    services = inner.aggregate(amount=rows.amount.sum())
    above = services.amount.sum().over(group_by=["BillingCurrency", "_level", "parent", "method"])
    columns = ["BillingCurrency", "level", "parent", "label", "method", "amount", "_above", "_group", "_depth"]
    parts = [
        total.mutate(level=ibis.literal("total"), parent=text, method=text, _above=total.amount.abs(), _group=text, _depth=0),
        named.mutate(_above=named.amount.abs(), _group=named.level + named.label, _depth=1),
        services.mutate(level=ibis.literal("service"), _above=above.abs(), _group=services._level + services.parent, _depth=2),
    ]
    return _in_order(ibis.union(*(_typed(part).select(columns) for part in parts)))


def _typed(part: ir.Table) -> ir.Table:
    return part.mutate(amount=part.amount.cast(MONEY), _above=part._above.cast(MONEY), _depth=part._depth.cast("int8"))


def _in_order(table: ir.Table) -> ir.Table:
    """The total first, then each rule or pool, the greatest first, with its services below it."""
    import ibis

    whole = table.amount.max(where=table.level == "total").over(group_by="BillingCurrency")
    told = table.mutate(share=_share(table.amount, whole), _first=(table._depth > 0).cast("int8"))
    order = ["BillingCurrency", "_first", ibis.desc("_above"), "_group", "method", "_depth", ibis.desc(told.amount.abs()), "label"]
    return told.order_by(order).select("BillingCurrency", "level", "parent", "label", "method", "amount", "share")


def _period(allocations: ir.Table, grain: str) -> ir.DateColumn:
    if grain == "billing":
        return allocations.BillingPeriodStart.cast("date")
    if grain not in GRAINS:
        near = nearest(grain, ["billing", *GRAINS])
        raise FinopsError(
            f"There is no grain {grain}.", why=f"There are billing, {', '.join(GRAINS)}.", hint=f'grain="{near or "billing"}"'
        )
    return allocations.ChargePeriodStart.truncate(GRAINS[grain]).cast("date")


def _told_by(allocations: ir.Table, name: str) -> ir.StringColumn:
    names = [column for column in allocations.columns if column not in _FORMS]
    if name not in names:
        near = nearest(name, names)
        raise FinopsError(f"Allocations cannot be told by {name}.", why=f"They have {', '.join(names)}.", hint=f'by="{near or "owner"}"')
    return allocations[name].coalesce("(none)")


def _share(part: ir.DecimalColumn, whole: ir.DecimalColumn) -> ir.FloatingColumn:
    return part.cast("float64") / whole.cast("float64").nullif(0.0)
