"""Whose cost it is: what nobody pays for, what carries no tag, and what each product costs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from finopsnb.analysis.allocation import UNALLOCATED
from finopsnb.analysis.coverage import coverage
from finopsnb.analysis.insights.asking import asked, call, condition, of_days
from finopsnb.analysis.insights.finding import Finding, money, moved
from finopsnb.analysis.insights.windows import Look, Window, within
from finopsnb.analysis.tags import spelled, tag, tag_set

__all__ = ["products", "unallocated", "untagged"]

_TOP = 5
#: keys that people use for who owns a cost and what product it is for, the usual ones first
_OWNERS = ("team", "owner", "cost-center", "cost_center", "costcenter", "costcentre", "squad", "department")
_PRODUCTS = ("product", "application", "app", "service", "project", "workload")


def unallocated(look: Look) -> Iterator[Finding]:
    """What each attribution plugin gave to nobody, of what it allocated in the window."""
    allocations = look.table("allocations")
    for window in look.windows:
        mine = allocations.filter(allocations.BillingCurrency == window.currency)
        keys = mine.group_by("plugin")
        nobody = mine.owner == UNALLOCATED
        now, before = within(mine, window.now), within(mine, window.before)
        zero = Decimal(0)
        rows = keys.aggregate(
            gap=mine.amount.sum(where=nobody & now).fill_null(zero),
            whole=mine.amount.sum(where=now).fill_null(zero),
            gap_before=mine.amount.sum(where=nobody & before).fill_null(zero),
        )
        for row in look.rows(rows.order_by("plugin")):
            if row["gap"] and row["whole"]:
                yield _gap(row, window)


def _gap(row: dict[str, Any], window: Window) -> Finding:
    values = {"BillingCurrency": window.currency, "plugin": row["plugin"], "owner": UNALLOCATED}
    return Finding(
        "unallocated",
        (row["plugin"],),
        f"{money(row['gap'], window.currency)}, {row['gap'] / row['whole']:.1%} of the cost of {window.told}, is allocated to nobody",
        row["gap"],
        window.currency,
        window.currency,
        abs(row["gap"]),
        ("finops", "finance"),
        asked("sum(amount) as amount", condition(values), of_days(window.now), source="allocations"),
        "amount",
        before=row["gap_before"] if window.days else None,
        how=window.how,
        detail=f"By the plugin {row['plugin']}, of {money(row['whole'], window.currency)}.",
        dashboard="allocation",
    )


def untagged(look: Look) -> Iterator[Finding]:
    """How much of each provider's cost does not say who owns it, by the tag that is used for it."""
    key = look.owner_tag or _used(look, _OWNERS + _PRODUCTS)
    for window in look.windows if key else ():
        now, before = _coverages(look, window, key)
        for name, row in sorted(now.items()):
            missing: Decimal = row["cost"] - row["tagged"]
            if not missing:
                continue
            yield Finding(
                "untagged",
                (name, key),
                f"{row['coverage']:.1%} of the cost of {name} carries the tag {key}; {money(missing, window.currency)} does not",
                row["coverage"],
                "share of cost",
                window.currency,
                missing,
                ("finops", "product"),
                call("query", "analyze-tag-coverage", tag=key, start=window.now[0], end=window.now[1], currency=window.currency),
                "coverage",
                {"ServiceProviderName": name},
                before=before[name]["coverage"] if window.days and name in before else None,
                how=window.how,
                detail=f"{money(row['tagged'], window.currency)} of {money(row['cost'], window.currency)} in {window.told} carries it.",
                dashboard="compliance",
            )


def products(look: Look) -> Iterator[Finding]:
    """What the products that cost most cost, by the tag that is used for them."""
    key = look.tag or _used(look, _PRODUCTS + _OWNERS)
    for window in look.windows if key else ():
        for row in sorted(look.rows(_sums(look, window, key)), key=lambda one: (-one["now"], one["product"]))[:_TOP]:
            yield _product(row, key, window)


def _sums(look: Look, window: Window, key: str) -> Any:
    """By ``product`` the costs ``now`` and ``before``."""
    costs = _around(look, window)
    sets = costs.group_by(_set=tag_set(costs)).aggregate(
        Tags=costs.Tags.arbitrary(),
        now=costs.EffectiveCost.sum(where=within(costs, window.now)),
        before=costs.EffectiveCost.sum(where=within(costs, window.before)),
    )
    named = sets.mutate(product=tag(sets, key))
    named = named.filter(named["product"].notnull())
    zero = Decimal(0)
    return named.group_by("product").aggregate(now=named.now.sum().fill_null(zero), before=named.before.sum().fill_null(zero))


def _product(row: dict[str, Any], key: str, window: Window) -> Finding:
    before = row["before"] if window.days else None
    change = None if not before else float((row["now"] - before) / abs(before))
    period = {"start": window.now[0], "end": window.now[1], "period": "charge", "currency": window.currency}
    return Finding(
        "product-cost",
        (key, row["product"]),
        f"{row['product']} cost {money(row['now'], window.currency)} in {window.told}{moved(change, 'in as many days before')}",
        row["now"],
        window.currency,
        window.currency,
        abs(row["now"] - before) if before is not None else Decimal(0),
        ("product",),
        call("query", "application-cost", tag=key, **period),
        "EffectiveCost",
        {"application": row["product"], "BillingCurrency": window.currency},
        name=row["product"],
        before=before,
        how=window.how,
        detail=f"All charges with the tag {key}={row['product']}, amortised.",
        dashboard="cost-overview",
        options={"cost": "EffectiveCost", "currency": window.currency},
    )


def _coverages(look: Look, window: Window, key: str) -> list[dict[str, dict[str, Any]]]:
    """By provider what carries the tag, now and before."""
    import ibis

    costs = _around(look, window)
    placed = costs.mutate(period=ibis.ifelse(within(costs, window.now), "now", "before"))
    rows = look.rows(coverage(placed, key, by=("provider", "period"), metric="EffectiveCost"))
    return [{row["provider"]: row for row in rows if row["period"] == period} for period in ("now", "before")]


def _around(look: Look, window: Window) -> Any:
    """The costs of the window and of as many days before."""
    return look.costs.filter(look.costs.BillingCurrency == window.currency, within(look.costs, (window.before[0], window.end)))


def _used(look: Look, keys: tuple[str, ...]) -> str:
    """The first of these keys that any charge carries, "" where there is none."""
    sets = look.table("tag_sets")
    told = {spelled(row["key"]) for row in look.rows(sets.select(key=sets.Tags.keys().unnest()).distinct())}
    return next((key for key in keys if key in told), "")
