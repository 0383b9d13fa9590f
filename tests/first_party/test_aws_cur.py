"""aws-cur: what becomes of each kind of line, in each form of the report, and that it adds up."""

from __future__ import annotations

import gzip
from decimal import Decimal

import pytest

import finopsnb_sample
from finopsnb.errors import SourceError
from finopsnb.plugins.testing import new_session

NATIVE = finopsnb_sample.path() / "native"
FACTS = finopsnb_sample.facts()["native"]

LINE = {
    "identity/LineItemId": "a1",
    "bill/BillType": "Refund",  # of the bill, and not of the line
    "bill/PayerAccountId": "001234567890",
    "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-11-01T00:00:00Z",
    "lineItem/UsageAccountId": "000000000042",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-10-03T00:00:00Z",
    "lineItem/UsageEndDate": "2026-10-03T01:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "BoxUsage:m7g.large",
    "lineItem/UsageAmount": "2.0",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "1.2E-7",
    "lineItem/ResourceId": "arn:aws:ec2:eu-west-1:000000000042:instance/i-0abc",
    "pricing/term": "OnDemand",
    "pricing/unit": "Hrs",
    "pricing/publicOnDemandCost": "0.25",
    "savingsPlan/SavingsPlanARN": "",
    "savingsPlan/SavingsPlanEffectiveCost": "",
    "savingsPlan/TotalCommitmentToDate": "",
    "savingsPlan/UsedCommitment": "",
    "reservation/ReservationARN": "",
    "reservation/EffectiveCost": "",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "",
    "reservation/UnusedRecurringFee": "",
    "resourceTags/user:team": "web",
    "resourceTags/user:empty": "",
}
NET = "lineItem/NetUnblendedCost"
PLAN = {"savingsPlan/SavingsPlanARN": "arn:sp", "lineItem/UnblendedCost": "0.25"}
RESERVATION = {"reservation/ReservationARN": "arn:ri", "lineItem/UnblendedCost": "0.0"}


def of(kind, **more):
    return {**LINE, "lineItem/LineItemType": kind, **{key: value for group in more.values() for key, value in group.items()}}


