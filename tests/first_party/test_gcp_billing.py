"""gcp-billing: one bill in all its forms gives the same rows, each as FOCUS means it, and they add up."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import finopsnb_sample
from finopsnb.plugins.testing import new_session
from tests.first_party.google_rows import ACCOUNT, FORMS, PATH, ROWS, credit, json_csv, json_lines, python_csv, row

COST = sum(Decimal(str(one["cost"])) for one in ROWS)
CREDITS = sum(Decimal(str(one["amount"])) for raw in ROWS for one in raw["credits"])
MONEY = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def collected(session, path):
    session.load("gcp-billing", path=str(path))
    session.collect("gcp-billing", frames="none")


def rows_of(session):
    """All rows as dicts without what names the collection, in an order of their own."""
    table = session.frame("costs", frames="arrow")
    kept = [name for name in table.column_names if not name.startswith("_")]
    rows = table.select(kept).to_pylist()
    for one in rows:
        one["Tags"] = dict(one["Tags"] or {})
    return sorted(rows, key=repr)


@pytest.fixture(scope="module")
def forms(tmp_path_factory):
    """Of each form the rows, and what reconciling says; collected once, when it is asked for."""
    done = {}

    def of(form):
        if form not in done:
            folder = tmp_path_factory.mktemp(form)
            FORMS[form](folder, ROWS)
            with new_session() as session:
                collected(session, folder)
                proof = session.reconcile("gcp-billing", frames="arrow").to_pylist()
                done[form] = rows_of(session), proof, session.findings(), len(session.frame("quarantine", frames="arrow"))
        return done[form]

    return of


@pytest.fixture(scope="module")
def found(forms):
    """The rows of the first form by their description."""
    return {one["ChargeDescription"]: one for one in forms("json-lines")[0]}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_rows_and_adds_up(forms, form):
    rows, proof, _, refused = forms(form)
    assert refused == 0
    assert sum(one["BilledCost"] for one in rows) == COST + CREDITS
    assert sum(one["EffectiveCost"] for one in rows) == COST + CREDITS
    assert {(one["status"], one["difference"]) for one in proof} == {("matches", 0)}
    assert sum(one["stored_total"] for one in proof if one["measure"] == "BilledCost") == COST + CREDITS
    assert rows == forms("json-lines")[0]


RULES = {
    "N2 Instance Core running in Belgium": {
        "BilledCost": "1.5",
        "EffectiveCost": "1.5",
        "ListCost": "2",
        "ContractedCost": "1.5",
        "ContractedUnitPrice": "0.75",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "ConsumedQuantity": "7200",
        "ConsumedUnit": "seconds",
        "PricingQuantity": "2",
        "PricingUnit": "hour",
        "BillingAccountId": ACCOUNT,
        "BillingCurrency": "USD",
        "SubAccountId": "shop",
        "SubAccountType": "Project",
        "x_ProjectNumber": "004817720031",
        "ServiceName": "Compute Engine",
        "ServiceCategory": "Compute",
        "RegionId": "europe-west1",
        "RegionName": "Belgium",
        "AvailabilityZone": "europe-west1-b",
        "ResourceId": PATH,
        "ResourceName": "web-1",
        "ResourceType": "Instance",
        "SkuId": "C4F1-2A77-90B1",
        "PublisherName": "Google Cloud",
        "CommitmentDiscountId": None,
        "ChargeClass": None,
    },
    "Start-up credit in full": {
        "BilledCost": "-0.5",
        "EffectiveCost": "-0.5",
        "ListCost": "-0.5",
        "ChargeCategory": "Credit",
        "PricingCategory": None,
        "PricingQuantity": None,
        "ConsumedUnit": None,
        "x_CreditType": "PROMOTION",
        "x_CreditId": "promo-1",
        "ResourceId": PATH,
        "SubAccountId": "shop",
    },
    # never held at 0
    "N2 Instance Ram running in Belgium": {
        "BilledCost": "10",
        "EffectiveCost": "-0.25",
        "ListCost": "12",
        "PricingCategory": "Committed",
        "CommitmentDiscountId": "commit-1",
        "CommitmentDiscountName": "CUD: CPU in full",
        "CommitmentDiscountType": "Committed Use Discount",
        "CommitmentDiscountCategory": "Usage",
        "CommitmentDiscountStatus": "Used",
        "CommitmentDiscountQuantity": "2",
        "CommitmentDiscountUnit": "hour",
    },
    "CUD: CPU in full": {
        "BilledCost": "-10",
        "EffectiveCost": "0",
        "ListCost": "0",
        "ChargeCategory": "Credit",
        "CommitmentDiscountId": "commit-1",
        "CommitmentDiscountStatus": None,
        "CommitmentDiscountQuantity": None,
    },
    "Flexible usage": {
        "EffectiveCost": "1",
        "CommitmentDiscountId": "commit-2",
        "CommitmentDiscountCategory": "Spend",
        "CommitmentDiscountQuantity": "3",
        "CommitmentDiscountUnit": "USD",
    },
    "Commitment v1: Cpu for 1 year": {
        "BilledCost": "6",
        "EffectiveCost": "1.5",
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "Recurring",
        "PricingCategory": "Standard",
        "CommitmentDiscountId": "commit-1",
        "CommitmentDiscountCategory": "Usage",
        "CommitmentDiscountStatus": None,
        "ConsumedQuantity": None,
    },
    "Commitment - dollar based v1: GCE": {"ChargeCategory": "Purchase", "CommitmentDiscountCategory": "Spend", "EffectiveCost": "2"},
    "Tax": {"ChargeCategory": "Tax", "ListCost": "0.79", "PricingQuantity": None, "SkuId": None, "PricingCategory": None},
    "Rounding error": {"ChargeCategory": "Adjustment", "BilledCost": "-0.000000001", "ChargeClass": None},
    "Goodwill": {"ChargeCategory": "Adjustment", "BilledCost": "-2.25", "ChargeClass": "Correction", "x_AdjustmentType": "GOODWILL"},
    "Refunded usage": {"ChargeCategory": "Usage", "BilledCost": "-3.25", "EffectiveCost": "-3.25", "ChargeClass": "Correction"},
    "Late usage": {"ListCost": "0.1", "PublisherName": "Acme & Söhne", "InvoiceIssuerName": "Google Cloud", "ChargeClass": None},
}


@pytest.mark.parametrize(("description", "expected"), RULES.items(), ids=RULES)
def test_a_row_is_what_focus_means(found, description, expected):
    told = {name: Decimal(value) if isinstance(found[description][name], Decimal) else value for name, value in expected.items()}
    assert {name: found[description][name] for name in expected} == told


def test_labels_of_the_resource_count_before_those_of_the_project(found):
    assert found["N2 Instance Core running in Belgium"]["Tags"] == {
        "owner": 'O\'Hara "the boss"',
        "team": "größe ☃",
        "note": "a, None",
        "compute.googleapis.com/cores": "4",
        "example.com/env": "prod",
    }
    assert found["Tax"]["Tags"] == {"team": "platform"}


PERIODS = {
    # winter time begins on the first of November 2026, at two in the morning
    "Tax": ("2026-11-01T07:00:00+00:00", "2026-12-01T08:00:00+00:00"),
    "Late usage": ("2026-12-01T08:00:00+00:00", "2027-01-01T08:00:00+00:00"),
}


@pytest.mark.parametrize(("description", "period"), PERIODS.items(), ids=PERIODS)
def test_the_month_of_the_invoice_is_one_of_los_angeles(found, description, period):
    one = found[description]
    assert (one["BillingPeriodStart"].isoformat(), one["BillingPeriodEnd"].isoformat()) == period


def test_late_usage_keeps_its_days_and_what_was_exported_when(found):
    late = found["Late usage"]
    assert (late["ChargePeriodStart"].isoformat(), late["ChargePeriodEnd"].isoformat()) == (
        "2026-10-31T07:00:00+00:00",
        "2026-11-02T08:00:00+00:00",
    )
    assert (late["x_InvoiceMonth"], late["x_ExportTime"].isoformat()) == ("202612", "2026-11-03T02:14:37+00:00")


def test_what_a_reader_should_know_is_told(forms):
    findings = forms("json-lines")[2]
    rows = dict(zip(findings.rule, findings.rows, strict=True))
    assert (rows["list-cost-filled"], rows["commitment-fee-not-spread"]) == (1, 2)


BROKEN = {
    "credits that are cut off": ({"credits": "[{'name': 'x', 'amount': -1"}, "credits: '[{'name': 'x', 'amount': -1' is not JSON"),
    "a credit without a number": ({"credits": [credit("PROMOTION", "abc")]}, "is not a list of objects, each with a number as amount"),
    "a credit that is no list": ({"credits": credit("PROMOTION", -1)}, "is not a list of objects, each with a number as amount"),
    "a month that is none": ({"invoice": {"month": "202613"}}, "invoice.month: '202613' is not a month such as 202610"),
    "a quantity that is none": ({"usage": {"amount": "much"}}, "usage.amount: 'much' is not a decimal number"),
    "labels that are none": ({"labels": "[{'key'"}, "labels: '[{'key'' is not JSON"),
    "no cost": ({"cost": "1,5"}, "cost: '1,5' is not a decimal number"),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken")
    python_csv(folder, [ROWS[0], *({**row("Broken", 1.25), **changes} for changes, _ in BROKEN.values()), ROWS[1]])
    with new_session() as session:
        collected(session, folder)
        refused = session.sql("select line, reason from quarantine order by line")
        proof = session.reconcile("gcp-billing", frames="arrow").to_pylist()
        yield dict(zip(refused.line, refused.reason, strict=True)), session.last_run, proof


@pytest.mark.parametrize(("place", "kind"), list(enumerate(BROKEN, 3)), ids=BROKEN)
def test_what_cannot_be_read_is_set_aside_with_its_line(broken, place, kind):
    assert broken[0][place].endswith(BROKEN[kind][1])


def test_nothing_else_is_lost_beside_what_is_set_aside(broken):
    _, run, proof = broken
    assert (run["rows_stored"], run["rows_quarantined"]) == (5, len(BROKEN))
    assert {one["difference"] for one in proof} == {Decimal(0)}


LONG = {"cost": "0.1234567890123456785", "amount": "-0.10000000000000001", "wide": "-12345678901234567.123456789"}


@pytest.mark.parametrize("write", [json_csv, json_lines])
def test_numbers_keep_the_digits_that_they_are_printed_with(tmp_path, write):
    credits = [credit("PROMOTION", "<amount>"), credit("DISCOUNT", "<wide>")]
    write(tmp_path, [row("Digits", "<cost>", credits)])
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    for name, digits in LONG.items():
        text = text.replace(f'""<{name}>""', digits).replace(f'"<{name}>"', digits).replace(f"<{name}>", digits)
    file.write_text(text)
    with new_session() as session:
        collected(session, tmp_path)
        stored = sorted(session.frame("costs", frames="arrow")["BilledCost"].to_pylist())
        proof = session.reconcile("gcp-billing", frames="arrow").to_pylist()
    assert stored == [Decimal(LONG["wide"]), Decimal(LONG["amount"]), Decimal("0.123456789012345678")]
    assert {one["difference"] for one in proof} == {Decimal(0)}
    assert {one["rounding"] for one in proof} == {Decimal("0.0000000000000000005")}


def test_an_export_without_credits_and_invoice_is_taken_by_its_usage_and_says_so(tmp_path):
    header = "billing_account_id,service_description,sku_description,project_id,cost,currency,usage_start_time,usage_end_time"
    lines = [
        f"0012,BigQuery,Analysis,shop,1.5,USD,{start},2026-11-02T00:00:00Z"
        for start in ("2026-11-01 06:59:59 UTC", "2026-11-01 07:00:00 UTC")
    ]
    (tmp_path / "few.csv").write_text("\n".join([header, *lines]) + "\n")
    with new_session() as session:
        collected(session, tmp_path)
        starts = session.sql("select BillingPeriodStart::varchar as start, ServiceCategory from costs order by 1")
        assert starts.start.tolist() == ["2026-10-01 07:00:00+00", "2026-11-01 07:00:00+00"]
        assert set(starts.ServiceCategory) == {"Analytics"}
        assert "no-credits-column" in set(session.findings().rule)


FACTS = finopsnb_sample.facts()["native"]["gcp-billing"]


def test_the_sample_is_what_its_facts_say_and_collecting_it_again_changes_nothing():
    with new_session() as session:
        collected(session, finopsnb_sample.path() / "native" / "gcp-billing")
        assert sums(session) == {(one["BillingPeriod"], name): Decimal(one[name]) for one in FACTS["totals"] for name in MONEY[:2]}
        kinds = session.sql("select ChargeCategory, count(*) as rows from costs group by all")
        assert dict(zip(kinds.ChargeCategory, kinds.rows, strict=True)) == FACTS["charge_categories"]
        credits = session.sql("select x_CreditType, count(*) as rows from costs where x_CreditType is not null group by all")
        assert dict(zip(credits.x_CreditType, credits.rows, strict=True)) == FACTS["special"]["credits"]
        assert {one["status"] for one in session.reconcile("gcp-billing", frames="arrow").to_pylist()} == {"matches"}
        before = rows_of(session)
        session.collect("gcp-billing", full=True)
        assert rows_of(session) == before


def sums(session):
    total = "sum(BilledCost) as billed, sum(EffectiveCost) as effective"
    table = session.sql(f"select strftime(BillingPeriodStart, '%Y-%m') as month, {total} from costs group by 1")
    return {(month, name): value for month, *both in table.itertuples(index=False) for name, value in zip(MONEY[:2], both, strict=True)}


def test_a_file_of_something_else_is_refused_by_what_it_lacks(tmp_path):
    from finopsnb.errors import SourceError

    (tmp_path / "other.jsonl").write_text(json.dumps({"cost": 1}) + "\n")
    with new_session() as session, pytest.raises(SourceError, match="is not a Google Cloud billing export") as error:
        collected(session, tmp_path)
    assert "billing_account_id" in str(error.value)
