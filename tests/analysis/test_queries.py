"""The query library as a whole: every query on many drawn rows, on the sample, and as it is registered."""

from __future__ import annotations

import csv
import functools
from decimal import Decimal
from pathlib import Path

import ibis
import pandas as pd
import pyarrow.compute as pc
import pytest

import finopsnb_sample
from finopsnb.analysis.commitments import commitment_utilization
from finopsnb.analysis.coverage import coverage
from finopsnb.analysis.queries import COMMON, QUERIES
from finopsnb.analysis.queries.page import about, page
from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import new_session
from tests.analysis.asking import budgets_of, costs_of, engine, many, statements, when

NAMES = sorted(QUERIES)
#: what the sample, FOCUS 1.2 of three clouds, has no values of
LACKING = {
    "AllocatedMethodId": {"analyze-total-cost-by-allocated-resource", "identify-resources-with-shared-cost-allocation"},
    "CapacityReservationId": {"analyze-capacity-reservations-on-compute-costs", "identify-unused-capacity-reservations"},
    "CommitmentProgramEligibilityDetails": {
        "calculate-commitment-discount-coverage-rate-with-eligibility-adjusted-denominator",
        "compare-commitment-opportunities-across-providers-cross-provider-with-saas",
        "identify-eligible-capacity-reservation-spend",
        "identify-eligible-uncovered-spend-by-program-type",
    },
    "ContractApplied": {"report-on-initial-contract-commitments", "track-contract-commitment-burn-down-over-time"},
    "HostProviderName": {"analyze-cost-by-participating-entities"},
    "PricingCurrencyEffectiveCost": {
        "analyze-effective-cost-by-pricing-currency",
        "calculate-consumption-of-virtual-currency-within-a-billing-period",
        "determine-target-of-virtual-currency-usage",
    },
    "PricingCurrencyListUnitPrice": {"determine-contracted-savings-by-virtual-currency"},
}
#: what there is nothing of in the sample
NONE_IN_THE_SAMPLE = {
    "analyze-purchase-of-virtual-currency",
    "marketplace-vendors-costs",
    "track-marketplace-purchases-across-providers",
}
LACKED = {name: column for column, names in LACKING.items() for name in names}
#: a budget without a scope, for the query that reads budgets
BUDGET = {"budget": "b", "owner": "x", "amount": Decimal(5), "BillingCurrency": "USD"}


@pytest.fixture(scope="module")
def sql():
    return statements()


def filled(rows):
    """An engine with these costs and the budget."""
    con = engine()
    con.register("costs", costs_of(rows))
    con.register("budgets", budgets_of([BUDGET | {"period_start": when("2025-12-01"), "period_end": when("2026-02-01")}]))
    return con


@pytest.fixture(scope="module")
def drawn():
    """Many rows, the same in the opposite order, and with them the same again in euros at twice the cost."""
    rows = many()
    twice = [row | {"BillingCurrency": "EUR", "PricingCurrency": f"{row['PricingCurrency']}2", **_doubled(row)} for row in rows]
    mixed = [row for pair in zip(reversed(twice), rows, strict=True) for row in pair]
    engines = [filled(rows), filled(rows[::-1]), filled(mixed)]
    yield engines
    for one in engines:
        one.close()