def write(path, *lines):
    names = list(lines[0])
    rows = [",".join(names), *(",".join(str(line.get(name, "")) for name in names) for line in lines)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def collected(session, path, order="EffectiveCost", **settings):
    session.load("aws-cur", path=str(path), **settings)
    session.collect("aws-cur", frames="none")
    return session.sql(f"select * from costs order by {order}", frames="arrow").to_pylist()


@pytest.fixture
def session():
    with new_session() as session:
        yield session


RULES = [
    (of("Usage"), {"BilledCost": "1.2E-7", "EffectiveCost": "1.2E-7", "ListCost": "0.25", "ChargeCategory": "Usage",
                   "ChargeFrequency": "Usage-Based", "ChargeClass": None, "PricingCategory": "Standard",
                   "ServiceCategory": "Compute", "ResourceName": "i-0abc", "CommitmentDiscountStatus": None}),
    (of("SavingsPlanCoveredUsage", plan=PLAN, cost={"savingsPlan/SavingsPlanEffectiveCost": "0.17"}),
     {"BilledCost": "0", "EffectiveCost": "0.17", "ContractedCost": "0.25", "CommitmentDiscountStatus": "Used",
      "CommitmentDiscountCategory": "Spend", "CommitmentDiscountId": "arn:sp", "PricingCategory": "Committed"}),
    (of("DiscountedUsage", ri=RESERVATION, cost={"reservation/EffectiveCost": "0.11"}),
     {"BilledCost": "0", "EffectiveCost": "0.11", "CommitmentDiscountStatus": "Used", "CommitmentDiscountCategory": "Usage",
      "ListCost": "0.25", "ContractedCost": "0.25"}),
    (of("SavingsPlanUpfrontFee", plan=PLAN), {"BilledCost": "0.25", "EffectiveCost": "0", "ChargeCategory": "Purchase",
                                              "ChargeFrequency": "One-Time", "CommitmentDiscountStatus": None}),
    (of("Tax", none={"pricing/term": "", "pricing/unit": ""}), {"ChargeCategory": "Tax", "PricingCategory": None}),
    (of("Credit", cost={"lineItem/UnblendedCost": "-5"}), {"ChargeCategory": "Credit", "BilledCost": "-5", "EffectiveCost": "-5"}),
    (of("Refund", cost={"lineItem/UnblendedCost": "-5"}), {"ChargeCategory": "Usage", "BilledCost": "-5", "ChargeClass": None}),
    (of("Refund", early={"lineItem/UsageStartDate": "2026-09-30T23:00:00Z"}), {"ChargeClass": "Correction"}),
    (of("EdpDiscount", cost={"lineItem/UnblendedCost": "-5"}), {"ChargeCategory": "Adjustment", "BilledCost": "-5"}),
    (of("Usage", spot={"pricing/term": "", "lineItem/UsageType": "EUW1-SpotUsage:m7g"}), {"PricingCategory": "Dynamic"}),
    (of("Usage", none={"pricing/publicOnDemandCost": ""}), {"ListCost": "1.2E-7"}),
    (of("Usage", net={NET: "1E-7"}), {"BilledCost": "1E-7", "EffectiveCost": "1E-7"}),
    (of("EdpDiscount", net={NET: ""}), {"BilledCost": "0"}),
]  # fmt: skip


@pytest.fixture(scope="module", params=["net", "gross"])
def converted(request, tmp_path_factory):
    """The rows of all rules of a report with the net column, or of one without, by the number of the rule."""
    chosen = {i: line for i, (line, _) in enumerate(RULES) if (NET in line) == (request.param == "net")}
    lines = [{**line, "identity/LineItemId": i} for i, line in chosen.items()]
    with new_session() as session:
        rows = collected(session, write(tmp_path_factory.mktemp("rules") / "cur.csv", *lines))
        yield {int(row["x_LineItemId"]): row for row in rows}


def test_what_becomes_of_a_line(converted, subtests):
    for i, row in converted.items():
        line, wanted = RULES[i]
        with subtests.test(kind=line["lineItem/LineItemType"], rule=i):
            found = {name: row[name] for name in wanted}
            assert found == {name: Decimal(value) if name.endswith("Cost") else value for name, value in wanted.items()}
            assert (row["BillingAccountId"], row["SubAccountId"]) == ("001234567890", "000000000042")
            assert dict(row["Tags"]) == {"user:team": "web"}


FEES = [
    (of("SavingsPlanRecurringFee", plan=PLAN, cost={"savingsPlan/TotalCommitmentToDate": "0.25", "savingsPlan/UsedCommitment": "0.2"}),
     "0.25", "0.05"),
    (of("RIFee", ri=RESERVATION, cost={"lineItem/UnblendedCost": "7", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1.5",
                                       "reservation/UnusedRecurringFee": "0.5"}), "7", "2.0"),
]  # fmt: skip


def test_a_fee_is_a_purchase_and_what_nobody_used_of_it_a_row_of_its_own(session, tmp_path):
    lines = [{**line, "identity/LineItemId": i} for i, (line, _, _) in enumerate(FEES)]
    rows = collected(session, write(tmp_path / "cur.csv", *lines), order="x_LineItemId, ChargeCategory")
    for (_, billed, unused), purchase, idle in zip(FEES, rows[::2], rows[1::2], strict=True):
        assert (purchase["ChargeCategory"], purchase["ChargeFrequency"]) == ("Purchase", "Recurring")
        assert (purchase["BilledCost"], purchase["EffectiveCost"]) == (Decimal(billed), 0)
        assert (idle["ChargeCategory"], idle["CommitmentDiscountStatus"], idle["ChargeFrequency"]) == ("Usage", "Unused", "Usage-Based")
        assert (idle["BilledCost"], idle["EffectiveCost"], idle["ListCost"]) == (0, Decimal(unused), 0)
        assert idle["CommitmentDiscountId"] == purchase["CommitmentDiscountId"]
    assert set(session.reconcile("aws-cur").status) == {"matches"}


def test_negations_vanish_and_are_counted(session, tmp_path):
    covered = of("SavingsPlanCoveredUsage", plan=PLAN, cost={"savingsPlan/SavingsPlanEffectiveCost": "0.17"})
    negation = of("SavingsPlanNegation", plan=PLAN, cost={"lineItem/UnblendedCost": "-0.25"})
    (row,) = collected(session, write(tmp_path / "cur.csv", covered, negation))
    assert row["BilledCost"] == 0
    findings = session.findings()
    assert findings[findings.rule == "negation"].rows.tolist() == [1]
    assert set(session.reconcile("aws-cur").status) == {"matches"}


def test_a_line_that_cannot_be_read_is_set_aside_with_its_place(session, tmp_path):
    path = write(tmp_path / "cur.csv", LINE, of("SavingsPlanNegation", cost={"lineItem/UnblendedCost": "1,5"}), LINE)
    path.write_text(path.read_text().replace("1,5", '"1,5"'))
    assert len(collected(session, path)) == 2
    (row,) = session.quarantine(frames="arrow").to_pylist()
    assert (row["line"], row["reason"]) == (3, "lineItem/UnblendedCost: '1,5' is not a decimal number")
    assert '"lineItem/UnblendedCost":"1,5"' in row["raw"]


def test_tag_keys_that_differ_by_case_are_two(session, tmp_path):
    (row,) = collected(session, write(tmp_path / "cur.csv", {**LINE, "resourceTags/user:Team": "WEB"}))
    assert dict(row["Tags"]) == {"user:team": "web", "user:Team": "WEB"}


def test_athena_spells_the_columns_another_way(session, tmp_path):
    import re

    spelled = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("/", "_").replace(":", "_").lower(): v for name, v in LINE.items()}
    (row,) = collected(session, write(tmp_path / "athena.csv", spelled))
    assert (row["BilledCost"], row["SubAccountId"]) == (Decimal("1.2E-7"), "000000000042")
    assert dict(row["Tags"]) == {"user_team": "web"}


