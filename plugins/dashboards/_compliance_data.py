"""The small tables behind the compliance dashboard: aggregated in the engine, a few hundred rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation import UNALLOCATED, newest
from finopsnb.analysis.cost import amount, between, dimension, totals
from finopsnb.analysis.coverage import coverage
from finopsnb.analysis.tags import tag, tag_keys
from finopsnb.analysis.violations import by_rule, offenders

from ._periods import window
from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["Compliance", "look"]

Execute = Callable[[Any], "pa.Table"]
Rows = list[dict[str, Any]]

#: how many tags are shown unless they are named, and how many resources are kept of each currency
_KEYS, _OFFENDERS = 6, 50


@dataclass(frozen=True)
class Compliance:
    """What the dashboard tells, all in ``currency``; ``others`` are the totals of the currencies that are left out.

    ``keys`` has tag, cost, tagged and coverage of the window (``since`` to before ``until``), ``groups`` the same by group, the
    groups with most spend first; ``rules`` (policy, rule, severity, cost, count) and ``offenders`` (resource, account, name, rules,
    cost) are of the open violations, ``unowned`` (service, cost) of what is allocated to nobody. ``evaluated`` and ``allocated`` tell
    whether anything ever was.
    """

    currency: str
    others: dict[str, Any]
    since: date
    until: date
    keys: Rows
    groups: Rows
    rules: Rows
    offenders: Rows
    unowned: Rows
    evaluated: bool
    allocated: bool


def look(table: Callable[[str], ir.Table], execute: Execute, settings: Any) -> Compliance | None:
    """The dashboard's data for these settings, or None without any costs. Raises FinopsError for a currency that has none."""
    costs = table("costs")
    costs = costs.mutate(BillingCurrency=costs.BillingCurrency.fill_null("(no currency)"))
    sums = {row["BillingCurrency"]: row for row in execute(totals(costs, settings.cost)).to_pylist()}
    if not sums:
        return None
    currency = chosen_currency({name: row["size"] for name, row in sums.items()}, settings.currency, "compliance")
    chosen = sums.pop(currency)
    days = window(chosen["first"], chosen["last"], settings)
    mine = between(costs.filter(costs.BillingCurrency == currency), *days)
    spent = execute(_spent(mine, settings, table("tag_sets")))
    keys, groups = _coverage(spent, execute, settings)
    violations, allocations = table("violations"), table("allocations")
    unowned, plugin = newest(allocations, execute)
    here = between(unowned.filter(unowned.owner == UNALLOCATED, unowned.BillingCurrency == currency), *days)
    found = violations.filter(violations.status == "open", violations.BillingCurrency.fill_null(currency) == currency)
    return Compliance(
        currency,
        {name: row["cost"] for name, row in sorted(sums.items())},
        *days,
        keys,
        groups,
        execute(by_rule(found)).to_pylist(),
        _named(execute(offenders(found).limit(_OFFENDERS)).to_pylist(), costs, execute),
        execute(_unowned(here)).to_pylist(),
        _was_evaluated(table, execute),
        bool(plugin),
    )


def _was_evaluated(table: Callable[[str], ir.Table], execute: Execute) -> bool:
    """Whether a policy ever ran: one that found nothing leaves no violations."""
    runs, violations = table("runs"), table("violations")
    succeeded = runs.filter(runs.plugin_type == "policy", runs.status == "succeeded")
    return any(execute(rows.limit(1)).num_rows for rows in (violations, succeeded))


def _spent(costs: ir.Table, settings: Any, tag_sets: ir.Table) -> ir.Table:
    """Positive spend by group and set of tags: some hundred rows of many millions, with ``Tags`` and the settings' cost."""
    spent = costs.filter(amount(costs, settings.cost) > 0)
    by_set = "_tag_id" in spent.columns
    group = tag(spent, "team").fill_null("(none)") if settings.by == "team" else dimension(spent, settings.by)
    tags = spent["_tag_id"] if by_set else spent.Tags
    sums = spent.group_by(group=group, tags=tags, BillingCurrency=spent.BillingCurrency).aggregate(cost=amount(spent, settings.cost).sum())
    if by_set:
        sums = sums.left_join(tag_sets, sums.tags == tag_sets.tag_id).select("group", "BillingCurrency", "cost", "Tags")
    else:
        sums = sums.rename(Tags="tags")
    return sums.rename({settings.cost: "cost"})


def _coverage(spent: pa.Table, execute: Execute, settings: Any) -> tuple[Rows, Rows]:
    """Of each tag, and of each tag by group; the tags that most spend carries unless they are named."""
    import ibis

    table = ibis.memtable(spent)
    keys = settings.tags or execute(tag_keys(table, settings.cost).limit(_KEYS))["key"].to_pylist()
    of_all, by_group = [], []
    for key in keys:
        of_all += [{"tag": key, **row} for row in execute(coverage(table, key, metric=settings.cost)).to_pylist()]
        by_group += [{"tag": key, **row} for row in execute(coverage(table, key, by=["group"], metric=settings.cost)).to_pylist()]
    size = {row["group"]: row["cost"] for row in by_group}
    largest = sorted(size, key=lambda name: (-size[name], name))[: settings.top]
    kept = [row for name in largest for row in by_group if row["group"] == name]
    return sorted(of_all, key=lambda row: -row["coverage"]), kept


def _named(found: Rows, costs: ir.Table, execute: Execute) -> Rows:
    """With the names that the bills have for these resources; else the end of the id stands for it."""
    ids = [row["resource"] for row in found if row["resource"] is not None]
    mine = costs.filter(costs.ResourceId.isin(ids))
    told = execute(mine.group_by("ResourceId").aggregate(name=mine.ResourceName.nullif("").max())).to_pylist() if ids else []
    names = {row["ResourceId"]: row["name"] for row in told}
    return [{**row, "name": names.get(row["resource"]) or _name(row)} for row in found]


def _name(row: dict[str, Any]) -> str:
    resource: str | None = row["resource"]
    return resource.rpartition("/")[2] or resource if resource else f"no resource, {row['account']}"


def _unowned(here: ir.Table) -> ir.Table:
    import ibis

    sums = here.group_by(service=here.ServiceName.coalesce("(none)")).aggregate(cost=here.amount.sum())
    return sums.order_by([ibis.desc("cost"), "service"])
