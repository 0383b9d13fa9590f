"""What a rule is, and the families of rules that differ only in the columns they look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis

from finopsnb.focus.floats import as_float

__all__ = [
    "Condition",
    "Row",
    "Rule",
    "missing_when_sold",
    "needed_with",
    "negative",
    "period",
    "present_in_tax",
    "product",
    "regular",
    "unit_missing",
    "without",
]

Row = Any
Condition = Callable[[Row], Any]


@dataclass(frozen=True)
class Rule:
    """``violated`` of a normalised table says which rows break it; ``needs`` are the columns it looks at."""

    id: str
    column: str
    severity: str
    needs: tuple[str, ...]
    violated: Condition
    message: str
    source: str
    #: whether asking takes so long that it is done once
    is_costly: bool = False


def regular(t: Row) -> Any:
    """Not a correction of an earlier billing period."""
    return t.ChargeClass.isnull() | (t.ChargeClass != "Correction")


def _sold(t: Row) -> Any:
    return t.ChargeCategory.isin(["Usage", "Purchase"]) & regular(t)


def missing_when_sold(name: str) -> Rule:
    return Rule(
        "needed-for-usage-and-purchase",
        name,
        "warning",
        (name, "ChargeCategory", "ChargeClass"),
        lambda t: t[name].isnull() & _sold(t),
        f"{name} must not be null for usage and purchases",
        f"{name}: must not be null when ChargeCategory is Usage or Purchase and ChargeClass is not Correction",
    )


def present_in_tax(name: str) -> Rule:
    return Rule(
        "not-in-tax",
        name,
        "warning",
        (name, "ChargeCategory"),
        lambda t: t[name].notnull() & (t.ChargeCategory == "Tax"),
        f"{name} must be null for taxes",
        f"{name}: must be null when ChargeCategory is Tax",
    )


def without(name: str, owner: str) -> Rule:
    return Rule(
        "without-its-owner",
        name,
        "warning",
        (name, owner),
        lambda t: t[name].notnull() & t[owner].isnull(),
        f"{name} must be null where {owner} is",
        f"{name}: must be null when {owner} is null",
    )


def needed_with(name: str, owner: str) -> Rule:
    return Rule(
        "needed-with-its-owner",
        name,
        "warning",
        (name, owner),
        lambda t: t[name].isnull() & t[owner].notnull(),
        f"{name} must not be null where {owner} is not",
        f"{name}: must not be null when {owner} is not null",
    )


def unit_missing(quantity: str, unit: str) -> Rule:
    return Rule(
        "quantity-without-unit",
        unit,
        "warning",
        (quantity, unit),
        lambda t: t[quantity].notnull() & t[unit].isnull(),
        f"{unit} must not be null where {quantity} is not",
        f"{unit}: the unit of {quantity}",
    )


def negative(name: str) -> Rule:
    return Rule(
        "negative-price",
        name,
        "warning",
        (name,),
        lambda t: t[name] < 0,
        f"{name} must not be negative",
        f"{name}: number range: any valid non-negative decimal value",
    )


def period(start: str, end: str) -> Rule:
    return Rule(
        "period-ends-before-it-starts",
        end,
        "error",
        (start, end),
        lambda t: t[end] <= t[start],
        f"{end} must be after {start}",
        f"{end}: the exclusive end of the period that {start} begins",
    )


#: a cost may differ from quantity times price by so much of itself, and by one cent, before it counts
_TOLERANCE = 0.01


def product(price: str, cost: str) -> Rule:
    def differs(t: Row) -> Any:
        product, amount = as_float(t, "PricingQuantity") * as_float(t, price), as_float(t, cost)
        off = (product - amount).abs() > _TOLERANCE + _TOLERANCE * ibis.greatest(product.abs(), amount.abs())
        return off & regular(t) & (t.CommitmentDiscountId.isnull() if "CommitmentDiscountId" in t.columns else True)

    return Rule(
        "cost-is-not-quantity-times-price",
        cost,
        "warning",
        (cost, price, "PricingQuantity", "ChargeClass"),
        differs,
        f"{cost} is not PricingQuantity times {price}",
        f"{cost}: the product of {price} and PricingQuantity, corrections aside",
        is_costly=True,  # where the floats are not there
    )
