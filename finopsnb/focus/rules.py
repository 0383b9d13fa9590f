"""The rules of FOCUS that one row alone can break, as data.

A rule is kept only where breaking it is a fault beyond doubt: the specification's own worked examples break none of
them. Two kinds are made from the columns (not-null, allowed-values), the others are listed here, each with its place in
the specification. Corrections (ChargeClass) may say anything about quantities, prices and periods, so those rules leave
them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from finopsnb.focus._engine import is_one_of
from finopsnb.focus.columns import COLUMNS, Column, columns_of, service_subcategory_parents
from finopsnb.focus.instants import start_of_month
from finopsnb.focus.rule import (
    Condition,
    Row,
    Rule,
    missing_when_sold,
    needed_with,
    negative,
    period,
    present_in_tax,
    product,
    regular,
    unit_missing,
    without,
)

__all__ = ["ROW_RULES", "Rule", "rules"]


def rules(version: str) -> list[Rule]:
    """All rules for that FOCUS version.

    >>> len({(rule.id, rule.column) for rule in rules("1.2")}) == len(rules("1.2"))
    True
    """
    columns = columns_of(version)
    return [*_not_null(columns), *_allowed(), *ROW_RULES]


def _not_null(columns: list[Column]) -> Iterator[Rule]:
    for column in columns:
        if not column.nullable:
            severity = "error" if column.mandatory else "warning"
            yield Rule(
                "not-null",
                column.name,
                severity,
                (column.name,),
                _is_null(column.name),
                f"{column.name} must not be null",
                f"{column.name}: allows nulls: false",
            )


def _is_null(name: str) -> Condition:
    return lambda t: t[name].isnull()


def _not_allowed(column: Column) -> Condition:
    return lambda t: t[column.name].notnull() & ~is_one_of(t[column.name], column.allowed_values)


def _allowed() -> Iterator[Rule]:
    for column in COLUMNS.values():
        if column.allowed_values:
            yield Rule(
                "allowed-values",
                column.name,
                "warning",
                (column.name,),
                _not_allowed(column),
                f"not one of the values that {column.name} allows",
                f"{column.name}: allowed values",
            )


def _outside_billing_period(t: Row) -> Any:
    elsewhere = (t.ChargePeriodEnd <= t.BillingPeriodStart) | (t.ChargePeriodStart >= t.BillingPeriodEnd)
    return elsewhere & (t.ChargeCategory == "Usage") & regular(t)


def _other_service_category(t: Row) -> Any:
    parent = t.ServiceSubcategory.cases(*service_subcategory_parents().items(), else_=ibis.null("string"))
    return t.ServiceCategory != parent


def _commitment_usage(t: Row) -> Any:
    return (t.ChargeCategory == "Usage") & t.CommitmentDiscountId.notnull()


ROW_RULES: tuple[Rule, ...] = (
    period("BillingPeriodStart", "BillingPeriodEnd"),
    period("ChargePeriodStart", "ChargePeriodEnd"),
    Rule(
        "billed-before-charge",
        "BillingPeriodStart",
        "warning",
        (
            "BillingPeriodStart",
            "BillingPeriodEnd",
            "ChargePeriodStart",
            "ChargePeriodEnd",
            "ChargeCategory",
            "ChargeClass",
        ),
        _outside_billing_period,
        "usage is billed in a period that it does not touch, and is no correction",
        "ChargeClass: must be Correction when the row corrects an earlier billing period; glossary: billing period",
    ),
    Rule(
        "billing-period-not-whole-months",
        "BillingPeriodStart",
        "info",
        ("BillingPeriodStart",),
        lambda t: t.BillingPeriodStart != start_of_month(t.BillingPeriodStart),
        "the billing period does not begin with a month in UTC",
        "BillingPeriodStart: billing periods are commonly calendar months",
    ),
    Rule(
        "currency-not-iso-4217",
        "BillingCurrency",
        "warning",
        ("BillingCurrency",),
        lambda t: ~t.BillingCurrency.re_search("^[A-Z]{3}$"),
        "BillingCurrency must be a code of three capital letters",
        "Currency Format: national currencies as ISO 4217",
    ),
    Rule(
        "purchase-usage-based",
        "ChargeFrequency",
        "warning",
        ("ChargeFrequency", "ChargeCategory"),
        lambda t: (t.ChargeCategory == "Purchase") & (t.ChargeFrequency == "Usage-Based"),
        "a purchase is one-time or recurring",
        "ChargeFrequency: must not be Usage-Based when ChargeCategory is Purchase",
    ),
    Rule(
        "commitment-purchase-not-amortised",
        "EffectiveCost",
        "warning",
        ("EffectiveCost", "ChargeCategory", "CommitmentDiscountId"),
        lambda t: (t.ChargeCategory == "Purchase") & t.CommitmentDiscountId.notnull() & (t.EffectiveCost != 0),
        "the purchase of a commitment must have an EffectiveCost of 0; else it is counted twice",
        "EffectiveCost: must be 0 when ChargeCategory is Purchase and it covers future eligible charges",
    ),
    Rule(
        "commitment-usage-without-status",
        "CommitmentDiscountStatus",
        "warning",
        ("CommitmentDiscountStatus", "CommitmentDiscountId", "ChargeCategory"),
        lambda t: _commitment_usage(t) & t.CommitmentDiscountStatus.isnull(),
        "usage with a commitment must say whether it used it",
        "CommitmentDiscountStatus: must not be null when CommitmentDiscountId is not null and ChargeCategory is Usage",
    ),
    Rule(
        "used-commitment-without-quantity",
        "ConsumedQuantity",
        "warning",
        ("ConsumedQuantity", "CommitmentDiscountStatus", "ChargeCategory", "ChargeClass"),
        lambda t: (t.ChargeCategory == "Usage") & (t.CommitmentDiscountStatus == "Used") & regular(t) & t.ConsumedQuantity.isnull(),
        "usage of a commitment must say how much was consumed",
        "ConsumedQuantity: must not be null when ChargeCategory is Usage and CommitmentDiscountStatus is Used",
    ),
    Rule(
        "commitment-covers-standard-price",
        "PricingCategory",
        "info",
        ("PricingCategory", "CommitmentDiscountStatus", "ChargeCategory"),
        lambda t: (t.ChargeCategory == "Usage") & t.CommitmentDiscountStatus.notnull() & (t.PricingCategory != "Committed"),
        "usage covered by a commitment must have the PricingCategory Committed",
        "PricingCategory: must be Committed when the charge is subject to an existing commitment discount",
    ),
    Rule(
        "credit-positive",
        "BilledCost",
        "info",
        ("BilledCost", "ChargeCategory", "ChargeClass"),
        lambda t: (t.ChargeCategory == "Credit") & (t.BilledCost > 0) & regular(t),
        "a credit that adds to the bill; credits are negative unless they are corrected",
        "ChargeCategory: Credit, positive or negative charges granted by the provider",
    ),
    Rule(
        "subcategory-of-another-category",
        "ServiceSubcategory",
        "warning",
        ("ServiceSubcategory", "ServiceCategory"),
        _other_service_category,
        "the ServiceSubcategory belongs to another ServiceCategory",
        "ServiceSubcategory: allowed values with their parent ServiceCategory",
    ),
    product("ListUnitPrice", "ListCost"),
    product("ContractedUnitPrice", "ContractedCost"),
    negative("ListUnitPrice"),
    negative("ContractedUnitPrice"),
    missing_when_sold("PricingQuantity"),
    missing_when_sold("PricingUnit"),
    present_in_tax("PricingQuantity"),
    present_in_tax("PricingUnit"),
    present_in_tax("PricingCategory"),
    present_in_tax("ListUnitPrice"),
    present_in_tax("ContractedUnitPrice"),
    present_in_tax("SkuId"),
    unit_missing("PricingQuantity", "PricingUnit"),
    unit_missing("ConsumedQuantity", "ConsumedUnit"),
    unit_missing("CommitmentDiscountQuantity", "CommitmentDiscountUnit"),
    without("CommitmentDiscountCategory", "CommitmentDiscountId"),
    without("CommitmentDiscountName", "CommitmentDiscountId"),
    without("CommitmentDiscountType", "CommitmentDiscountId"),
    without("CommitmentDiscountStatus", "CommitmentDiscountId"),
    without("CommitmentDiscountQuantity", "CommitmentDiscountId"),
    without("CapacityReservationStatus", "CapacityReservationId"),
    without("SubAccountType", "SubAccountId"),
    without("ResourceType", "ResourceId"),
    needed_with("CommitmentDiscountCategory", "CommitmentDiscountId"),
    needed_with("CommitmentDiscountType", "CommitmentDiscountId"),
)
