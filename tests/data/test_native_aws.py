"""The Cost and Usage Reports of the sample are what facts.json says (CSV read by the csv module, Parquet by DuckDB)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import duckdb
import pytest

from tests.data.native import FACTS, FOLDER, ZERO, files, number, rows, summed, told

FEES = ("RIFee", "SavingsPlanRecurringFee")
CATEGORIES = {"Tax": "Tax", "Credit": "Credit", **dict.fromkeys(FEES, "Purchase")}


def cur_2():
    """CUR 2.0 by the legacy names of what this module reads; binary numbers by their shortest text."""
    names = {
        "bill/PayerAccountId": "bill_payer_account_id",
        "bill/BillingPeriodStartDate": "strftime(bill_billing_period_start_date, '%Y-%m-%d')",
        "lineItem/CurrencyCode": "line_item_currency_code",
        "lineItem/LineItemType": "line_item_line_item_type",
        "lineItem/UnblendedCost": "line_item_unblended_cost",
        "savingsPlan/SavingsPlanEffectiveCost": "savings_plan_savings_plan_effective_cost",
        "reservation/EffectiveCost": "reservation_effective_cost",
        "savingsPlan/TotalCommitmentToDate": "savings_plan_total_commitment_to_date",
        "savingsPlan/UsedCommitment": "savings_plan_used_commitment",
        "reservation/UnusedRecurringFee": "reservation_unused_recurring_fee",
    }
    (name,) = files("aws-cur-2")
    cells = ", ".join(f'{column} as "{name}"' for name, column in names.items())
    found = duckdb.sql(f"select {cells} from read_parquet('{FOLDER / name}')")
    return [{name: exact(value) for name, value in zip(found.columns, row, strict=True)} for row in found.fetchall()]


def exact(value):
    return repr(value) if isinstance(value, float) else value


def cur(kind):
    return cur_2() if kind == "aws-cur-2" else [row for name in files(kind) for row in rows(name)]


def aws_key(row):
    return row["bill/PayerAccountId"], row["bill/BillingPeriodStartDate"][:7], row["lineItem/CurrencyCode"]


def unused(row):
    plan = number(row["savingsPlan/TotalCommitmentToDate"]) - number(row["savingsPlan/UsedCommitment"])
    return plan if row["lineItem/LineItemType"] == FEES[1] else number(row["reservation/UnusedRecurringFee"])


def effective(row):
    kind, cost = row["lineItem/LineItemType"], number(row["lineItem/UnblendedCost"])
    covered = {"SavingsPlanCoveredUsage": "savingsPlan/SavingsPlanEffectiveCost", "DiscountedUsage": "reservation/EffectiveCost"}
    if kind in covered:
        return number(row[covered[kind]])
    return unused(row) if kind in FEES else ZERO if kind == "SavingsPlanNegation" else cost


@pytest.mark.parametrize("kind", ["aws-cur", "aws-cur-2"])
def test_aws_adds_up_billed_and_amortised(kind):
    lines = cur(kind)
    assert summed((aws_key(row), number(row["lineItem/UnblendedCost"])) for row in lines) == told(kind, "BilledCost")
    assert summed((aws_key(row), effective(row)) for row in lines) == told(kind, "EffectiveCost")


@pytest.mark.parametrize("kind", ["aws-cur", "aws-cur-2"])
def test_aws_rows_of_a_conversion(kind):
    lines = [row for row in cur(kind) if row["lineItem/LineItemType"] != "SavingsPlanNegation"]
    left = [unused(row) for row in lines if row["lineItem/LineItemType"] in FEES and unused(row)]
    counts = Counter(CATEGORIES.get(row["lineItem/LineItemType"], "Usage") for row in lines) + Counter(Usage=len(left))
    special = FACTS[kind]["special"]
    assert counts == FACTS[kind]["charge_categories"]
    assert len(cur(kind)) - len(lines) == special["negations"]
    assert (len(left), sum(left)) == (special["unused"]["rows"], Decimal(special["unused"]["EffectiveCost"]))
    covered = Counter(row["lineItem/LineItemType"] for row in lines)
    assert {name: covered[name] for name in special["covered"]} == special["covered"]


def test_aws_negations_take_back_what_covered_usage_shows():
    both = [row for row in cur("aws-cur") if row["lineItem/LineItemType"] in ("SavingsPlanCoveredUsage", "SavingsPlanNegation")]
    assert sum(number(row["lineItem/UnblendedCost"]) for row in both) == 0
    assert any(number(row["lineItem/UnblendedCost"]) < -1 for row in both)


def test_aws_credits_and_refunds_are_those_told():
    lines, special = cur("aws-cur"), FACTS["aws-cur"]["special"]
    kinds = {"Credit": [], "Refund": []}
    for row in lines:
        kinds.get(row["lineItem/LineItemType"], []).append(row)
    assert [number(row["lineItem/UnblendedCost"]) for row in kinds["Credit"]] == [Decimal(special["credits"])]
    found = [(row["lineItem/UsageStartDate"][:10], number(row["lineItem/UnblendedCost"]), row["bill/BillType"]) for row in kinds["Refund"]]
    bills = {None: "Anniversary", "Correction": "Refund"}
    assert found == [(fact["charge_day"], Decimal(fact["BilledCost"]), bills[fact["ChargeClass"]]) for fact in special["refunds"]]


def test_aws_columns_differ_by_month_and_tags_that_differ_in_case_are_two():
    headers = [set(rows(name)[0]) for name in files("aws-cur")]
    assert headers[0] != headers[2]
    assert all({"resourceTags/user:team", "resourceTags/user:Team"} <= header for header in headers)


def test_aws_line_ids_repeat_and_are_a_key_with_their_interval():
    lines = rows(files("aws-cur")[-1])
    ids = [row["identity/LineItemId"] for row in lines]
    assert len(set(ids)) < len(ids) / 10
    assert len({(row["identity/LineItemId"], row["identity/TimeInterval"], row["lineItem/LineItemType"]) for row in lines}) == len(lines)


def test_aws_second_form_has_maps_and_binary_numbers():
    (name,) = files("aws-cur-2")
    kinds = {column: kind for column, kind, *_ in duckdb.sql(f"describe from read_parquet('{FOLDER / name}')").fetchall()}
    assert {kinds[column] for column in ("resource_tags", "product", "cost_category", "discount")} == {"MAP(VARCHAR, VARCHAR)"}
    assert kinds["line_item_unblended_cost"] == "DOUBLE"
    assert kinds["line_item_usage_start_date"].startswith("TIMESTAMP")
