"""The exports of Azure, Google Cloud and Oracle Cloud in the sample are what facts.json says."""

from __future__ import annotations

import ast
from collections import Counter
from decimal import Decimal

import pytest

from tests.data.native import FACTS, ZERO, files, rows, summed, text, told

# --- Azure


def azure(which):
    """Rows of the actual or the amortised files, by lower-case names."""
    return [{name.lower(): value for name, value in row.items()} for name in files("azure-exports") if which in name for row in rows(name)]


def azure_key(row):
    account = row["billingaccountid"] if "cost" in row else row["billingprofileid"]
    month, _, year = row["billingperiodstartdate"].split("/")
    return account, f"{year}-{month}", row["billingcurrency"]


def azure_cost(row):
    return Decimal(row.get("cost") or row["costinbillingcurrency"])


def test_azure_adds_up_billed_and_amortised():
    assert summed((azure_key(row), azure_cost(row)) for row in azure("actual")) == told("azure-exports", "BilledCost")
    assert summed((azure_key(row), azure_cost(row)) for row in azure("amortized")) == told("azure-exports", "EffectiveCost")


def test_azure_rows_of_a_conversion_are_amortised_rows_and_actual_purchases():
    bought = [row for row in azure("actual") if row["chargetype"] == "Purchase"]
    counts = Counter(row["chargetype"] for row in [*azure("amortized"), *bought])
    assert counts == FACTS["azure-exports"]["charge_categories"]
    special = FACTS["azure-exports"]["special"]
    assert [azure_cost(row) for row in bought] == [Decimal(special["purchases"])]
    used = [azure_cost(row) for row in azure("amortized") if row["pricingmodel"] == "Reservation"]
    assert (len(used), sum(used)) == (special["used"]["rows"], Decimal(special["used"]["EffectiveCost"]))
    assert {azure_cost(row) for row in azure("actual") if row["pricingmodel"] == "Reservation" and row not in bought} == {ZERO}


def test_azure_a_correction_is_negative_usage_of_the_month_before():
    (row,) = [row for row in azure("amortized") if azure_cost(row) < 0]
    assert (row["chargetype"], row["date"], row["billingperiodstartdate"]) == ("Usage", "07/07/2026", "08/01/2026")
    assert azure_cost(row) == Decimal(FACTS["azure-exports"]["special"]["corrections"])


def test_azure_texts_are_as_azure_writes_them():
    assert all(text(name).startswith("\ufeff") for name in files("azure-exports"))
    ea, mca = rows("azure-exports/ea_actual_2026-10.csv.gz"), rows("azure-exports/mca_actual_2026-08.csv.gz")
    assert {row["BillingPeriodEndDate"] for row in ea} == {"10/31/2026"}
    assert {row["billingPeriodEndDate"] for row in mca} == {"08/31/2026"}
    assert {row["Tags"][:1] for row in ea} == {"", '"'}
    assert {row["tags"][:1] for row in mca} == {"", "{"}
    assert {row["BillingAccountId"] for row in ea} == {"00871263"}
    assert all(Decimal(row["costInUsd"]) * Decimal("0.8") == Decimal(row["costInBillingCurrency"]) for row in mca)


# --- Google Cloud

NESTED = ("credits", "invoice", "sku", "adjustment_info")


def google():
    """All rows; nested columns of the CSV are Python's own text."""
    found = []
    for name in files("gcp-billing"):
        for row in rows(name):
            nested = {column: ast.literal_eval(row[column] or "None") for column in NESTED} if ".csv" in name else {}
            found.append({**row, **nested})
    return found


def google_key(row):
    month = row["invoice"]["month"]
    return row["billing_account_id"], f"{month[:4]}-{month[4:]}", row["currency"]


def credited(credit):
    return Decimal(str(credit["amount"]))


def test_google_adds_up_with_its_credits():
    net = summed((google_key(row), Decimal(row["cost"]) + sum(map(credited, row["credits"]))) for row in google())
    assert net == told("gcp-billing", "BilledCost") == told("gcp-billing", "EffectiveCost")
    assert sum(Decimal(row["cost"]) for row in google()) == Decimal(FACTS["gcp-billing"]["special"]["gross"])


def test_google_rows_of_a_conversion():
    special = FACTS["gcp-billing"]["special"]
    credits = [credit for row in google() for credit in row["credits"]]
    assert Counter(credit["type"] for credit in credits) == special["credits"]
    sums = summed((credit["type"], credited(credit)) for credit in credits)
    assert sums == {"COMMITTED_USAGE_DISCOUNT": Decimal(special["committed"]), "PROMOTION": Decimal(special["promotion"])}
    fees = [Decimal(row["cost"]) for row in google() if row["sku"]["description"].startswith("Commitment")]
    usage = len(google()) - len(fees)
    assert FACTS["gcp-billing"]["charge_categories"] == {"Credit": len(credits), "Purchase": len(fees), "Usage": usage}
    assert sum(fees) == Decimal(special["commitment_fees"])
    assert [Decimal(row["cost"]) for row in google() if row["adjustment_info"]] == [Decimal(special["refunds"])]


def test_google_days_are_those_of_the_pacific():
    assert {row["usage_start_time"][10:] for row in google()} == {" 07:00:00 UTC"}
    assert {row["invoice"]["month"] for row in google()} == {"202605", "202606", "202610"}


# --- Oracle


def oracle():
    return [row for name in files("oracle-cloud") for row in rows(name)]


def test_oracle_adds_up_by_month():
    sums = summed(
        ((row["cost/subscriptionId"], row["lineItem/intervalUsageStart"][:7], row["cost/currencyCode"]), Decimal(row["cost/myCost"]))
        for row in oracle()
    )
    assert sums == told("oracle-cloud", "BilledCost") == told("oracle-cloud", "EffectiveCost")


def test_oracle_corrections_take_back_lines_of_the_month_before():
    of = {row["lineItem/referenceNo"]: row for row in oracle()}
    assert len(of) == len(oracle()) == FACTS["oracle-cloud"]["charge_categories"]["Usage"]
    again = [row for row in oracle() if row["lineItem/isCorrection"] == "true"]
    cost = sum(Decimal(row["cost/myCost"]) for row in again)
    assert {"rows": len(again), "BilledCost": str(cost.normalize())} == FACTS["oracle-cloud"]["special"]["corrections"]
    for row in again:
        before = of[row["lineItem/backreferenceNo"]]
        assert Decimal(before["cost/myCost"]) == -Decimal(row["cost/myCost"])
        assert before["lineItem/intervalUsageStart"] == row["lineItem/intervalUsageStart"]


def test_oracle_writes_times_in_two_ways_and_small_amounts_with_an_exponent():
    row = oracle()[0]
    assert (row["lineItem/intervalUsageStart"], row["lineItem/intervalUsageEnd"]) == ("2026-09-30T00:00Z", "2026-09-30T01:00:00Z")
    special = FACTS["oracle-cloud"]["special"]
    assert sum("E" in row["cost/myCost"] for row in oracle()) == special["with_exponent"] > 0
    assert sum(not Decimal(row["cost/myCost"]) for row in oracle()) == special["free"] > 0


@pytest.mark.parametrize(("fact", "column"), [("services", "product/service"), ("compartments", "product/compartmentName")])
def test_oracle_parts(fact, column):
    sums = summed((row[column], Decimal(row["cost/myCost"])) for row in oracle())
    assert sums == {name: Decimal(amount) for name, amount in FACTS["oracle-cloud"]["special"][fact].items()}