def _doubled(row):
    return {name: str(2 * Decimal(row[name])) for name in ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")}


@pytest.fixture(scope="module")
def answers(sql, drawn):
    """The answer to a query from one of the three, asked once."""
    return functools.cache(lambda which, name: drawn[which].sql(sql[name]).to_arrow_table())


@pytest.mark.parametrize("name", NAMES)
def test_a_query_answers_alike_however_the_rows_are_stored(name, answers):
    assert answers(0, name).num_rows, "the drawn rows do not reach it"
    assert answers(0, name).equals(answers(1, name))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_never_adds_currencies(name, answers):
    alone, mixed = answers(0, name), answers(2, name)
    currency = next((one for one in ("PricingCurrency", "BillingCurrency") if one in QUERIES[name].columns), None)
    if currency is None:
        assert not {field.name for field in alone.schema if field.name.endswith("Cost")}
        return
    kept = mixed.filter(pc.is_in(mixed[currency], alone[currency].combine_chunks()))
    assert kept.equals(alone)


@pytest.mark.parametrize("name", NAMES)
def test_a_query_reads_the_columns_that_it_names_and_no_others(name, sql):
    query = QUERIES[name]
    kinds = ibis.Schema.from_pyarrow(costs_of([]).schema)
    costs = ibis.table({name: kinds[name] for name in query.columns}, name="costs")
    others = [ibis.memtable(budgets_of([]))] if "budgets" in query.tables else []
    query.function(costs, *others, **_own(query))
    # rows are within their period before the query gets them
    asked = set(query.columns) - {"ChargePeriodStart", "BillingPeriodStart"}
    assert [one for one in asked if f'"{one}"' not in sql[name]] == []


def _own(query):
    return {one.name: one.default for one in query.parameters if one.name not in COMMON}


@pytest.mark.parametrize("name", NAMES)
def test_a_query_is_documented(name):
    query = QUERIES[name]
    assert len(query.description.splitlines()[0]) > 30
    assert set(query.essential) <= set(query.columns)
    assert all(one.description for one in query.parameters)
    assert name in about(query)


def test_the_page_of_the_queries_is_what_the_library_says():
    assert (Path(__file__).parents[2] / "docs" / "QUERIES.md").read_text(encoding="utf-8") == page()


def test_the_library_has_every_use_case_of_the_catalogue(shared_data):
    catalogue = shared_data.parent / "design" / "use_cases.csv"
    if not catalogue.is_file():
        pytest.skip(f"there is no {catalogue.name}")
    with catalogue.open(encoding="utf-8", newline="") as lines:
        told = {row["name"]: row for row in csv.DictReader(lines)}
    assert {name: (query.title, " ".join(query.versions)) for name, query in QUERIES.items()} == {
        name: (row["title"], row["focus_versions"]) for name, row in told.items()
    }
    # ends of periods bound nothing here, and ContractCommitmentId is a property within ContractApplied
    apart = {"BillingPeriodEnd", "ChargePeriodEnd", "ChargePeriodStart", "ContractCommitmentId", "ProviderName"}
    for name, row in told.items():
        assert set(row["columns"].split()) - apart <= set(QUERIES[name].columns) | {"BillingPeriodStart"}, name


# the sample


@pytest.fixture(scope="module")
def sample():
    with new_session() as session:
        session.frames = "arrow"
        session.load("focus-files", path=str(finopsnb_sample.path() / "focus"))
        session.collect("focus-files", frames="none")
        yield session


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_answers(name, sample, sql):
    answer = sample.sql(sql[name])
    assert ("BillingCurrency" in answer.column_names) is ("BillingCurrency" in QUERIES[name].columns)
    assert bool(answer.num_rows) or name in {*NONE_IN_THE_SAMPLE, *LACKED}


@pytest.mark.parametrize("name", sorted(LACKED))
def test_a_query_says_what_the_data_lacks_for_it(name, sample):
    with pytest.raises(FinopsError, match=f"{name} needs .*{LACKED[name]}.*, which the data does not have"):
        sample.query(name)


def test_the_list_of_the_queries_tells_what_the_data_lacks(sample):
    rows = {row["name"]: row for row in sample.queries().to_pylist()}
    assert list(rows) == NAMES
    assert {name for name, row in rows.items() if row["lacking"]} == set(LACKED)
    assert all(LACKED[name] in rows[name]["lacking"] for name in LACKED)
    assert rows["analyze-tag-coverage"]["parameters"] == "tag=application, metric=EffectiveCost"


def facts():
    return finopsnb_sample.facts()


def test_billed_totals_are_those_of_the_sample(sample):
    rows = sample.query("update-budgets").to_pylist()
    found = {(row["ServiceProviderName"], f"{row['BillingPeriodStart']:%Y-%m}"): row["BilledCost"] for row in rows}
    assert found == {
        (provider, month): Decimal(total["BilledCost"])
        for provider, months in facts()["totals"].items()
        for month, total in months.items()
        if month != "all"
    }
    by_invoice = sample.query("verify-accuracy-of-provider-invoices-aka-invoice-reconciliation")
    assert sorted(by_invoice["BilledCost"].to_pylist()) == sorted(found.values())


def test_commitments_are_as_they_were_planted(sample):
    table = sample.table("costs")
    rows = {row["CommitmentDiscountId"]: row for row in sample.query("commitment-discount-effective-cost-breakdown").to_pylist()}
    bought = {row["CommitmentDiscountId"]: row for row in sample.query("commitment-discount-purchases").to_pylist()}
    reference = {row["CommitmentDiscountId"]: row for row in sample.frame(commitment_utilization(table)).to_pylist()}
    for fact in facts()["commitments"]:
        name = fact["CommitmentDiscountId"]
        assert (rows[name]["used"], rows[name]["unused"]) == (Decimal(fact["used"]), Decimal(fact["unused"]))
        assert rows[name]["utilization"] == reference[name]["utilization"]
        assert (bought[name]["BilledCost"], bought[name]["charges"]) == (Decimal(fact["bought"]), fact["purchases"])
    unused = sample.query("identify-unused-commitments")["EffectiveCost"].to_pylist()
    assert unused == sorted((Decimal(fact["unused"]) for fact in facts()["commitments"] if fact["unused"] != "0"), reverse=True)


def test_the_effective_savings_rate_is_over_usage_and_counts_what_was_not_used(sample):
    start, end, keys = "2026-01-01", "2026-02-01", ("ListCost", "ContractedCost", "EffectiveCost")
    row = sample.query("effective-savings-rate", start=start, end=end, currency="USD").to_pylist()[0]
    counted = sample.sql(
        "select sum(ListCost) filter (CommitmentDiscountStatus is distinct from 'Unused') as ListCost, sum(ContractedCost) filter "
        "(CommitmentDiscountStatus is distinct from 'Unused') as ContractedCost, sum(EffectiveCost) as EffectiveCost from costs where "
        "BillingCurrency = 'USD' and ChargeCategory = 'Usage' and ChargePeriodStart >= '2026-01-01' and ChargePeriodStart < '2026-02-01'"
    ).to_pylist()[0]
    assert {key: row[key] for key in keys} == counted
    assert row["effective_savings_rate"] == pytest.approx(float((row["ListCost"] - row["EffectiveCost"]) / row["ListCost"]), rel=1e-12)
    assert row["savings"] == row["ListCost"] - row["EffectiveCost"]


def test_corrections_and_credits_are_those_of_the_sample(sample):
    corrected = sample.query("report-corrections")["BilledCost"].to_pylist()
    assert sorted(corrected) == sorted(Decimal(fact["cost"]) for fact in facts()["refunds"] if fact["correction"])
    credited = sample.query("analyze-credit-memos").to_pylist()
    sums = {fact: sum(row["BilledCost"] for row in credited if row["ServiceProviderName"] == fact) for fact in facts()["credits"]}
    assert sums == {provider: Decimal(amount) for provider, amount in facts()["credits"].items()}


def test_planted_spikes_are_among_the_unusual_days(sample):
    found = {(str(row["period"]), row["SubAccountId"], row["ServiceName"]) for row in sample.query("daily-anomaly-services").to_pylist()}
    assert {(fact["last_day"], fact["account"], fact["service"]) for fact in facts()["spikes"]} <= found


def test_months_next_to_each_other_add_up(sample):
    parts = [("2026-01-01", "2026-01-17T06:00"), ("2026-01-17T06:00", "2026-02-01")]
    whole, *halves = (sample.query("service-costs-subaccount", start=a, end=b) for a, b in [("2026-01-01", "2026-02-01"), *parts])
    total = whole["EffectiveCost"].to_pylist()
    assert sum(total) == sum(value for half in halves for value in half["EffectiveCost"].to_pylist())


def test_tag_coverage_is_that_of_the_analysis(sample):
    found = sample.query("analyze-tag-coverage", tag=" TEAM").drop_columns(["ServiceProviderName"]).to_pylist()
    reference = coverage(sample.table("costs"), "team", by=("provider",), metric="EffectiveCost").order_by("provider").drop("provider")
    assert found == sample.frame(reference).to_pylist()


@pytest.mark.parametrize(
    "name", ["effective-savings-rate-services", "application-cost", "daily-anomaly-region", "forecast-cashflow", "compare-billed-budget"]
)
def test_the_statement_of_a_query_is_the_query(name, sample):
    statement = sample.query(name, as_sql=True, start="2026-01-01", provider="AWS")
    assert sample.sql(statement).equals(sample.query(name, start="2026-01-01", provider="AWS"))


# what is asked wrongly


@pytest.fixture(scope="module")
def empty():
    with new_session() as session:
        yield session


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("effective-saving-rate", {}, r"There is no query effective-saving-rate\.\nDid you mean effective-savings-rate\?"),
        ("nonsense", {}, r"There is no query nonsense\.\nThere are 71\.\nHint: session.queries\(\)"),
        ("verify-invoices", {"provder": "AWS"}, r"verify-invoices does not take provder\.(?s:.*)did you mean provider\?"),
        ("verify-invoices", {"tag": "team"}, r"verify-invoices does not take tag\."),
        ("verify-invoices", {"start": "January"}, r"start=January is no day\.(?s:.*)Hint: start=2026-01-01"),
        ("verify-invoices", {"start": 5}, "start=5 is no day"),
        ("verify-invoices", {"start": pd.NaT}, "start=NaT is no day"),
        (5, {}, "There is no query 5"),
        ("verify-invoices", {"start": "2026-02-01", "end": "2026-02-01"}, "start=2026-02-01 00:00 is not before end=2026-02-01 00:00"),
        ("verify-invoices", {"period": "charges"}, r"period cannot be charges\.\nIt is one of charge, billing\.\nHint: period=\"charge\""),
        ("verify-invoices", {"provider": []}, "provider=.* is no text or list of texts"),
        ("verify-invoices", {"provider": True}, "provider=True is no text"),
        ("forecast-cashflow", {"months": 0}, "months=0 is no whole number"),
        ("compare-billed-budget", {"amount": "-1"}, "amount=-1 is no amount"),
        ("daily-anomaly-region", {"period": "charge"}, "daily-anomaly-region does not take period"),
        ("verify-invoices", {}, r"verify-invoices has nothing to answer from\.\nThe table costs is empty\."),
    ],
)
def test_what_is_asked_wrongly_is_answered_with_what_is_right(empty, name, parameters, said):
    with pytest.raises(FinopsError, match=said):
        empty.query(name, **parameters)


