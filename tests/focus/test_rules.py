"""Every rule fires on one row made for it and is silent on the healthy row next to it."""

from __future__ import annotations

from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from finopsnb import focus
from finopsnb.focus.columns import COLUMNS, VERSIONS
from finopsnb.focus.rules import ROW_RULES, Rule, rules

from .rows import COVERED, TAX, USAGE, said, texts

Changes = dict[str, Any]
PURCHASE: Changes = {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time"}
COMMITMENT: Changes = {
    **COVERED,
    **PURCHASE,
    "PricingCategory": "Standard",
    "EffectiveCost": "0",
    "CommitmentDiscountStatus": None,
}

#: rule and column: the changes that break it, and the changes of a healthy row as like it as can be
CASES: dict[tuple[str, str], tuple[Changes, Changes]] = {
    ("period-ends-before-it-starts", "BillingPeriodEnd"): (
        {"BillingPeriodEnd": "2024-09-01"},
        {"BillingPeriodEnd": "2024-09-20"},
    ),
    ("period-ends-before-it-starts", "ChargePeriodEnd"): (
        {"ChargePeriodEnd": "2024-09-18T21:00:00Z"},
        {"ChargePeriodEnd": "2024-09-18T22:00:01Z"},
    ),
    ("billed-before-charge", "BillingPeriodStart"): (
        {"ChargePeriodStart": "2024-08-31T22:00:00Z", "ChargePeriodEnd": "2024-09-01T00:00:00Z"},
        {
            "ChargePeriodStart": "2024-08-31T22:00:00Z",
            "ChargePeriodEnd": "2024-09-01T00:00:00Z",
            "ChargeClass": "Correction",
        },
    ),
    ("billing-period-not-whole-months", "BillingPeriodStart"): ({"BillingPeriodStart": "2024-09-02"}, {}),
    ("currency-not-iso-4217", "BillingCurrency"): ({"BillingCurrency": "Euro"}, {"BillingCurrency": "eur"}),
    ("purchase-usage-based", "ChargeFrequency"): ({**PURCHASE, "ChargeFrequency": "Usage-Based"}, PURCHASE),
    ("commitment-purchase-not-amortised", "EffectiveCost"): ({**COMMITMENT, "EffectiveCost": "1"}, COMMITMENT),
    ("commitment-usage-without-status", "CommitmentDiscountStatus"): (
        {**COVERED, "CommitmentDiscountStatus": None},
        COVERED,
    ),
    ("used-commitment-without-quantity", "ConsumedQuantity"): (
        {**COVERED, "ConsumedQuantity": None},
        {**COVERED, "ConsumedQuantity": None, "CommitmentDiscountStatus": "Unused"},
    ),
    ("commitment-covers-standard-price", "PricingCategory"): ({**COVERED, "PricingCategory": "Standard"}, COVERED),
    ("credit-positive", "BilledCost"): (
        {"ChargeCategory": "Credit", "BilledCost": "1"},
        {"ChargeCategory": "Credit", "BilledCost": "-1"},
    ),
    ("subcategory-of-another-category", "ServiceSubcategory"): (
        {"ServiceCategory": "Storage"},
        {"ServiceCategory": "Storage", "ServiceSubcategory": "Object Storage"},
    ),
    ("cost-is-not-quantity-times-price", "ListCost"): ({"ListCost": "0.30"}, {"ListCost": "0.245"}),
    ("cost-is-not-quantity-times-price", "ContractedCost"): (
        {"ContractedCost": "3"},
        {"ContractedCost": "3", "ChargeClass": "Correction"},
    ),
    ("negative-price", "ListUnitPrice"): ({"ListUnitPrice": "-0.12"}, {"ListUnitPrice": "0", "ListCost": "0"}),
    ("negative-price", "ContractedUnitPrice"): ({"ContractedUnitPrice": "-1"}, {"ContractedUnitPrice": "0"}),
    ("needed-for-usage-and-purchase", "PricingQuantity"): ({"PricingQuantity": None}, {**TAX}),
    ("needed-for-usage-and-purchase", "PricingUnit"): (
        {"PricingUnit": None},
        {"PricingUnit": None, "PricingQuantity": None, "ChargeCategory": "Adjustment"},
    ),
    ("quantity-without-unit", "PricingUnit"): ({"PricingUnit": None}, {"PricingUnit": None, "PricingQuantity": None}),
    ("quantity-without-unit", "ConsumedUnit"): (
        {"ConsumedUnit": None},
        {"ConsumedUnit": None, "ConsumedQuantity": None},
    ),
    ("quantity-without-unit", "CommitmentDiscountUnit"): ({**COVERED, "CommitmentDiscountUnit": None}, COVERED),
    ("without-its-owner", "CapacityReservationStatus"): (
        {"CapacityReservationStatus": "Used"},
        {"CapacityReservationStatus": "Used", "CapacityReservationId": "cr-1"},
    ),
    ("without-its-owner", "SubAccountType"): ({"SubAccountId": None}, {"SubAccountId": None, "SubAccountType": None}),
    ("without-its-owner", "ResourceType"): ({"ResourceId": None}, {"ResourceId": None, "ResourceType": None}),
    ("needed-with-its-owner", "CommitmentDiscountCategory"): ({**COVERED, "CommitmentDiscountCategory": None}, COVERED),
    ("needed-with-its-owner", "CommitmentDiscountType"): ({**COVERED, "CommitmentDiscountType": None}, COVERED),
}
for name in ("Category", "Name", "Type", "Status", "Quantity"):
    column = f"CommitmentDiscount{name}"
    CASES["without-its-owner", column] = ({column: COVERED[column]}, COVERED)
for column in ("PricingQuantity", "PricingUnit", "PricingCategory", "ListUnitPrice", "ContractedUnitPrice", "SkuId"):
    CASES["not-in-tax", column] = ({**TAX, column: USAGE[column]}, TAX)


ALL_RULES = {(rule.id, rule.column): rule for version in VERSIONS for rule in rules(version)}
for rule in ALL_RULES.values():
    if rule not in ROW_RULES:
        CASES[rule.id, rule.column] = ({rule.column: None if rule.id == "not-null" else "Elsewhere"}, {})

Broken = dict[tuple[str, str, str], set[tuple[str, str]]]


@pytest.fixture(scope="module")
def broken() -> Broken:
    """The rules that each row breaks: one row per rule that should, and one that should not."""
    changes = {(kind, *key): case[kind == "healthy"] for key, case in CASES.items() for kind in ("broken", "healthy")}
    table, _ = focus.normalise(texts(*changes.values()).append_column("x_case", pa.array(map("|".join, changes))))
    stage = ibis.table(ibis.Schema.from_pyarrow(table.schema), name="stage")
    verdicts = {"|".join(key): rule.violated(stage).fill_null(False) for key, rule in ALL_RULES.items()}
    with duckdb.connect() as connection:
        connection.register("stage", table)
        answer = connection.sql(focus.sql(stage.select("x_case", **verdicts))).to_arrow_table().to_pylist()
    assert len(answer) == len(changes)
    return {_key(row.pop("x_case")): {_key(name) for name, said in row.items() if said} for row in answer}


def _key(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("|"))


def _name(rule: Rule) -> str:
    return f"{rule.id}:{rule.column}"


def test_every_rule_has_its_case() -> None:
    assert set(ALL_RULES) == set(CASES)
    assert len(ROW_RULES) >= 25


def test_the_healthy_row_breaks_nothing() -> None:
    findings = focus.normalise(texts({}, COVERED, TAX, COMMITMENT), version="1.3")[1]
    assert [finding for finding in findings if finding.rule != "column-missing"] == []


@pytest.mark.parametrize("rule", ALL_RULES.values(), ids=_name)
def test_fires_and_is_silent(rule: Rule, broken: Broken) -> None:
    key = rule.id, rule.column
    assert key in broken["broken", *key]
    assert key not in broken["healthy", *key]


def test_not_null_and_allowed_values_through_check() -> None:
    findings = focus.normalise(texts({"BilledCost": None, "ChargeFrequency": "Sometimes"}, {}))[1]
    assert said(findings, "not-null") == {"BilledCost": 1}
    assert said(findings, "allowed-values") == {"ChargeFrequency": 1}
    assert [finding.example for finding in findings if finding.rule == "allowed-values"] == ["Sometimes"]


@pytest.mark.parametrize("rule", ALL_RULES.values(), ids=_name)
def test_a_rule_names_its_columns_and_its_place_in_the_specification(rule: Rule) -> None:
    assert {rule.column, *rule.needs} <= set(COLUMNS)
    assert rule.source
    assert rule.severity in ("error", "warning", "info")


def test_a_rule_without_its_columns_is_not_applied() -> None:
    table = texts({"ResourceId": None}).drop_columns(["ResourceId"])
    assert said(focus.normalise(table)[1], "without-its-owner") == {}


def test_the_example_shows_the_columns_that_matter() -> None:
    (finding,) = (one for one in focus.normalise(texts({"ListCost": "0.30"}))[1] if one.rule.startswith("cost-is-not"))
    assert finding.example == "ListCost=0.3, ListUnitPrice=0.12, PricingQuantity=2, ChargeClass=null"


def test_quarantined_rows_are_held_against_no_rule() -> None:
    findings = focus.normalise(texts({"BilledCost": "€5", "ResourceId": None}))[1]
    assert {finding.rule for finding in findings} >= {"unreadable-value"}
    assert said(findings, "without-its-owner") == {}


def test_few_rows_are_not_called_rounded() -> None:
    rows = [{"BilledCost": "0.5", "EffectiveCost": "1"}] * 4
    assert said(focus.normalise(texts(*rows))[1], "effective-cost-rounded") == {}
    assert said(focus.normalise(texts(*rows, *rows[:1]))[1], "effective-cost-rounded") == {"EffectiveCost": 5}


def test_one_fraction_is_enough_not_to_be_rounded() -> None:
    rows = [{"BilledCost": "0.5", "EffectiveCost": "1"}] * 9 + [{"EffectiveCost": "0.1"}]
    assert said(focus.normalise(texts(*rows))[1], "effective-cost-rounded") == {}
