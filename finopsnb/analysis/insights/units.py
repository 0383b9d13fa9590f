"""What a unit costs of what most is spent on; tokens of language models by the million."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from finopsnb.analysis.cost import provider
from finopsnb.analysis.insights.asking import asked, condition, of_usage
from finopsnb.analysis.insights.finding import Finding, moved
from finopsnb.analysis.insights.windows import Look, Window, daily, within

__all__ = ["unit_costs"]

_TOP = 5
_MILLION = 1_000_000
#: a smaller relative change is one of floats
_NONE = 1e-9
_TOKENS = re.compile(r"(?i)(?:1?(?P<many>[km])\s*|1\s*)?tokens?")
_SKU = ("provider", "ServiceName", "SkuMeter", "SkuId", "ConsumedUnit")


def unit_costs(look: Look) -> Iterator[Finding]:
    """EffectiveCost per ConsumedUnit of the SKUs that cost most; its money is the change of the price at the quantity of now."""
    for window in look.windows:
        for row in look.rows(_skus(look, window)):
            yield _finding(row, window)


def _skus(look: Look, window: Window) -> Any:
    """The quantities and costs of now and before; what nobody used of a commitment is no use of a unit."""
    import ibis

    use = daily(look.costs)
    use = use.filter(use.BillingCurrency == window.currency, within(use, (window.before[0], window.end)), use.ConsumedQuantity > 0)
    use = use.filter(use.ConsumedUnit.notnull(), use.CommitmentDiscountStatus.fill_null("") != "Unused").mutate(provider=provider(use))
    now, before = within(use, window.now), within(use, window.before)
    sums = use.group_by(_SKU).aggregate(
        cost=use.EffectiveCost.sum(where=now),
        quantity=use.ConsumedQuantity.sum(where=now),
        cost_before=use.EffectiveCost.sum(where=before),
        quantity_before=use.ConsumedQuantity.sum(where=before),
    )
    return sums.filter(sums.cost > 0).order_by([ibis.desc("cost"), *_SKU]).limit(_TOP)


def _per(unit: str) -> tuple[int, str]:
    """What a unit is told by, and how many of it that are.

    >>> _per("1K Tokens"), _per("Hours")
    ((1000, 'million tokens'), (1, 'Hours'))
    """
    found = _TOKENS.fullmatch(unit.strip())
    if not found:
        return 1, unit
    return _MILLION // {"k": 1000, "m": _MILLION}.get((found["many"] or "").lower(), 1), "million tokens"


def _finding(row: Mapping[str, Any], window: Window) -> Finding:
    by, what = _per(row["ConsumedUnit"])
    unit = f"{window.currency} per {what}"
    now = by * float(row["cost"]) / float(row["quantity"])
    before = by * float(row["cost_before"]) / float(row["quantity_before"]) if window.days and row["quantity_before"] else None
    change = (now - before) / before if before else None
    rank = abs(row["cost"] * Decimal(repr(change / (1 + change)))) if change and abs(change) > _NONE and change > -1 else Decimal(0)
    sku = {name: row[name] for name in _SKU}
    where = condition({"BillingCurrency": window.currency, **sku})
    name = row["SkuMeter"] or row["SkuId"] or "usage"
    times = f"{by} * " if by > 1 else ""
    each = f"{times}sum(EffectiveCost)::double / sum(ConsumedQuantity)::double as unit_cost"
    unused = "CommitmentDiscountStatus is distinct from 'Unused'"
    return Finding(
        "unit-cost",
        tuple(str(value) for value in sku.values()),
        f"{name} of {row['ServiceName'] or 'no service'} costs {now:.4g} {unit}{moved(change, f'in {window.earlier}')}",
        now,
        unit,
        window.currency,
        rank,
        ("product", "engineering"),
        asked(f"{each}, sum(EffectiveCost) as cost", of_usage(window.now), "ConsumedQuantity > 0", unused, where),
        "unit_cost",
        before=before,
        how=window.how,
        detail=f"{row['quantity'].normalize():,f} {row['ConsumedUnit']} in {window.told}.",
        dashboard="cost-overview",
        options={"by": "service", "cost": "EffectiveCost", "currency": window.currency},
    )