def test_without_costs_the_list_does_not_judge(empty):
    assert set(empty.queries(frames="arrow")["lacking"].to_pylist()) == {None}


def test_a_table_without_a_column_that_is_needed_is_an_error_before_anything_runs():
    costs = ibis.memtable(costs_of([]).select(["BilledCost", "BillingCurrency", "ChargePeriodStart", "ServiceName", "ProviderName"]))
    with pytest.raises(FinopsError, match="service-costs-month-over-month needs EffectiveCost, which"):
        QUERIES["service-costs-month-over-month"](costs)
    with pytest.raises(FinopsError, match="identify-sources-of-billed-cost needs InvoiceIssuerName, RegionId, which"):
        QUERIES["identify-sources-of-billed-cost"](costs, region="eu")


def test_columns_that_may_be_null_may_be_absent_and_so_may_the_newer_name_of_the_provider():
    names = ("BilledCost", "BillingCurrency", "ProviderName", "InvoiceIssuerName", "ChargePeriodStart")
    row = dict(zip(names, ("3", "USD", "OCI", "Oracle", when("2026-01-01")), strict=True))
    answer = QUERIES["identify-sources-of-billed-cost"](ibis.memtable(costs_of([row]).select(names))).to_pyarrow().to_pylist()
    nulls = {"HostProviderName": None, "InvoiceId": None}
    assert answer == [
        nulls | {"ServiceProviderName": "OCI", "InvoiceIssuerName": "Oracle", "BillingCurrency": "USD", "BilledCost": Decimal(3)}
    ]