def test_the_real_report(session, shared_data):
    rows = collected(session, shared_data / "aws" / "aws_cur_legacy_2023-11.csv")
    assert len(rows) == 1281
    total = {kind: sum(row["BilledCost"] for row in rows if row["ChargeCategory"] == kind) for kind in ("Usage", "Tax")}
    assert total == {"Usage": Decimal("1.6023086974"), "Tax": Decimal("0.08")}
    assert sum(row["ListCost"] for row in rows) == Decimal("3.3561726949")
    assert set(session.reconcile("aws-cur").difference) == {0}


@pytest.mark.parametrize("form", ["aws-cur", "aws-cur-2"])
def test_the_sample_has_its_planted_facts_in_each_form(session, form):
    facts = FACTS[form]
    session.load("aws-cur", path=str(NATIVE / form))
    session.collect("aws-cur", frames="none")
    assert session.last_run["rows_stored"] == facts["rows"]
    frame = session.sql(
        "select BillingAccountId, strftime(BillingPeriodStart, '%Y-%m') as BillingPeriod, BillingCurrency, "
        "sum(BilledCost) as BilledCost, sum(EffectiveCost) as EffectiveCost from costs group by all order by all",
        frames="arrow",
    ).to_pylist()
    assert frame == [{**one, **{m: Decimal(one[m]) for m in ("BilledCost", "EffectiveCost")}} for one in facts["totals"]]
    asked = "select count(*), sum(EffectiveCost) from costs where CommitmentDiscountStatus = 'Unused'"
    (unused,) = session.sql(asked, frames="arrow").to_pylist()
    assert tuple(unused.values()) == (facts["special"]["unused"]["rows"], Decimal(facts["special"]["unused"]["EffectiveCost"]))
    assert set(session.reconcile("aws-cur").difference) == {0}


def test_only_what_changed_is_read_again(session, tmp_path):
    november = of("Usage", when={"bill/BillingPeriodStartDate": "2026-11-01T00:00:00Z", "lineItem/UsageStartDate": "2026-11-02T00:00:00Z"})
    other = of("Usage", id={"identity/LineItemId": "b2", "lineItem/UnblendedCost": "2"})
    for name, line in (("a", LINE), ("b", other), ("c", november)):
        write(tmp_path / f"{name}.csv", line)
    assert len(collected(session, tmp_path)) == 3
    session.collect("aws-cur")
    assert session.last_run["rows_in"] == 0
    write(tmp_path / "b.csv", of("Usage", id={"identity/LineItemId": "b2", "lineItem/UnblendedCost": "3.5"}))
    session.collect("aws-cur")
    assert session.last_run["rows_in"] == 2  # a and b are of one billing period
    assert session.sql("select sum(BilledCost) as s from costs").s.item() == Decimal("3.50000024")
    (tmp_path / "b.csv").unlink()
    session.collect("aws-cur")
    assert session.sql("select count(*) as n from costs").n.item() == 2
    session.collect("aws-cur", full=True)
    assert session.last_run["rows_in"] == 2


def test_a_forgotten_run_is_read_again(session, tmp_path):
    collected(session, write(tmp_path / "a.csv", LINE))
    session.forget(session.last_run["run_id"])
    session.collect("aws-cur")
    assert session.sql("select count(*) as n from costs").n.item() == 1


def test_a_collection_that_failed_is_read_again(session, tmp_path):
    write(tmp_path / "a.csv", LINE)
    (tmp_path / "b.csv").write_text("nothing,of,this\n1,2,3\n")
    session.load("aws-cur", path=str(tmp_path))
    with pytest.raises(SourceError, match="is not a Cost and Usage Report") as caught:
        session.collect("aws-cur")
    assert "lineItem/UnblendedCost" in str(caught.value)
    (tmp_path / "b.csv").unlink()
    assert len(session.collect("aws-cur")) == 1


def test_aws_own_focus_export_goes_through(session, tmp_path):
    path = tmp_path / "focus.csv.gz"
    names = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,BillingPeriodStart,x_Operation"
    with gzip.open(path, "wt") as file:
        file.write(f"{names}\n1.5,1.25,USD,2026-10-01T00:00:00Z,2026-10-01T00:00:00Z,RunInstances\n")
    (row,) = collected(session, path)
    assert (row["BilledCost"], row["EffectiveCost"], row["x_Operation"]) == (Decimal("1.5"), Decimal("1.25"), "RunInstances")


def test_further_columns_are_kept_when_asked_for(session, tmp_path):
    (row,) = collected(session, write(tmp_path / "cur.csv", LINE), keep=["bill/BillType"])
    assert row["x_bill/BillType"] == "Refund"
