"""What a source adds up to, from its raw texts: exact, whatever the digits, and apart from how costs are read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finopsnb.errors import SourceError
from finopsnb.plugins.exports.totals import summed

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)


def bill(*amounts, account="0012", period="2026-10-01", currency="USD", **columns):
    """Rows of one bill with these amounts as BilledCost."""
    keys = {"BillingAccountId": account, "BillingPeriodStart": period, "BillingCurrency": currency}
    return pa.table({**{name: [value] * len(amounts) for name, value in keys.items()}, "BilledCost": list(amounts), **columns})


def billed(*tables):
    """The rows of BilledCost of the totals."""
    return [row for row in summed(tables).to_pylist() if row["measure"] == "BilledCost"]


def rounded(amount):
    with localcontext(prec=80):
        return amount.quantize(Decimal("1E-18"), ROUND_HALF_EVEN)


def test_totals_are_by_account_period_currency_and_measure():
    found = summed([bill("1", "2", EffectiveCost=["5", None]), bill("3", currency="eur", EffectiveCost=["7"]), bill("9", account=None)])
    told = [(row["BillingAccountId"], row["BillingCurrency"], row["measure"], row["total"], row["rows"]) for row in found.to_pylist()]
    assert ("0012", "USD", "BilledCost", Decimal(3), 2) in told
    assert ("0012", "USD", "EffectiveCost", Decimal(5), 2) in told
    assert ("0012", "EUR", "EffectiveCost", Decimal(7), 1) in told
    assert (None, "USD", "BilledCost", Decimal(9), 1) in told
    assert found.schema.field("BillingPeriodStart").type == pa.timestamp("us", tz="UTC")
    assert [str(found.schema.field(name).type) for name in ("total", "residue")] == ["decimal128(38, 18)", "decimal128(38, 28)"]


@pytest.mark.parametrize(
    ("text", "total", "residue"),
    [
        ("0.0000000000000000005", "0", "5E-19"),
        ("0.0000000000000000015", "2E-18", "-5E-19"),
        ("-0.0000000000000000025", "-2E-18", "-5E-19"),
        ("0.00000000000000000050000000000000000000000001", "1E-18", "-5E-19"),
        ("1.81E-8", "1.81E-8", "0"),
        ("-12.5e-1", "-1.25", "0"),
        ("1.e3", "1000", "0"),
        ("+.5", "0.5", "0"),
        (" 7.\t", "7", "0"),
        ("1E+5", "100000", "0"),
        ("1e-50", "0", "0"),
        ("99999999999999.9999999999999999996", "100000000000000", "-4E-19"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999", "0"),
        ("NULL", "0", "0"),
        ("", "0", "0"),
    ],
)
def test_an_amount_is_its_total_and_its_residue(text, total, residue):
    [row] = billed(bill(text))
    assert (row["total"], row["residue"], row["unreadable"]) == (Decimal(total), Decimal(residue), 0)


@pytest.mark.parametrize(
    "text", ["1,234.50", "1_000", "NaN", "inf", "€5", "0x1F", "--5", "5e", ".", "-", "1e5.0", "1e50", "100000000000000000000",
             "99999999999999999999.9999999999999999995"],
)  # fmt: skip
def test_what_is_no_amount_that_can_be_stored_is_counted_and_in_no_total(text):
    [row] = billed(bill(text, "1.5"))
    assert (row["total"], row["residue"], row["rows"], row["unreadable"]) == (Decimal("1.5"), 0, 2, 1)


NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=28)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(amounts=st.lists(st.tuples(NUMBERS, st.sampled_from(["USD", "EUR", "JPY"])), min_size=1, max_size=30))
@example(amounts=[(Decimal("0.5E-18"), "USD"), (Decimal("1.5E-18"), "USD"), (Decimal("-2.5E-18"), "USD")])
def test_total_and_residue_are_the_sum_to_the_last_digit(amounts):
    with localcontext(prec=80):
        columns = {"BillingCurrency": [currency for _, currency in amounts], "BilledCost": [f"{amount:f}" for amount, _ in amounts]}
        for row in billed(pa.table(columns)):
            mine = [amount for amount, currency in amounts if currency == row["BillingCurrency"]]
            assert row["total"] == sum(map(rounded, mine))
            assert row["total"] + row["residue"] == sum(mine)


def test_parquet_types_are_read_by_the_digits_that_they_print():
    typed = pa.table(
        {
            "BillingAccountId": [7.0, 7.0, None],
            "BillingPeriodStart": pa.array([datetime(2026, 10, 1)] * 3, pa.timestamp("ns")),
            "BillingCurrency": ["USD"] * 3,
            "BilledCost": [0.1, 1e-30, float("nan")],
            "EffectiveCost": pa.array([Decimal("1.5"), Decimal("0.0000000000000000000000000001"), None], pa.decimal128(38, 28)),
        }
    )
    found = {(row["BillingAccountId"], row["measure"]): row for row in summed([typed]).to_pylist()}
    assert found["7", "BilledCost"]["total"] == Decimal("0.1")
    assert found["7", "EffectiveCost"]["residue"] == Decimal("1E-28")
    assert found[None, "BilledCost"]["unreadable"] == 1
    assert {row["BillingPeriodStart"] for row in found.values()} == {OCTOBER}


def test_periods_of_several_spellings_are_one_and_a_missing_one_is_the_month_of_the_charge():
    tables = [
        bill("1", period="2026-10-01T00:00:00Z"),
        bill("2", period="2026-10-01 00:00:00"),
        bill("4", period="2026-10-01T02:00:00+02:00"),
        bill("8", period=None, ChargePeriodStart=["2026-10-31T23:00:00Z"]),
    ]
    [row] = billed(*tables)
    assert (row["BillingPeriodStart"], row["total"]) == (OCTOBER, Decimal(15))


def test_a_source_without_rows_has_no_totals():
    assert summed([]).num_rows == 0
    assert summed([bill()]).num_rows == 0


def test_a_sum_that_cannot_be_stored_is_refused():
    with pytest.raises(SourceError, match="more than can be stored"):
        summed([bill("99999999999999999999", "1")])
