"""Queries on a few rows each, whose answers are known."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from finopsnb.analysis.queries import QUERIES
from tests.analysis.asking import CONTRACT, PROGRAMS, answer, charge, engine, when

JANUARY = {"start": "2026-01-01", "end": "2026-02-01"}
D = Decimal


@pytest.fixture(scope="module")
def con():
    found = engine()
    yield found
    found.close()


def unused(cost, **values):
    """What of a commitment nobody used: nothing is billed, and there is nothing of it on demand."""
    nothing = dict.fromkeys(("BilledCost", "ListCost", "ContractedCost"), 0)
    return charge(cost=cost, CommitmentDiscountId="sp", CommitmentDiscountStatus="Unused", PricingCategory="Committed", **nothing) | values


def used(cost, listed, **values):
    free = {"BilledCost": 0, "ListCost": listed, "ContractedCost": listed}
    return charge(cost=cost, CommitmentDiscountId="sp", CommitmentDiscountStatus="Used", PricingCategory="Committed") | free | values


def bought(cost, **values):
    return charge(cost=cost, ChargeCategory="Purchase", EffectiveCost=0, CommitmentDiscountId="sp", **values)


def months(*costs, **values):
    """A charge in each month from January on; None for none."""
    return [charge(f"2026-{number:02}-10", cost, **values) for number, cost in enumerate(costs, 1) if cost is not None]


def eligible(program, cost, **values):
    details = PROGRAMS if program is PROGRAMS else json.dumps({"CommitmentPrograms": [{"ProgramType": program}]})
    return charge(cost=cost, CommitmentProgramEligibilityDetails=details, **values)


TAGGED = [
    charge(cost="1.10", Tags={"Application ": "shop"}),
    charge(cost=2, Tags={"application": ""}),
    charge(cost=4, BillingCurrency="EUR"),
]
SHARED = {"AllocatedMethodId": "m", "AllocatedResourceId": "pod", "ResourceId": "node"}
BUDGET = {
    "budget": "a 2026",
    "owner": "a",
    "amount": D(4),
    "BillingCurrency": "USD",
    "period_start": when("2026-01-01"),
    "period_end": when("2026-02-01"),
}
CORRECTION = charge(cost=-100, ChargeClass="Correction")
SOLD = {"ServiceProviderName": "Acme", "HostProviderName": "AWS", "InvoiceIssuerName": "AWS"}
SOLD_BEFORE = {
    "ServiceProviderName": None,
    "HostProviderName": None,
    "ProviderName": "AWS",
    "PublisherName": "Acme",
    "InvoiceIssuerName": "AWS",
}
OWN_BEFORE = {
    "ServiceProviderName": None,
    "HostProviderName": None,
    "ProviderName": "AWS",
    "PublisherName": "AWS",
    "InvoiceIssuerName": "Amazon, Inc.",
}
TOKENS = {"PricingCurrency": "Credits", "PricingCurrencyEffectiveCost": 5, "PricingUnit": "Credits", "PricingQuantity": 5}
PRICES = {
    "PricingCurrencyListUnitPrice": "2",
    "PricingCurrencyContractedUnitPrice": "1.5",
    "ListUnitPrice": "4",
    "ContractedUnitPrice": "3",
}
CORES = {"SkuPriceDetails": '{"CoreCount": "4", "InstanceSeries": "m6i"}', "PricingQuantity": "2.5", "PricingUnit": "Hours"}
HALF = {"SkuPriceDetails": '{"InstanceSeries": "m6i", "CoreCount": 0.5}', "PricingQuantity": "4", "PricingUnit": "Hours"}
#: a number longer than a float, and a text that looks like one
LONG = '{"Elements": [{"ContractCommitmentId": "x", "ContractCommitmentAppliedCost": 0.123456789012345678, "x_Note": "say \\": 5 times"}]}'

CASES = [
    # the interval: the last hour counts, the first of the next month does not, and what is charged before does not
    (
        "service-costs-subaccount",
        [charge("2026-01-31T23:00", 1), charge("2026-02-01", 2), charge("2025-12-31T23:00", 4)],
        JANUARY,
        [{"EffectiveCost": D(1)}],
    ),
    (
        "service-costs-subaccount",
        [charge("2026-01-31", 1), charge("2026-01-01", 2)],
        {"start": date(2026, 1, 31)},
        [{"EffectiveCost": D(1)}],
    ),
    (
        "service-costs-subaccount",
        [charge("2026-01-31", 1), charge("2026-01-01", 2)],
        {"end": when("2026-01-31")},
        [{"EffectiveCost": D(2)}],
    ),
    (
        "verify-invoices",
        [charge("2025-12-30", 1, BillingPeriodStart=when("2026-01-01")), charge("2026-02-01", 2)],
        JANUARY,
        [{"BilledCost": D(1)}],
    ),
    ("verify-invoices", [charge("2025-12-30", 1, BillingPeriodStart=when("2026-01-01"))], {**JANUARY, "period": "charge"}, []),
    # the filters, by name or id, one or many
    (
        "verify-invoices",
        [charge(cost=1), charge(cost=2, ServiceProviderName=None, ProviderName="OCI")],
        {"provider": ["OCI"]},
        [{"BilledCost": D(2)}],
    ),
    (
        "verify-invoices",
        [charge(cost=1), charge(cost=2, SubAccountId="b", SubAccountName="two")],
        {"sub_account": "two"},
        [{"BilledCost": D(2)}],
    ),
    ("verify-invoices", [charge(cost=1), charge(cost=2, BillingCurrency="EUR")], {"currency": ("EUR", "GBP")}, [{"BilledCost": D(2)}]),
    ("verify-invoices", [charge(cost=1, ResourceId=None), charge(cost=2, ResourceId="i-1")], {"resource": "i-1"}, [{"BilledCost": D(2)}]),
    # corrections: null is no correction, and is kept
    (
        "verify-discounts-applied",
        [charge(cost=3, ListCost=4), CORRECTION],
        {},
        [{"BilledCost": D(3), "discount": D(1), "discount_rate": 0.25}],
    ),
    (
        "discount-effectiveness-by-service",
        [charge(cost=3, ListCost=10, ContractedCost=8), used(1, 2), unused(1), CORRECTION],
        {},
        [{"BilledCost": D(3), "negotiated_discount": D(2), "commitment_discount": D(5), "total_rate": 7 / 12}],
    ),
    ("report-corrections", [charge(cost=3), CORRECTION], {}, [{"BilledCost": D(-100)}]),
    ("corrections-by-subaccount", [charge(cost=3), CORRECTION], {}, [{"SubAccountId": "a", "BilledCost": D(-100)}]),
    # savings: commitments that nobody used cost; purchases and tax are no prices; nothing is divided by 0
    (
        "effective-savings-rate",
        [used(6, 10), unused(1), bought(7), charge(cost=5, ListCost=10), charge(cost=2, ChargeCategory="Tax")],
        {},
        [
            {
                "ListCost": D(20),
                "EffectiveCost": D(12),
                "savings": D(8),
                "effective_savings_rate": 0.4,
                "effective_savings_rate_over_contract": 0.2,
            }
        ],
    ),
    (
        "effective-savings-rate",
        [unused(1), charge(cost=0, BillingCurrency="EUR")],
        {},
        [
            {"BillingCurrency": "EUR", "effective_savings_rate": None},
            {"BillingCurrency": "USD", "effective_savings_rate": None, "savings": D(-1)},
        ],
    ),
    (
        "effective-savings-rate-services",
        [charge(cost=1, ListCost=2), charge(cost=1, ListCost=5, ServiceName="S3")],
        {},
        [{"ServiceName": "S3", "effective_savings_rate": 0.8}, {"ServiceName": "EC2", "effective_savings_rate": 0.5}],
    ),
    # tags: spelled in any way, an empty value is none, and currencies stay apart
    (
        "allocate-application-multi-currency",
        TAGGED,
        {},
        [
            {"application": "shop", "BilledCost": D("1.1")},
            {"application": None, "BillingCurrency": "EUR", "BilledCost": D(4)},
            {"application": None, "BilledCost": D(2)},
        ],
    ),
    ("update-application-budgets", TAGGED, {"tag": "team", "currency": "USD"}, [{"application": None, "BilledCost": D("3.1")}]),
    (
        "analyze-tag-coverage",
        [*TAGGED, charge(cost=-5)],
        {"currency": "USD"},
        [{"cost": D("3.1"), "tagged": D("1.1"), "coverage": 1.1 / 3.1}],
    ),
    ("analyze-tag-coverage", [charge(cost=0), charge(cost=-5)], {}, []),
    (
        "application-cost",
        months(1, 3),
        {},
        [{"EffectiveCost": D(1), "previous": None, "change_rate": None}, {"EffectiveCost": D(3), "change": D(2), "change_rate": 2.0}],
    ),
    # month over month: a month without a row was 0, and nothing is divided by it
    (
        "service-costs-month-over-month",
        [*months(1, None, 3), charge("2026-02-01", 9, ServiceName="S3")],
        {"service": "EC2"},
        [
            {"period": date(2026, 1, 1), "previous": None, "change": None},
            {"period": date(2026, 3, 1), "previous": D(0), "change": D(3), "change_rate": None},
        ],
    ),
    (
        "compare-usage-month-over-month",
        [*months(1, 1, ConsumedQuantity=2, ConsumedUnit="GB"), charge("2026-02-02", ConsumedQuantity="0.5", ConsumedUnit="Hours")],
        {},
        [
            {"ConsumedUnit": "GB", "previous": None},
            {"ConsumedUnit": "GB", "ConsumedQuantity": D(2), "change": D(0)},
            {"ConsumedUnit": "Hours", "previous": D(0)},
        ],
    ),
    # unit prices: one row per unit, null where there is no quantity
    (
        "calculate-unit-economics",
        [charge(cost=1, ConsumedQuantity=4, ConsumedUnit="GB"), charge(cost=1, ConsumedQuantity=0, ConsumedUnit="Hours"), charge(cost=9)],
        {},
        [{"ConsumedUnit": "GB", "cost_per_unit": 0.25}, {"ConsumedUnit": "Hours", "cost_per_unit": None}],
    ),
    (
        "calculate-unit-economics",
        [charge(cost=1, ConsumedQuantity=4, ConsumedUnit="GB"), charge(cost=1, ConsumedQuantity=2, ConsumedUnit="Hours")],
        {"unit": "Hours", "grain": ""},
        [{"ConsumedUnit": "Hours", "cost_per_unit": 0.5}],
    ),
    (
        "cost-compute-subaccount",
        [charge(cost=2, PricingQuantity=4, PricingUnit="Hours"), charge(cost=1, PricingQuantity=4, PricingUnit="GB")],
        {},
        [{"PricingUnit": "Hours", "rate": 0.5}, {"PricingUnit": "GB", "rate": 0.25}],
    ),
    (
        "forecast-costs",
        [charge(cost=2, PricingQuantity=4, PricingUnit="Hours"), charge(cost=7)],
        {},
        [{"PricingUnit": "Hours", "EffectiveCost": D(2), "PricingQuantity": D(4), "rate": 0.5}, {"PricingUnit": None, "rate": None}],
    ),
    ("resource-costs-sku", [charge(cost=2, SkuId="s", PricingQuantity=0)], {"sku": "s"}, [{"SkuId": "s", "ListCost": D(2), "rate": None}]),
    (
        "analyze-the-different-metered-costs-for-a-particular-sku",
        [charge(cost=2, SkuId="s", SkuMeter="m"), charge(cost=1)],
        {"grain": "day"},
        [{"period": date(2026, 1, 10), "SkuMeter": "m", "EffectiveCost": D(2)}],
    ),
    (
        "calculate-average-rate-of-a-component-resource",
        [charge(cost=2, **CORES), charge(cost=1, **HALF), unused(9, **CORES)],
        {},
        [{"InstanceSeries": "m6i", "quantity": 12.0, "EffectiveCost": D(3), "rate": 0.25}],
    ),
    (
        "quantify-usage-of-a-component-resource",
        [charge(**CORES), charge(SkuPriceDetails="{broken", PricingQuantity=1)],
        {"component": "CoreCount"},
        [{"quantity": 10.0}],
    ),
    ("quantify-usage-of-a-component-resource", [charge(**CORES)], {"component": "GpuCount"}, []),
    # commitments
    (
        "commitment-discount-effective-cost-breakdown",
        [used(3, 9), unused(1), bought(4)],
        {},
        [{"used": D(3), "unused": D(1), "total": D(4), "utilization": 0.75}],
    ),
    (
        "identify-unused-commitments",
        [used(3, 9), unused(1), unused(2)],
        {},
        [{"EffectiveCost": D(3), "BilledCost": D(0), "ChargePeriodEnd": when("2026-01-11")}],
    ),
    (
        "commitment-discount-purchases",
        [bought(4, CommitmentDiscountQuantity=2, CommitmentDiscountUnit="Hours"), charge(ChargeCategory="Purchase")],
        {},
        [{"BilledCost": D(4), "CommitmentDiscountQuantity": D(2), "charges": 1}],
    ),
    (
        "recurring-commitment-charges",
        [bought(4, ChargeFrequency="Recurring"), bought(9, ChargeFrequency="One-Time")],
        {},
        [{"BilledCost": D(4)}],
    ),
    # the specification's example of coverage over what is eligible: 250 / 450
    (
        "calculate-commitment-discount-coverage-rate-with-eligibility-adjusted-denominator",
        [eligible("Spend", 200), used(150, 1), used(100, 1), charge(cost=50), eligible("ZonalResourceCommitment", 70), unused(60)],
        {},
        [{"covered": D(250), "uncovered": D(200), "coverage": 250 / 450}],
    ),
    ("calculate-commitment-discount-coverage-rate-with-eligibility-adjusted-denominator", [eligible("Spend", 0)], {}, [{"coverage": None}]),
    (
        "identify-eligible-uncovered-spend-by-program-type",
        [eligible(PROGRAMS, 3), eligible("Spend", 3), eligible("Spend", 1, CommitmentDiscountId="sp")],
        {},
        [{"program": "FlexibleSpendPlan", "BilledCost": D(3)}, {"program": "Spend", "BilledCost": D(3)}],
    ),
    (
        "compare-commitment-opportunities-across-providers-cross-provider-with-saas",
        [eligible("Spend", 3), eligible("Spend", 1, CommitmentDiscountId="sp"), eligible("Other", 0)],
        {},
        [{"program": "Spend", "eligible": D(4), "uncovered": D(3), "uncovered_rate": 0.75}, {"program": "Other", "uncovered_rate": None}],
    ),
    (
        "identify-eligible-capacity-reservation-spend",
        [eligible(PROGRAMS, 3), eligible("Spend", 4)],
        {},
        [{"program": "ZonalResourceCommitment", "BilledCost": D(3)}],
    ),
    (
        "identify-eligible-capacity-reservation-spend",
        [eligible(PROGRAMS, 3), eligible("Spend", 4)],
        {"programs": "Spend"},
        [{"program": "Spend", "BilledCost": D(4)}],
    ),
    # capacity reservations
    (
        "analyze-capacity-reservations-on-compute-costs",
        [
            charge(cost=1),
            charge(cost=2, CapacityReservationId="r"),
            charge(cost=4, CapacityReservationId="r", CapacityReservationStatus="Unused"),
        ],
        {},
        [
            {"status": "compute on a capacity reservation", "EffectiveCost": D(2)},
            {"status": "compute without a capacity reservation", "EffectiveCost": D(1)},
            {"status": "unused capacity reservation", "EffectiveCost": D(4)},
        ],
    ),
    (
        "identify-unused-capacity-reservations",
        [charge(cost=2, CapacityReservationStatus="Used"), charge(cost=4, CapacityReservationStatus="Unused")],
        {},
        [{"EffectiveCost": D(4)}],
    ),
    # contracts: in the words of 1.4 and of 1.3
    (
        "report-on-initial-contract-commitments",
        [charge(ChargeCategory="Purchase", ContractApplied=CONTRACT), charge(ContractApplied=CONTRACT)],
        {},
        [
            {"ContractCommitmentId": "c-1", "applied_cost": D("12.5"), "unit": None},
            {"ContractCommitmentId": "c-2", "ContractId": "c", "applied_quantity": D(10), "unit": "Hours"},
        ],
    ),
    (
        "track-contract-commitment-burn-down-over-time",
        months(1, 2, ContractApplied=CONTRACT),
        {},
        [
            {"ContractCommitmentId": "c-1", "applied_cost": D("12.5"), "burned_cost": D("12.5")},
            {"EffectiveCost": D(2), "burned_cost": D(25)},
            {"ContractCommitmentId": "c-2", "burned_quantity": D(10)},
            {"burned_quantity": D(20), "burned_cost": None},
        ],
    ),
    (
        "track-contract-commitment-burn-down-over-time",
        [charge(ContractApplied=LONG)],
        {},
        [{"applied_cost": D("0.123456789012345678")}],
    ),
    # who takes part: FOCUS 1.3 and before; a name of the same house is no marketplace
    (
        "marketplace-vendors-costs",
        [charge(cost=1, **SOLD), charge(cost=2, **SOLD_BEFORE), charge(cost=4, **OWN_BEFORE), charge(cost=8)],
        {},
        [{"vendor": "Acme", "host": "AWS", "InvoiceIssuerName": "AWS", "EffectiveCost": D(3)}],
    ),
    (
        "track-marketplace-purchases-across-providers",
        [charge(cost=1, ResourceId="r", **SOLD), charge(cost=2, ResourceId="r", **SOLD), charge()],
        {},
        [{"BilledCost": D(3), "resources": 1}],
    ),
    (
        "analyze-cost-by-participating-entities",
        [charge(cost=1, HostProviderName=None), charge(cost=2)],
        {},
        [{"HostProviderName": "AWS", "BilledCost": D(2)}, {"HostProviderName": None}],
    ),
    (
        "understand-the-billing-account-or-sub-account-entity",
        [charge(BillingAccountType="Payer"), charge(BillingAccountType="Payer", BillingCurrency="EUR")],
        {},
        [{"BillingAccountType": "Payer", "SubAccountId": "a", "charges": 2}],
    ),
    # invoices
    (
        "verify-accuracy-of-provider-invoices-aka-invoice-reconciliation",
        [charge(cost="0.1", InvoiceId="7"), charge(cost="0.2", InvoiceId="7"), charge(cost=5)],
        {},
        [{"InvoiceId": "7", "BilledCost": D("0.3")}, {"InvoiceId": None, "BilledCost": D(5)}],
    ),
    (
        "identify-sources-of-billed-cost",
        [charge(cost=1), charge(cost=2, InvoiceId="7")],
        {},
        [{"InvoiceId": "7", "BilledCost": D(2)}, {"InvoiceId": None, "BilledCost": D(1)}],
    ),
    (
        "analyze-credit-memos",
        [charge(cost=-1, ChargeCategory="Credit"), charge(cost=-3, ChargeCategory="Credit", InvoiceId="7"), charge(cost=-9)],
        {},
        [{"BilledCost": D(-3)}, {"BilledCost": D(-1)}],
    ),
    (
        "cash-vs-accrual-comparison-by-billing-period",
        [bought(7), used(3, 9)],
        {},
        [{"BilledCost": D(7), "EffectiveCost": D(3), "difference": D(4)}],
    ),
    # virtual currencies
    (
        "analyze-effective-cost-by-pricing-currency",
        [charge(**TOKENS), charge(BillingCurrency="EUR", **TOKENS), charge(**TOKENS | {"PricingCurrency": "USD"})],
        {},
        [
            {"PricingCurrency": "Credits", "PricingCurrencyEffectiveCost": D(10)},
            {"PricingCurrency": "USD", "PricingCurrencyEffectiveCost": D(5)},
        ],
    ),
    (
        "calculate-consumption-of-virtual-currency-within-a-billing-period",
        [charge(**TOKENS), charge(ChargeCategory="Purchase", **TOKENS)],
        {"pricing_currency": "Credits"},
        [{"PricingCurrency": "Credits", "PricingCurrencyEffectiveCost": D(5)}],
    ),
    ("determine-target-of-virtual-currency-usage", [charge(ChargeDescription="query", **TOKENS)], {"pricing_currency": "USD"}, []),
    (
        "determine-target-of-virtual-currency-usage",
        [charge(ChargeDescription="query", **TOKENS)],
        {},
        [{"ChargeDescription": "query", "PricingCurrencyEffectiveCost": D(5)}],
    ),
    (
        "analyze-purchase-of-virtual-currency",
        [charge(cost=10, ChargeCategory="Purchase", **TOKENS), bought(9, **TOKENS)],
        {"unit": "Credits"},
        [{"PricingQuantity": D(5), "BilledCost": D(10), "price": 2.0}],
    ),
    (
        "determine-contracted-savings-by-virtual-currency",
        [charge(cost=6, ListCost=8, **TOKENS, **PRICES), charge(**TOKENS)],
        {},
        [{"savings": D(2), "savings_per_unit": D(1), "pricing_currency_savings_per_unit": D("0.5"), "savings_rate": 0.25}],
    ),
    (
        "determine-contracted-savings-by-virtual-currency",
        [charge(**TOKENS, **PRICES | {"PricingCurrencyListUnitPrice": 0})],
        {},
        [{"savings_rate": None}],
    ),
    # split cost allocation
    (
        "analyze-total-cost-by-allocated-resource",
        [charge(cost=1, **SHARED), charge(cost=2, **SHARED), charge(cost=4)],
        {},
        [{"AllocatedResourceId": "pod", "ResourceId": "node", "EffectiveCost": D(3), "charges": 2}],
    ),
    (
        "identify-resources-with-shared-cost-allocation",
        [charge(**SHARED), charge(BillingCurrency="EUR", **SHARED)],
        {},
        [{"ResourceId": "node", "AllocatedMethodId": "m", "charges": 2}],
    ),
    # where, and how much; what has no region or zone stays
    (
        "analyze-service-costs-by-region",
        [charge(cost=1, RegionId="eu"), charge("2026-01-20", 2)],
        {"grain": "month"},
        [{"RegionId": None, "EffectiveCost": D(2)}, {"RegionId": "eu", "period": date(2026, 1, 1)}],
    ),
    (
        "costs-by-availability-zone",
        [charge(AvailabilityZone="eu-1a"), charge(cost=2)],
        {"sub_account": "a"},
        [{"AvailabilityZone": "eu-1a"}, {"AvailabilityZone": None, "EffectiveCost": D(2)}],
    ),
    (
        "report-subaccount-regions",
        [charge(RegionId="eu"), charge(RegionId="eu"), charge(SubAccountId="b", RegionId="us")],
        {},
        [{"SubAccountId": "a", "charges": 2}, {"SubAccountId": "b", "RegionId": "us"}],
    ),
    (
        "report-service-costs-by-providers-subaccount",
        [charge("2026-01-10T03:00", 1), charge("2026-01-10T23:00", 2)],
        {},
        [{"period": date(2026, 1, 10), "EffectiveCost": D(3)}],
    ),
    (
        "effective-cost-compute",
        [used(3, 9, CommitmentDiscountType="Plan"), charge(cost=1), charge(cost=9, ServiceCategory="Storage")],
        {},
        [{"CommitmentDiscountType": "Plan", "EffectiveCost": D(3)}, {"CommitmentDiscountType": None, "EffectiveCost": D(1)}],
    ),
    (
        "resource-component-costs",
        [charge(cost=1, ResourceId="i", SkuId="s"), charge(cost=2)],
        {},
        [{"ResourceId": "i", "SkuId": "s", "EffectiveCost": D(1)}],
    ),
    (
        "costs-service-category",
        [charge(cost=1), charge(cost=3, ServiceCategory="Storage"), charge(cost=3, ServiceCategory="Databases")],
        {},
        [{"ServiceCategory": "Databases"}, {"ServiceCategory": "Storage"}, {"ServiceCategory": "Compute", "BilledCost": D(1)}],
    ),
    # the straight line through 1, 2, 3 goes on with 4, 5; absent months are 0; one month goes on as it is; no cost is below 0
    (
        "forecast-cashflow",
        months(1, 2, 3),
        {"months": 2},
        [
            {"trend": 1.0},
            {"trend": 2.0},
            {"BilledCost": D(3), "trend": 3.0},
            {"month": date(2026, 4, 1), "BilledCost": None, "trend": 4.0},
            {"trend": 5.0},
        ],
    ),
    ("forecast-amortized-costs", months(5), {"months": 1}, [{"trend": 5.0}, {"month": date(2026, 2, 1), "trend": 5.0}]),
    (
        "forecast-cashflow",
        [*months(6, None, None), charge("2026-03-10", 1, ServiceName="S3")],
        {"months": 1, "service": ["EC2", "S3"]},
        [
            {"trend": 5.0},
            {"month": date(2026, 4, 1), "trend": 0.0},
            {"ServiceName": "S3", "BilledCost": D(1)},
            {"ServiceName": "S3", "month": date(2026, 4, 1)},
        ],
    ),
]


@pytest.mark.parametrize(("name", "rows", "parameters", "wanted"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)])
def test_known_answers(con, name, rows, parameters, wanted):
    found = answer(con, name, rows, **parameters)
    assert len(found) == len(wanted), found
    for row, told in zip(found, wanted, strict=True):
        kept = {key: row[key] for key in told}
        assert kept == {key: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value for key, value in told.items()}


def test_every_family_has_a_known_answer():
    asked = {QUERIES[case[0]].theme for case in CASES} | {QUERIES["daily-anomaly-subaccount"].theme}
    assert asked == {query.theme for query in QUERIES.values()}


def test_a_budget_is_held_against_the_charges_of_its_period(con):
    rows = [charge(cost=1), charge(cost=2, ChargeCategory="Tax"), charge("2026-02-01", 8), charge(cost=5, BillingCurrency="EUR")]
    wanted = ("budget", "BillingCurrency", "BilledCost", "usage", "budgeted", "remaining", "share")
    found = [tuple(row[key] for key in wanted) for row in answer(con, "compare-billed-budget", rows, [BUDGET])]
    assert found == [
        ("a 2026", "USD", D(3), D(1), D(4), D(1), 0.75),
        (None, "EUR", D(5), D(5), None, None, None),
        (None, "USD", D(8), D(8), None, None, None),
    ]
    scoped = answer(con, "compare-billed-budget", rows, [BUDGET | {"scope": "ServiceName = 'EC2'"}], amount=0, currency="EUR")
    assert [(row["budgeted"], row["remaining"], row["share"]) for row in scoped] == [(D(0), D(-5), None)]


def days(costs, **values):
    return [charge((date(2026, 1, 1) + timedelta(days=number)).isoformat(), cost, **values) for number, cost in enumerate(costs)]


def test_a_day_is_unusual_by_the_days_before_it_and_days_before_start_count(con):
    usual = ["10", "11"] * 10
    rows = days([*usual, "30", *usual])
    found = answer(con, "daily-anomaly-subaccount", rows, start="2026-01-15")
    assert [(row["period"], row["EffectiveCost"]) for row in found] == [(date(2026, 1, 21), D(30))]
    assert found[0]["usual"] == pytest.approx(10.5)
    assert found[0]["score"] == pytest.approx((30 - 10.5) / found[0]["deviation"])
    assert answer(con, "daily-anomaly-subaccount", rows, start="2026-01-22") == []
    assert len(answer(con, "daily-anomaly-services", rows, threshold=0, end="2026-01-11")) == 10


@pytest.mark.parametrize("costs", [["10"] * 6 + ["99"], ["10"] * 20 + ["99"], ["10", "11"] * 60])
def test_days_that_cannot_be_judged_and_usual_days_are_not_told(con, costs):
    assert answer(con, "daily-anomaly-region", days(costs)) == []
