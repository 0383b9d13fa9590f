"""azure-exports: what becomes of each kind of row, in every header set, and that actual and amortised cost add up to the bill."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import finopsnb_sample
from finopsnb import focus
from finopsnb.errors import PluginConfigError, SourceError
from finopsnb.plugins.testing import new_session
from finopsnb_plugins.telemetry._azure_kinds import Content, said_by
from finopsnb_plugins.telemetry._azure_parts import Part, parts_of
from finopsnb_plugins.telemetry._azure_regions import NAMES as REGIONS
from finopsnb_plugins.telemetry._azure_regions import OLDER
from finopsnb_plugins.telemetry._azure_services import CATEGORIES, FAMILIES, PROVIDERS, TYPES

NATIVE = finopsnb_sample.path() / "native" / "azure-exports"
FACTS = finopsnb_sample.facts()["native"]["azure-exports"]

VM = "/subscriptions/0042/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Web-1"
CAPACITY = "/providers/Microsoft.Capacity/reservationOrders/O-1/reservations/R-1"
BENEFIT = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/O-2/savingsPlans/P-2"
ROW = {
    "BillingAccountId": "0087",
    "BillingAccountName": "Larkspur",
    "BillingProfileId": "0087",
    "BillingPeriodStartDate": "10/01/2026",
    "BillingPeriodEndDate": "10/31/2026",
    "SubscriptionId": "0042",
    "Date": "10/31/2026",
    "Product": "Virtual Machines",
    "MeterId": "m-1",
    "ServiceFamily": "Compute",
    "MeterCategory": "Virtual Machines",
    "MeterName": "D2 v5",
    "Quantity": "24",
    "EffectivePrice": "0.1",
    "UnitPrice": "0.1",
    "PayGPrice": "0.125",
    "Cost": "2.4",
    "BillingCurrency": "usd",
    "ResourceLocation": "EU West",
    "ConsumedService": "Microsoft.Compute",
    "ResourceId": VM,
    "ResourceName": "",
    "AdditionalInfo": "",
    "Tags": '"team": "web"',
    "UnitOfMeasure": "1 Hour",
    "ReservationId": "",
    "PublisherName": "",
    "ChargeType": "Usage",
    "Frequency": "UsageBased",
    "PricingModel": "OnDemand",
    "benefitId": "",
    "CostCenter": "",
}
RESERVATION = {"PricingModel": "Reservation", "benefitId": CAPACITY, "PayGPrice": "0", "ReservationId": "R-1"}
PLAN = {"PricingModel": "SavingsPlan", "benefitId": BENEFIT}
BOUGHT = {"ChargeType": "Purchase", "Frequency": "Recurring", "Quantity": "1", "Cost": "9", "UnitPrice": "9", "EffectivePrice": "9"}


def of(**changes):
    return {**ROW, **changes}


AMORTIZED = [
    (of(), {"BilledCost": "2.4", "EffectiveCost": "2.4", "ContractedCost": "2.4", "ListCost": "3", "ListUnitPrice": "0.125",
            "ContractedUnitPrice": "0.1", "PricingQuantity": "24", "PricingUnit": "Hours", "ConsumedQuantity": "24",
            "ConsumedUnit": "Hours", "ChargeCategory": "Usage", "ChargeFrequency": "Usage-Based", "ChargeClass": None,
            "PricingCategory": "Standard", "BillingAccountId": "0087", "BillingAccountType": "Billing Account",
            "SubAccountId": "0042", "SubAccountType": "Subscription", "BillingCurrency": "USD", "PricingCurrency": "USD",
            "ResourceId": VM.lower(), "ResourceName": "Web-1", "ResourceType": "Virtual machine", "ServiceCategory": "Compute",
            "RegionId": "westeurope", "RegionName": "West Europe", "Tags": {"team": "web"}, "PublisherName": "Microsoft",
            "CommitmentDiscountId": None, "CommitmentDiscountStatus": None,
            "ChargePeriodEnd": datetime(2026, 11, 1, tzinfo=UTC), "BillingPeriodEnd": datetime(2026, 11, 1, tzinfo=UTC)}),
    (of(**RESERVATION, UnitPrice="0.15", AdditionalInfo='{"RINormalizationRatio":2.0}'),
     {"BilledCost": "0", "EffectiveCost": "2.4", "ContractedCost": "3.6", "ListCost": "3.6", "CommitmentDiscountStatus": "Used",
      "CommitmentDiscountType": "Reservation", "CommitmentDiscountCategory": "Usage", "CommitmentDiscountId": CAPACITY.lower(),
      "CommitmentDiscountQuantity": "48", "CommitmentDiscountUnit": "Normalized Hours", "PricingCategory": "Committed"}),
    (of(**PLAN, UnitPrice="0.12"), {"BilledCost": "0", "EffectiveCost": "2.4", "ContractedCost": "2.88", "ListCost": "3",
                                    "CommitmentDiscountStatus": "Used", "CommitmentDiscountCategory": "Spend",
                                    "CommitmentDiscountType": "Savings Plan", "CommitmentDiscountQuantity": "2.4",
                                    "CommitmentDiscountUnit": "USD"}),
    (of(**RESERVATION, ChargeType="UnusedReservation"),
     {"ChargeCategory": "Usage", "BilledCost": "0", "EffectiveCost": "2.4", "CommitmentDiscountStatus": "Unused", "ListCost": "0",
      "ContractedCost": "0", "ConsumedQuantity": None, "PricingCategory": "Committed"}),
    (of(**PLAN, ChargeType="UnusedSavingsPlan"), {"ChargeCategory": "Usage", "BilledCost": "0", "CommitmentDiscountStatus": "Unused",
                                                  "CommitmentDiscountType": "Savings Plan"}),
    (of(ReservationId="R-1", PricingModel=""), {"BilledCost": "0", "CommitmentDiscountId": "r-1", "CommitmentDiscountStatus": "Used"}),
    (of(PricingModel="Spot"), {"PricingCategory": "Dynamic", "BilledCost": "2.4"}),
    (of(ChargeType="Refund", Cost="-2.4", Quantity="-24"),
     {"ChargeCategory": "Usage", "ChargeClass": "Correction", "BilledCost": "-2.4", "EffectiveCost": "-2.4", "ListCost": "-3"}),
    (of(**{**BOUGHT, "PublisherName": "Contoso", "UnitPrice": "0", "PayGPrice": "0"}),
     {"ChargeCategory": "Purchase", "BilledCost": "9", "EffectiveCost": "9", "ListCost": "9", "ContractedCost": "9",
      "ChargeFrequency": "Recurring", "PublisherName": "Contoso", "ListUnitPrice": None}),
    (of(ChargeType="Tax", Cost="0.4"), {"ChargeCategory": "Tax", "PricingCategory": None, "PricingQuantity": None, "BilledCost": "0.4"}),
    (of(ChargeType="RoundingAdjustment", Cost="-0.01"), {"ChargeCategory": "Adjustment", "BilledCost": "-0.01"}),
    (of(UnitOfMeasure="10K", Quantity="0.0004", Cost="0.00004"),
     {"PricingQuantity": "0.0004", "ConsumedQuantity": "4", "PricingUnit": "Units", "ListCost": "0.00005"}),
    (of(UnitOfMeasure="10K", Quantity="4", Cost="0.00004"),
     {"PricingQuantity": "0.0004", "ConsumedQuantity": "4", "PricingUnit": "Units", "ListCost": "0.00005"}),
    (of(UnitOfMeasure="100 GB Hours", Quantity="50", Cost="0.05"),
     {"PricingQuantity": "0.5", "PricingUnit": "GB-Hours", "ConsumedQuantity": "50"}),
    (of(UnitOfMeasure="100 Hours", Quantity="50", Cost="0"), {"PricingQuantity": "0.5", "PricingUnit": "Hours"}),
    (of(UnitOfMeasure="1/Month"), {"PricingUnit": "Months", "PricingQuantity": "24"}),
    (of(UnitOfMeasure="1 GB/Month"), {"PricingUnit": "GB-Months"}),
    (of(UnitOfMeasure="1M"), {"PricingUnit": "Units"}),
    (of(UnitOfMeasure="5 Widgets", Cost="0.48"), {"PricingUnit": "Widgets", "PricingQuantity": "4.8"}),
    (of(Cost="1.2E-7", Quantity="0.0000012"), {"BilledCost": "0.00000012", "ListCost": "0.00000015"}),
    (of(Quantity="123456789012.5", Cost="12345678901.25"), {"ListCost": "15432098626.5625"}),
    (of(PayGPrice=""), {"ListCost": "2.4", "ListUnitPrice": None}),
    (of(Tags=""), {"Tags": None}),
    (of(Tags='{ "team": "web" }'), {"Tags": {"team": "web"}}),
    (of(ResourceLocation="Unassigned", ResourceId=""), {"RegionId": None, "RegionName": None, "ResourceId": None, "ResourceType": None}),
    (of(ResourceLocation="WESTUS2"), {"RegionId": "westus2", "RegionName": "West US 2"}),
    (of(ResourceLocation="Mars North"), {"RegionId": "marsnorth", "RegionName": "Mars North"}),
    (of(ResourceId="/subscriptions/0042/providers/Microsoft.Sql/servers/S/databases/D", MeterCategory="SQL Database"),
     {"ResourceType": "SQL database", "ResourceName": "D", "ServiceCategory": "Databases"}),
    (of(ResourceId="/subscriptions/0042/providers/Microsoft.New/things/T", MeterCategory="New", ConsumedService="microsoft.new"),
     {"ResourceType": "microsoft.new/things", "ServiceCategory": "Compute", "ServiceName": "New"}),
    (of(MeterCategory="New", ConsumedService="MICROSOFT.KEYVAULT"), {"ServiceCategory": "Security"}),
    (of(Date="10/3/2026"), {"ChargePeriodStart": datetime(2026, 10, 3, tzinfo=UTC)}),
    (of(Date="2026-10-31"), {"ChargePeriodStart": datetime(2026, 10, 31, tzinfo=UTC)}),
    (of(BillingPeriodStartDate="", BillingPeriodEndDate=""), {"BillingPeriodStart": datetime(2026, 10, 1, tzinfo=UTC),
                                                              "BillingPeriodEnd": datetime(2026, 11, 1, tzinfo=UTC)}),
]  # fmt: skip
ACTUAL = [
    (of(**{**RESERVATION, **BOUGHT}),
     {"ChargeCategory": "Purchase", "BilledCost": "9", "EffectiveCost": "0", "ContractedCost": "9", "ListCost": "9",
      "ChargeFrequency": "Recurring", "CommitmentDiscountId": CAPACITY.lower(), "CommitmentDiscountStatus": None,
      "PricingCategory": "Standard", "ConsumedQuantity": None}),
    (of(**{**PLAN, **BOUGHT, "ChargeType": "Refund", "Frequency": "OneTime", "Cost": "-9", "Quantity": "-1"}),
     {"ChargeCategory": "Purchase", "ChargeClass": "Correction", "BilledCost": "-9", "EffectiveCost": "0", "ChargeFrequency": "One-Time"}),
]  # fmt: skip
#: what amortised files have too: nothing comes of it
LEFT_OUT = [of(), of(**{**RESERVATION, "Cost": "0"}), of(**{**BOUGHT, "PublisherName": "Contoso"})]


def write(path: Path, rows, names=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, names or list(ROW))
        writer.writeheader()
        writer.writerows(rows)
    return path


def collected(session, path, **settings):
    session.load("azure-exports", path=str(path), **settings)
    session.collect("azure-exports", frames="none")
    return session.sql("select * from costs order by x_CostCenter", frames="arrow").to_pylist()


def totals(session):
    found = session.sql("select sum(BilledCost), sum(EffectiveCost), count(*) from costs", frames="arrow").to_pylist()[0]
    return tuple(found.values())


def reconciled(session):
    table = session.reconcile("azure-exports")
    return set(table.status), {str(value) for value in table.difference.map(lambda value: value.normalize())}


@pytest.fixture
def session():
    with new_session() as session:
        yield session


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """A session that has collected the rows of all rules, from an amortised and an actual file; CostCenter numbers them."""
    folder = tmp_path_factory.mktemp("rules") / "bill"
    numbered = [{**row, "CostCenter": f"{number:03}"} for number, (row, _) in enumerate([*AMORTIZED, *ACTUAL])]
    write(folder / "Amortised-cost.csv", numbered[: len(AMORTIZED)])
    write(folder / "actualcost.csv", [*numbered[len(AMORTIZED) :], *LEFT_OUT])
    with new_session() as session:
        rows = collected(session, folder)
        yield session, rows


def plain(value):
    return dict(value) if isinstance(value, list) else value


def test_what_becomes_of_a_row(rules, subtests):
    _, rows = rules
    assert len(rows) == len(AMORTIZED) + len(ACTUAL)
    for row, (given, wanted) in zip(rows, [*AMORTIZED, *ACTUAL], strict=True):
        with subtests.test(rule=row["x_CostCenter"], **{name: value for name, value in given.items() if value != ROW[name]}):
            found = {name: plain(row[name]) for name in wanted}
            amounts = {name for name, value in found.items() if isinstance(value, Decimal)}
            assert found == {name: Decimal(value) if name in amounts else value for name, value in wanted.items()}


def test_what_is_left_out_and_what_is_filled_is_told(rules):
    session, _ = rules
    found = session.findings().set_index("rule").rows
    assert found["actual-beside-amortized"] == len(LEFT_OUT)
    # usage and purchase of a reservation, of the marketplace, and one without a list price
    assert found["list-cost-filled"] == 4
    assert {"amortized-missing", "purchases-missing"}.isdisjoint(found.index)


def test_every_rule_reconciles_and_collecting_again_changes_nothing(rules):
    session, rows = rules
    assert reconciled(session) == ({"matches"}, {"0"})
    session.collect("azure-exports", full=True)
    assert session.sql("select * from costs order by x_CostCenter", frames="arrow").num_rows == len(rows)
    assert session.last_run["rows_stored"] == len(rows)


# --- which file is of which kind

OCTOBER = {"BillingPeriodStartDate": "10/01/2026", "BillingPeriodEndDate": "10/31/2026"}
NOVEMBER = {"BillingPeriodStartDate": "11/01/2026", "BillingPeriodEndDate": "11/30/2026", "Date": "11/02/2026"}
USED, FREE, BUY = of(**RESERVATION, Cost="3"), of(**RESERVATION, Cost="0"), of(**{**RESERVATION, **BOUGHT})

SOURCES = {
    "by rows": ({"1.csv": [of(), FREE, BUY], "2.csv": [of(), USED]}, ("11.4", "5.4", 3), set()),
    "one without commitments": ({"1.csv": [of()], "2.csv": [of(), USED]}, ("2.4", "5.4", 2), {"purchases-missing"}),
    "one file with both": ({"all.csv": [of(), USED, BUY]}, ("11.4", "5.4", 3), set()),
    "actual only": ({"1.csv": [of(), FREE, BUY]}, ("11.4", "11.4", 3), {"amortized-missing"}),
    "amortised only": ({"1.csv": [of(), USED]}, ("2.4", "5.4", 2), {"purchases-missing"}),
    "one month in both, one actual": (
        {"actual.csv": [of(), BUY, of(**NOVEMBER), {**BUY, **NOVEMBER}], "amortized.csv": [of(), USED]},
        ("22.8", "16.8", 5),
        {"amortized-missing"},
    ),
    "one month in both, one amortised": (
        {"actual.csv": [of(), BUY], "amortized.csv": [of(), USED, {**USED, **NOVEMBER}]},
        ("11.4", "8.4", 4),
        {"purchases-missing"},
    ),
    "a subscription that only the actual cost has": (
        {"actual.csv": [of(), BUY, of(SubscriptionId="7")], "amortized.csv": [of(), USED]},
        ("13.8", "7.8", 4),
        {"amortized-missing"},
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_of_one_kind_or_both(session, tmp_path, name):
    files, (billed, effective, rows), missing = SOURCES[name]
    for file, lines in files.items():
        write(tmp_path / "bill" / file, lines)
    collected(session, tmp_path / "bill")
    assert totals(session) == (Decimal(billed), Decimal(effective), rows)
    assert {rule for rule in session.findings().rule if rule.endswith("-missing")} == missing
    assert reconciled(session) == ({"matches"}, {"0"})


def test_the_kind_that_is_said_counts(session, tmp_path):
    collected(session, write(tmp_path / "amortized.csv", [of(), USED, BUY]), kind="actual")
    assert totals(session)[:2] == (Decimal("14.4"), Decimal("14.4"))


BILLS = "/bills/exports"
NAMES = {
    ("ea_actual_2026-10.csv", ""): "actual",
    ("EA-Amortized.csv.gz", ""): "amortized",
    ("AmortisedCost/20261001-20261031/part_0.csv", ""): "amortized",
    ("ActualCost/amortized/part_0.csv", ""): "amortized",
    ("actual-and-amortized.csv", ""): "",
    ("part_0.csv", ""): "",
    ("ActualCost/part_0.csv", "/*/part_0.csv"): "actual",
}


@pytest.mark.parametrize(("file", "pattern"), NAMES)
def test_a_kind_is_said_by_the_nearest_name(file, pattern):
    assert said_by(f"{BILLS}/{file}", BILLS + pattern) == NAMES[file, pattern]
    assert said_by(f"s3://actual/bills/{file}", f"s3://actual/bills{pattern}") == NAMES[file, pattern]


SEPTEMBER, TWO = ("0087", "2026-09-01", "42"), ("0087", "2026-10-01", "42")
MIXES = [
    ({"a": Content("usage", (TWO,)), "b": Content("both", (TWO,))}, {"a": Part("alone"), "b": Part("amortized")}),
    ({"a": Content("actual"), "b": Content("actual")}, {"a": Part("alone", None), "b": Part("alone", None)}),
    ({"a": Content("amortized")}, {"a": Part("amortized", None)}),
    (
        {"a": Content("actual", (SEPTEMBER, TWO)), "b": Content("amortized", (TWO,))},
        {"a": Part("beside", ["0087 2026-09-01"], ["0087 2026-09-01 42"]), "b": Part("amortized")},
    ),
    (
        {"a": Content("actual", (TWO,)), "b": Content("amortized", (SEPTEMBER, TWO))},
        {"a": Part("beside"), "b": Part("amortized", ["0087 2026-09-01"])},
    ),
]


@pytest.mark.parametrize(("contents", "wanted"), MIXES)
def test_how_files_count_beside_each_other(contents, wanted):
    found = parts_of(contents)
    assert found == wanted
    assert {name: Part.of(str(part)) for name, part in found.items()} == wanted


def test_an_unknown_kind_is_refused(session):
    with pytest.raises(PluginConfigError) as error:
        session.load("azure-exports", path="x", kind="actuals")
    assert set(error.value.problems) == {"kind"}


def test_the_other_file_may_come_later_change_and_go(session, tmp_path):
    actual = write(tmp_path / "bill" / "actual.csv", [of(), FREE])
    collected(session, tmp_path / "bill")
    assert totals(session) == (Decimal("2.4"), Decimal("2.4"), 2)
    amortized = write(tmp_path / "bill" / "amortized.csv", [of(), USED])
    session.collect("azure-exports")
    assert totals(session) == (Decimal("2.4"), Decimal("5.4"), 2)
    session.collect("azure-exports")
    assert session.last_run["rows_in"] == 0
    write(amortized, [of(), {**USED, "Cost": "3.5"}])
    session.collect("azure-exports")
    assert totals(session) == (Decimal("2.4"), Decimal("5.9"), 2)
    amortized.unlink()
    session.collect("azure-exports")
    assert totals(session) == (Decimal("2.4"), Decimal("2.4"), 2)
    assert actual.exists()


# --- customer agreements

MCA = {
    "billingAccountId": "a:b_2019-05-31", "billingProfileId": "AB-PGB", "billingProfileName": "Profile", "invoiceId": "G1",
    "billingPeriodStartDate": "08/01/2026", "billingPeriodEndDate": "08/31/2026", "date": "08/02/2026", "SubscriptionId": "007",
    "ProductId": "DZH1", "ProductName": "D2 v5", "meterCategory": "Virtual Machines", "quantity": "10", "unitOfMeasure": "1 Hour",
    "effectivePrice": "1.25", "unitPrice": "1.25", "PayGPrice": "2.5", "costInBillingCurrency": "10", "paygCostInBillingCurrency": "20",
    "billingCurrency": "EUR", "pricingCurrency": "USD", "exchangeRatePricingToBilling": "0.8", "chargeType": "Usage",
    "pricingModel": "OnDemand", "frequency": "UsageBased", "benefitId": "", "previousInvoiceId": "", "costCenter": "1",
}  # fmt: skip


def test_a_customer_agreement_bills_its_profiles_in_their_currency(session, tmp_path):
    planned = {"pricingModel": "SavingsPlan", "benefitId": BENEFIT, "effectivePrice": "0.5", "costInBillingCurrency": "4"}
    covered = {**MCA, **planned, "costCenter": "2"}
    corrected = {**MCA, "previousInvoiceId": "G0", "quantity": "-10", "costInBillingCurrency": "-10", "paygCostInBillingCurrency": "-20"}
    path = write(tmp_path / "amortized.csv", [MCA, covered, {**corrected, "costCenter": "3"}], list(MCA))
    usage, used, correction = collected(session, path)
    wanted = {"BillingAccountId": "AB-PGB", "BillingAccountName": "Profile", "BillingAccountType": "Billing Profile", "InvoiceId": "G1",
              "SkuId": "DZH1", "BillingCurrency": "EUR", "PricingCurrency": "USD", "SubAccountId": "007", "ListCost": 20,
              "ContractedCost": 10, "ListUnitPrice": 2, "ContractedUnitPrice": 1}  # fmt: skip
    assert {name: usage[name] for name in wanted} == wanted
    assert (used["BilledCost"], used["EffectiveCost"], used["ContractedCost"], used["ListCost"]) == (0, 4, 10, 20)
    assert (used["CommitmentDiscountQuantity"], used["CommitmentDiscountUnit"]) == (5, "USD")
    assert (correction["ChargeClass"], correction["BilledCost"], correction["ChargeCategory"]) == ("Correction", -10, "Usage")


# --- what cannot be read, and what is something else


def test_a_row_that_cannot_be_read_is_set_aside_and_its_line_is_told(session, tmp_path):
    path = write(tmp_path / "actual.csv", [of(), of(Cost="n/a"), of(Date="31.10.2026")])
    assert len(collected(session, path)) == 1
    quarantined = session.quarantine()
    assert sorted(quarantined.line) == [3, 4]
    assert sorted(quarantined.reason) == ["Cost: 'n/a' is not a decimal number", "Date: '31.10.2026' is not a date"]


def test_another_file_is_refused_by_name(session, tmp_path):
    (tmp_path / "inventory.csv").write_text("Name,Size\na,1\n")
    with pytest.raises(SourceError, match=r"inventory\.csv is not a cost and usage export of Azure") as error:
        collected(session, tmp_path / "inventory.csv")
    assert "CostInBillingCurrency" in str(error.value)


def test_the_focus_export_goes_on_as_it_is(session, tmp_path):
    (tmp_path / "focus.csv").write_text(
        "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,BillingAccountId,x_CostCenter\n"
        "1.5,1.25,USD,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,0087,1\n"
    )
    (row,) = collected(session, tmp_path / "focus.csv")
    assert (row["BilledCost"], row["EffectiveCost"], row["BillingAccountId"]) == (Decimal("1.5"), Decimal("1.25"), "0087")


# --- real files


@pytest.fixture(scope="module")
def azure(shared_data):
    return shared_data / "azure"


def test_the_real_enterprise_agreement_adds_up(session, azure):
    rows = collected(session, azure / "ea_a*.csv")
    assert len(rows) == 29
    assert sum(row["CommitmentDiscountStatus"] == "Used" for row in rows) == 2
    assert max(row["ChargePeriodEnd"] for row in rows) == datetime(2023, 9, 23, tzinfo=UTC)
    assert {row["BillingPeriodEnd"] for row in rows} == {datetime(2023, 10, 1, tzinfo=UTC)}
    bill = session.plugins.get("azure-exports").control_totals().to_pylist()
    assert {row["measure"]: row["total"] + row["residue"] for row in bill} == {
        "BilledCost": Decimal("19.047780136168644627485419"),
        "EffectiveCost": Decimal("16.296932136636644627485419"),
    }
    assert reconciled(session) == ({"matches"}, {"0"})


def test_a_real_file_without_rows_is_no_error(session, azure):
    session.load("azure-exports", path=str(azure / "ea_no_rows.csv"))
    session.collect("azure-exports")
    assert (session.last_run["status"], session.last_run["rows_stored"]) == ("succeeded", 0)


HEADERS = {
    "headersets_Enterprise": ("CostInBillingCurrency", "CAD", "westus2"),
    "headersets_EnterpriseCamel": ("costInBillingCurrency", "USD", "westus"),
    "headersets_German": ("PreTaxCost (PreTaxCost)", "USD", "eastus"),
    "headersets_PayAsYouGo": ("PreTaxCost", "USD", "eastus"),
    "headersets_YA": ("costInBillingCurrency", "USD", "eastus"),
    "values_MissingBrackets": ("costinbillingcurrency", None, None),
    "values_VirtualMachine": ("costinbillingcurrency", None, None),
}


@pytest.mark.parametrize("name", HEADERS)
def test_each_header_set_reads_to_the_cost_that_its_column_says(session, azure, name):
    column, currency, region = HEADERS[name]
    path = azure / f"opencost_{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        (said,) = csv.DictReader(stream)
    (row,) = collected(session, path)
    assert row["BilledCost"] == row["EffectiveCost"] == Decimal(said[column])
    assert row["BillingCurrency"] == currency
    assert row["SubAccountId"].startswith("11111111-")
    if region != "westus2":
        assert row["RegionId"] == region


def test_a_real_row_without_a_cost_is_a_finding(session, azure):
    collected(session, azure / "opencost_headersets_BOM.csv")
    findings = session.findings()
    assert "BilledCost" in set(findings[findings.rule == "not-null"].column)


# --- the sample


def test_the_sample_has_the_planted_facts(session):
    session.load("azure-exports", path=str(NATIVE))
    session.collect("azure-exports", frames="none")
    assert session.last_run["rows_stored"] == FACTS["rows"]
    sums = session.sql(
        "select BillingAccountId, strftime(BillingPeriodStart, '%Y-%m') as BillingPeriod, BillingCurrency, "
        "sum(BilledCost) as BilledCost, sum(EffectiveCost) as EffectiveCost from costs group by all",
        frames="arrow",
    ).to_pylist()
    wanted = [{**total, **{name: Decimal(total[name]) for name in ("BilledCost", "EffectiveCost")}} for total in FACTS["totals"]]
    by_month = {one["BillingPeriod"]: one for one in sums}
    assert by_month == {one["BillingPeriod"]: one for one in wanted}
    asked = "select count(*), sum(EffectiveCost) from costs where CommitmentDiscountStatus = 'Used'"
    (used,) = session.sql(asked, frames="arrow").to_pylist()
    assert tuple(used.values()) == (FACTS["special"]["used"]["rows"], Decimal(FACTS["special"]["used"]["EffectiveCost"]))
    assert reconciled(session) == ({"matches"}, {"0"})


# --- the tables


def test_the_tables_say_what_focus_allows():
    allowed = set(focus.COLUMNS["ServiceCategory"].allowed_values)
    assert {*CATEGORIES.values(), *PROVIDERS.values(), *FAMILIES.values()} <= allowed
    assert set(OLDER.values()) <= set(REGIONS)
    assert all(name == name.lower() for table in (REGIONS, OLDER, PROVIDERS, TYPES) for name in table)
