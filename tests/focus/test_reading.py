"""Cells as the type of their column: read exactly, or the row is quarantined."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from finopsnb import focus

from .rows import only, said, value

QUARANTINED = "QUARANTINED"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.81E-8", "0.0000000181"),
        (" 5 ", "5"),
        ("+5", "5"),
        ("-0", "0"),
        ("007", "7"),
        ("1e2", "100"),
        ("NULL", None),
        ("null", None),
        ("", None),
        ("  ", None),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
    ],
)
def test_decimal_texts(text: str, amount: str | None) -> None:
    assert value("BilledCost", text) == (amount if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "inf",
        "-Infinity",
        "€5",
        "$5",
        "1,234.50",
        "1.234,50",
        "1_000",
        "1e309",
        "0x10",
        "five",
        "1 000",
        "100000000000000000000",
    ],
)
def test_what_is_no_decimal_quarantines_its_row(text: str) -> None:
    assert value("BilledCost", text) == QUARANTINED


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0.1234567890123456785", "0.123456789012345678"),
        ("0.1234567890123456775", "0.123456789012345678"),
        ("-0.1234567890123456785", "-0.123456789012345678"),
        ("0.12345678901234567850001", "0.123456789012345679"),
        ("0.1234567890123456784999", "0.123456789012345678"),
        ("1.5E-18", "0.000000000000000002"),
        ("2.5E-18", "0.000000000000000002"),
        ("25E-19", "0.000000000000000002"),
        ("1E-19", "0"),
    ],
)
def test_beyond_18_decimals_a_half_goes_to_even_and_is_told(text: str, amount: str) -> None:
    table, findings = focus.normalise(only(BilledCost=[text]))
    assert table["BilledCost"].to_pylist() == [Decimal(amount)]
    assert said(findings, "rounded-to-18-decimals") == {"BilledCost": 1}


@pytest.mark.parametrize("text", ["0.12345678901234567800000", "0.5", "1000E-21", "1.50000000000000000000", "0E-30"])
def test_zeros_beyond_18_decimals_are_no_rounding(text: str) -> None:
    assert said(focus.normalise(only(BilledCost=[text]))[1], "rounded-to-18-decimals") == {}


@pytest.mark.parametrize(
    ("numbers", "amount"),
    [
        (pa.array([0.1]), "0.1"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([0.5], pa.float16()), "0.5"),
        (pa.array([1e-8]), "0.00000001"),
        (pa.array([7]), "7"),
        (pa.array([Decimal("1.50")]), "1.5"),
        (pa.array([Decimal("0." + "1" * 25)]), "0." + "1" * 18),
        (pa.array([Decimal("1.5")], pa.decimal256(50, 20)), "1.5"),
        (pa.array(["1.5"]).dictionary_encode(), "1.5"),
        (pa.array(["1.5"], pa.large_string()), "1.5"),
        (pa.array(["1.5"], pa.string_view()), "1.5"),
        (pa.nulls(1), None),
    ],
)
def test_numbers_of_every_arrow_type(numbers: pa.Array, amount: str | None) -> None:
    assert value("BilledCost", numbers) == (amount if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    "numbers",
    [
        pa.array([float("nan")]),
        pa.array([float("inf")]),
        pa.array([1e30]),
        pa.array([Decimal(10) ** 25]),
        pa.array([True]),
    ],
)
def test_numbers_that_do_not_fit_quarantine_their_row(numbers: pa.Array) -> None:
    assert value("BilledCost", numbers) == QUARANTINED


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-01 00:00:00",
        "2024-09-01",
        "2024-09-01T00:00",
        "2024-09-01 00:00:00 UTC",
        "2024-09-01T00:00:00Z",
        "2024-09-01T00:00:00.000Z",
        "2024-09-01T00:00:00.0000000Z",
        "2024-09-01T02:00:00+02:00",
        "2024-08-31T19:00:00-05",
        "2024-08-31 18:30:00-05:30",
        " 2024-09-01 ",
    ],
)
def test_time_texts(text: str) -> None:
    assert value("ChargePeriodStart", text) == datetime(2024, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "09/01/2024",
        "1/9/24",
        "20240901",
        "24-09-01",
        "infinity",
        "epoch",
        "0001-01-01",
        "2024-02-30",
        "2024-09-01T30:00:00Z",
        "1725148800",
    ],
)
def test_what_is_no_time_quarantines_its_row(text: str) -> None:
    assert value("ChargePeriodStart", text) == QUARANTINED


BERLIN = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    "times",
    [
        pa.array([datetime(2024, 9, 1)], pa.timestamp("ns")),
        pa.array([datetime(2024, 9, 1)], pa.timestamp("s")),
        pa.array([datetime(2024, 9, 1, 2, tzinfo=BERLIN)], pa.timestamp("us", "Europe/Berlin")),
        pa.array([datetime(2024, 9, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
        pa.array([date(2024, 9, 1)], pa.date32()),
        pa.array([date(2024, 9, 1)], pa.date64()),
    ],
)
def test_times_of_every_arrow_type(times: pa.Array) -> None:
    assert value("ChargePeriodStart", times) == datetime(2024, 9, 1, tzinfo=UTC)


def test_naive_times_are_told_and_others_are_not() -> None:
    naive = ["2024-09-01 00:00:00", "2024-09-01", "2024-09-01T00:00:00.5"]
    zoned = [
        "2024-09-01T00:00:00Z",
        "2024-09-01T00:00:00+00:00",
        "2024-09-01T00:00:00-05:00",
        "2024-09-01 00:00:00 UTC",
    ]
    findings = focus.normalise(pa.table({"ChargePeriodStart": [*naive, *zoned, None, "", "NULL"]}))[1]
    assert said(findings, "naive-time") == {"ChargePeriodStart": 3}


def test_digits_beyond_the_microsecond_are_told() -> None:
    texts = ["2024-09-01T00:00:00.1234567Z", "2024-09-01T00:00:00.1234560Z"]
    assert said(focus.normalise(pa.table({"ChargePeriodStart": texts}))[1], "truncated-to-microseconds") == {"ChargePeriodStart": 1}


def test_a_row_without_any_start_is_quarantined() -> None:
    table, findings = focus.normalise(pa.table({"BilledCost": ["1", "2"], "BillingPeriodStart": ["2024-09-01", None]}))
    assert table["BilledCost"].to_pylist() == [1]
    assert said(findings, "unreadable-value") == {"ChargePeriodStart": 1}


def test_a_missing_billing_period_is_the_month_of_the_charge_in_utc() -> None:
    table, findings = focus.normalise(pa.table({"ChargePeriodStart": ["2024-08-31T23:00:00-05:00"]}))
    assert table["BillingPeriodStart"].to_pylist() == [datetime(2024, 9, 1, tzinfo=UTC)]
    assert table["BillingPeriodEnd"].to_pylist() == [datetime(2024, 10, 1, tzinfo=UTC)]
    assert set(said(findings, "billing-period-derived")) == {"BillingPeriodStart", "BillingPeriodEnd"}


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("007", "007"),
        (" 007", " 007"),
        (pa.array([7]), "7"),
        (pa.array([7.0]), "7"),
        (pa.array([7.5]), "7.5"),
        (pa.array([12345678901234567890], pa.uint64()), "12345678901234567890"),
        ("NULL", None),
        ("", None),
        ("Null Island", "Null Island"),
    ],
)
def test_identifiers_stay_what_they_are(cell: Any, text: str | None) -> None:
    assert value("BillingAccountId", cell) == text


@pytest.mark.parametrize(
    ("column", "cell", "text"),
    [
        ("ChargeFrequency", "usage-BASED", "Usage-Based"),
        ("ChargeFrequency", " One-Time ", "One-Time"),
        ("ChargeFrequency", "Sometimes", "Sometimes"),
        ("BillingCurrency", "eur", "EUR"),
        ("BillingCurrency", "Euro", "Euro"),
        ("PricingCurrency", "tok", "tok"),
        ("ServiceCategory", pa.array(["compute"]).dictionary_encode(), "Compute"),
    ],
)
def test_case_of_allowed_values(column: str, cell: Any, text: str) -> None:
    assert value(column, cell) == text


_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ('{"team": "web", " app": null}', {"team": "web", " app": None}),
        ('"team": "web"', {"team": "web"}),
        ("{}", {}),
        (pa.array([[("team", "web")]], pa.map_(pa.string(), pa.string())), {"team": "web"}),
        (pa.array([{"team": "web", "app": None}]), {"team": "web"}),
        (pa.array([[{"key": "team", "value": "web"}]], _ENTRIES), {"team": "web"}),
        ("NULL", None),
        (pa.array([None], pa.map_(pa.string(), pa.string())), None),
    ],
)
def test_tags_in_every_shape(cell: Any, tags: dict[str, Any] | None) -> None:
    found = value("Tags", cell)
    assert found is None if tags is None else json.loads(found) == tags


@pytest.mark.parametrize("text", ["team=web", "[1]", '{"team": }', '{"team": "web"', '"team"'])
def test_what_is_no_json_object_quarantines_its_row(text: str) -> None:
    assert value("Tags", text) == QUARANTINED


def test_entries_with_a_repeated_key_quarantine_their_row() -> None:
    twice = [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}]
    assert value("Tags", pa.array([twice], _ENTRIES)) == QUARANTINED


def test_other_columns_keep_their_types_and_null_texts_become_null() -> None:
    table, _ = focus.normalise(only(Score=[1.5], x_Note=["NULL"], x_Map=pa.array([{"a": 1}])))
    assert table.schema.field("x_Score").type == pa.float64()
    assert table["x_Note"].to_pylist() == [None]
    assert table["x_Map"].to_pylist() == [{"a": 1}]


def test_no_rows_at_all() -> None:
    table, findings = focus.normalise(only(BilledCost=pa.array([], pa.string())))
    assert table.num_rows == 0
    assert table.schema.field("BilledCost").type == pa.decimal128(38, 18)
    assert {finding.rows for finding in findings} == {0}
