"""oracle-cloud: lines of a cost report as FOCUS means them, corrections, times in two forms, Oracle's own FOCUS reports."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal

import pytest

import finopsnb_sample
from finopsnb.errors import SourceError
from finopsnb.plugins.testing import new_session

LINE = {
    "lineItem/referenceNo": "r-1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..aaaa",
    "lineItem/intervalUsageStart": "2023-11-01T00:00Z",
    "lineItem/intervalUsageEnd": "2023-11-01 01:00:00",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..shop",
    "product/compartmentName": "shop",
    "product/region": "eu-frankfurt-1",
    "product/availabilityDomain": "AD-1",
    "product/resourceId": "ocid1.instance.oc1.eu-frankfurt-1.web",
    "usage/billedQuantity": "4",
    "cost/subscriptionId": "00417",
    "cost/productSku": "B93113",
    "product/Description": "Standard - E4 - OCPU",
    "cost/unitPrice": "0.025",
    "cost/myCost": "0.1",
    "cost/myCostOverage": "",
    "cost/currencyCode": "EUR",
    "cost/billingUnitReadable": "1 NONE HOURS OCPU",
    "cost/skuUnitDescription": "OCPU Hours",
    "cost/overageFlag": "false",
    "lineItem/isCorrection": "false",
    "lineItem/backreferenceNo": "",
    "tags/Shop.team": "größe ☃",
    "tags/Shop.Team": "",
    "tags/owner": "O'Hara",
}
CORRECTION = {"lineItem/isCorrection": "true", "lineItem/backreferenceNo": "r-1"}


def line(reference, **changes):
    return LINE | {"lineItem/referenceNo": reference} | {name.replace("__", "/"): value for name, value in changes.items()}


LINES = {
    "plain": line("plain"),
    "small": line("small", cost__myCost="1.8E-8", usage__billedQuantity="0.00000072"),
    "half": line("half", cost__myCost="0.1234567890123456785"),
    "free": line("free", cost__myCost="0", cost__unitPrice="0"),
    "refund": line("refund", cost__myCost="-5.5", usage__billedQuantity="-220"),
    "priceless": line("priceless", cost__unitPrice="", product__service="SOMETHING_NEW", product__resourceId="oci_monitoring"),
    "tenancy": line("tenancy", product__compartmentId="", product__compartmentName="", cost__subscriptionId=""),
    "times": line("times", lineItem__intervalUsageStart="2023-11-30 23:00", lineItem__intervalUsageEnd="2023-12-01T00:00:00.000Z"),
    "within": line("within", cost__myCost="-0.1") | CORRECTION,
    "before": line("before", cost__myCost="-0.1", lineItem__intervalUsageStart="2023-10-31T23:00Z") | CORRECTION,
    "next": line("next", lineItem__intervalUsageStart="2023-12-01T00:00Z", lineItem__intervalUsageEnd="2023-12-01T01:00Z"),
}


def write(path, lines):
    with gzip.open(path, "wt", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def collected(session, path):
    session.load("oracle-cloud", path=str(path))
    session.collect("oracle-cloud", frames="none")
    return {one["x_ReferenceNo"]: one for one in session.frame("costs", frames="arrow").to_pylist()}


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """November, and on the first of December what it brings; the lines by their number, and the proof."""
    folder = tmp_path_factory.mktemp("reports")
    december = ("before", "next")
    write(folder / "reports_cost-csv_1.csv.gz", [one for name, one in LINES.items() if name not in december])
    write(folder / "reports_cost-csv_2.csv.gz", [LINES[name] for name in december])
    with new_session() as session:
        found = collected(session, folder)
        return found, session.reconcile("oracle-cloud", frames="arrow").to_pylist(), session.findings()


RULES = {
    "plain": {
        "BilledCost": "0.1",
        "EffectiveCost": "0.1",
        "ListCost": "0.1",
        "ContractedCost": "0.1",
        "ContractedUnitPrice": "0.025",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "PricingQuantity": "4",
        "PricingUnit": "1 NONE HOURS OCPU",
        "ConsumedUnit": "OCPU Hours",
        "BillingAccountId": "00417",
        "BillingAccountType": "Subscription",
        "SubAccountId": "ocid1.compartment.oc1..shop",
        "SubAccountName": "shop",
        "SubAccountType": "Compartment",
        "BillingCurrency": "EUR",
        "ProviderName": "Oracle",
        "ServiceName": "COMPUTE",
        "ServiceCategory": "Compute",
        "ResourceType": "Instance",
        "RegionId": "eu-frankfurt-1",
        "RegionName": "Germany Central (Frankfurt)",
        "AvailabilityZone": "AD-1",
        "SkuId": "B93113",
        "Tags": [("Shop.team", "größe ☃"), ("owner", "O'Hara")],
    },
    "small": {"BilledCost": "0.000000018", "ContractedCost": "0.000000018"},
    "half": {"BilledCost": "0.123456789012345678"},
    "free": {"BilledCost": "0", "ContractedCost": "0"},
    "refund": {"BilledCost": "-5.5", "ContractedCost": "-5.5", "ChargeCategory": "Usage", "ChargeClass": None},
    "priceless": {"ContractedCost": "0.1", "ContractedUnitPrice": None, "ServiceCategory": "Other", "ResourceType": None},
    "tenancy": {"BillingAccountId": "ocid1.tenancy.oc1..aaaa", "BillingAccountType": "Tenancy", "SubAccountType": "Tenancy"},
    "within": {"ChargeCategory": "Usage", "ChargeClass": None, "BilledCost": "-0.1", "x_BackreferenceNo": "r-1"},
    "before": {"ChargeCategory": "Usage", "ChargeClass": "Correction", "BilledCost": "-0.1", "x_BackreferenceNo": "r-1"},
}


@pytest.mark.parametrize(("name", "expected"), RULES.items(), ids=RULES)
def test_a_line_is_what_focus_means(reports, name, expected):
    found = reports[0][name]
    told = {column: Decimal(value) if isinstance(found[column], Decimal) else value for column, value in expected.items()}
    assert {column: found[column] for column in expected} == told


TIMES = {
    "plain": ("2023-11-01T00:00:00+00:00", "2023-11-01T01:00:00+00:00", "2023-11-01T00:00:00+00:00", "2023-12-01T00:00:00+00:00"),
    "times": ("2023-11-30T23:00:00+00:00", "2023-12-01T00:00:00+00:00", "2023-11-01T00:00:00+00:00", "2023-12-01T00:00:00+00:00"),
    "before": ("2023-10-31T23:00:00+00:00", "2023-11-01T01:00:00+00:00", "2023-10-01T00:00:00+00:00", "2023-11-01T00:00:00+00:00"),
}


@pytest.mark.parametrize(("name", "times"), TIMES.items(), ids=TIMES)
def test_times_of_either_form_are_one_and_the_month_is_that_of_the_usage(reports, name, times):
    found = reports[0][name]
    columns = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd")
    assert tuple(found[column].isoformat() for column in columns) == times


def test_it_adds_up_to_the_last_digit(reports):
    found, proof, findings = reports
    total = sum(Decimal(one["cost/myCost"]) for one in LINES.values())
    assert sum(one["source_total"] for one in proof if one["measure"] == "BilledCost") == total
    assert sum(one["BilledCost"] for one in found.values()) == total - Decimal("5E-19")
    assert {one["status"] for one in proof} == {"matches"}
    assert findings[findings.rule == "list-cost-filled"].rows.tolist() == [len(LINES)]


def test_corrections_alone_in_a_report_are_of_the_past(tmp_path):
    write(tmp_path / "cost.csv.gz", [LINES["within"]])
    with new_session() as session:
        assert collected(session, tmp_path)["within"]["ChargeClass"] == "Correction"


def test_a_line_that_cannot_be_read_is_set_aside(tmp_path):
    write(tmp_path / "cost.csv.gz", [LINES["plain"], line("broken", cost__myCost="1,5"), line("late", lineItem__intervalUsageStart="soon")])
    with new_session() as session:
        assert set(collected(session, tmp_path)) == {"plain"}
        refused = session.sql("select line, reason from quarantine order by line")
    assert dict(zip(refused.line, refused.reason, strict=True)) == {
        3: "cost/myCost: '1,5' is not a decimal number",
        4: "lineItem/intervalUsageStart: 'soon' is not a time",
    }


def test_a_report_of_usage_alone_is_refused(tmp_path):
    write(tmp_path / "usage.csv.gz", [{name: value for name, value in LINE.items() if not name.startswith("cost/")}])
    with new_session() as session, pytest.raises(SourceError, match="is not a cost report of Oracle Cloud") as error:
        collected(session, tmp_path)
    assert "cost/myCost" in str(error.value)


def test_a_focus_report_of_oracle_goes_through_and_its_small_letters_are_mended(tmp_path):
    times = {"ChargePeriodStart": "2026-10-01T00:00Z", "ChargePeriodEnd": "2026-10-01T01:00Z"}
    costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "0.5")
    own = {"ChargeFrequency": "Usage-based", "ChargeCategory": "Usage", "oci_ReferenceNumber": "0012", "x_ReferenceNo": "focus"}
    write(tmp_path / "focus.csv.gz", [{**times, **costs, **own, "BillingCurrency": "EUR", "BillingAccountId": "00417"}])
    with new_session() as session:
        (found,) = collected(session, tmp_path).values()
        proof = session.reconcile("oracle-cloud", frames="arrow").to_pylist()
    assert (found["BilledCost"], found["ChargeFrequency"], found["x_oci_ReferenceNumber"]) == (Decimal("0.5"), "Usage-Based", "0012")
    assert {one["status"] for one in proof} == {"matches"}


FACTS = finopsnb_sample.facts()["native"]["oracle-cloud"]


def test_the_sample_is_what_its_facts_say_and_collecting_it_again_changes_nothing():
    with new_session() as session:
        first = collected(session, finopsnb_sample.path() / "native" / "oracle-cloud")
        sums = session.sql("select strftime(BillingPeriodStart, '%Y-%m') as month, sum(BilledCost) as billed from costs group by 1")
        assert dict(zip(sums.month, sums.billed, strict=True)) == {
            one["BillingPeriod"]: Decimal(one["BilledCost"]) for one in FACTS["totals"]
        }
        corrected = [one["BilledCost"] for one in first.values() if one["ChargeClass"] == "Correction"]
        assert (len(corrected), sum(corrected)) == (
            FACTS["special"]["corrections"]["rows"],
            Decimal(FACTS["special"]["corrections"]["BilledCost"]),
        )
        assert all(one["x_BackreferenceNo"] in first for one in first.values() if one["ChargeClass"])
        assert {one["status"] for one in session.reconcile("oracle-cloud", frames="arrow").to_pylist()} == {"matches"}
        session.collect("oracle-cloud", full=True)
        again = {one["x_ReferenceNo"]: one for one in session.frame("costs", frames="arrow").to_pylist()}
        assert {name: without_run(one) for name, one in again.items()} == {name: without_run(one) for name, one in first.items()}


def without_run(row):
    return {name: value for name, value in row.items() if not name.startswith("_")}
