"""Amounts in one currency: the rate of the day, the exact product, and never a rate that was not given."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import ibis
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finopsnb.analysis.currencies import converted, missing_rates, name_in
from finopsnb.errors import FinopsError

MONEY = pa.decimal128(38, 18)


@pytest.fixture(scope="module")
def engine():
    backend = ibis.duckdb.connect()
    backend.raw_sql("set TimeZone = 'UTC'")
    return backend


def costs(*rows):
    """Charges of (amount, currency, day of January 2026)."""
    amounts = [None if amount is None else Decimal(amount) for amount, _, _ in rows]
    starts = [None if day is None else datetime(2026, 1, day, 23, tzinfo=UTC) for _, _, day in rows]
    columns = {
        "n": list(range(len(rows))),
        "BilledCost": pa.array(amounts, MONEY),
        "ListCost": pa.array(amounts, MONEY),
        "BillingCurrency": pa.array([currency for _, currency, _ in rows], pa.string()),
        "ChargePeriodStart": pa.array(starts, pa.timestamp("us", tz="UTC")),
        "BillingPeriodStart": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * len(rows), pa.timestamp("us", tz="UTC")),
    }
    return ibis.memtable(pa.table(columns))


def rates(*rows):
    """Rates of (day of January 2026, from, to, rate)."""
    columns = {
        "date": pa.array([date(2026, 1, day) for day, _, _, _ in rows], pa.date32()),
        "from_currency": pa.array([source for _, source, _, _ in rows], pa.string()),
        "to_currency": pa.array([target for _, _, target, _ in rows], pa.string()),
        "rate": pa.array([Decimal(rate) for _, _, _, rate in rows], MONEY),
    }
    return ibis.memtable(pa.table(columns))


def amounts(engine, charges, known, to="USD"):
    found = engine.to_pyarrow(converted(charges, known, to, ("BilledCost",)).order_by("n"))
    return found[name_in("BilledCost", to)].to_pylist()


def test_a_charge_takes_the_latest_rate_on_or_before_its_day(engine):
    known = rates((2, "EUR", "USD", "2"), (5, "EUR", "USD", "3"), (5, "EUR", "GBP", "9"), (1, "GBP", "USD", "7"))
    charges = costs(("1", "EUR", 1), ("1", "EUR", 2), ("1", "EUR", 4), ("1", "EUR", 5), ("1", "EUR", 31), ("1", "GBP", 5))
    assert amounts(engine, charges, known) == [None, 2, 2, 3, 3, 7]


def test_the_own_currency_is_as_it_is_and_no_amount_stays_none(engine):
    known = rates((1, "EUR", "USD", "2"))
    assert amounts(engine, costs(("1.5", "USD", 1), (None, "EUR", 1), (None, "USD", 1), ("-1.5", "EUR", 1)), known) == [
        Decimal("1.5"),
        None,
        None,
        -3,
    ]


def test_without_a_charge_period_the_billing_period_says_the_day(engine):
    known = rates((1, "EUR", "USD", "2"), (5, "EUR", "USD", "3"))
    assert amounts(engine, costs(("1", "EUR", None)), known) == [2]


def test_no_rate_is_inverted_or_chained(engine):
    known = rates((1, "USD", "EUR", "2"), (1, "EUR", "GBP", "2"), (1, "GBP", "USD", "2"))
    charges = costs(("1", "EUR", 3), ("1", "EUR", 5), ("1", None, 3))
    assert amounts(engine, charges, known) == [None, None, None]
    found = engine.to_pyarrow(missing_rates(charges, known, "USD")).to_pylist()
    days = {row["BillingCurrency"]: (row["first_day"], row["last_day"], row["days"], row["rows"]) for row in found}
    assert days == {
        "EUR": (date(2026, 1, 3), date(2026, 1, 5), 2, 2),
        None: (date(2026, 1, 3), date(2026, 1, 3), 1, 1),
    }


def test_nothing_is_missing_where_every_day_has_a_rate(engine):
    assert engine.to_pyarrow(missing_rates(costs(("1", "EUR", 3), ("1", "USD", 1)), rates((3, "EUR", "USD", "1")), "USD")).num_rows == 0


AMOUNT = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**10), max_value=10**10, places=18)
RATE = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("1E-18"), max_value=10**5, places=18)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(given=st.lists(AMOUNT, min_size=1, max_size=30), rate=RATE)
@example(given=[Decimal("0.5"), Decimal("1.5"), Decimal("-0.5"), Decimal("-2.5"), Decimal("0.500000000000000001")], rate=Decimal("1E-18"))
@example(given=[Decimal("99999999999999.999999999999999999")], rate=Decimal("1.000000000000000001"))
def test_the_product_is_exact_and_a_half_goes_to_even(engine, given, rate):
    with localcontext(prec=80):
        wanted = [(amount * rate).quantize(Decimal("1E-18"), ROUND_HALF_EVEN) for amount in given]
    assert amounts(engine, costs(*[(amount, "EUR", 1) for amount in given]), rates((1, "EUR", "USD", rate))) == wanted


def test_the_other_columns_stay_and_further_amounts_can_be_asked_for(engine):
    charges = costs(("1", "EUR", 1))
    found = engine.to_pyarrow(converted(charges, rates((1, "EUR", "USD", "2")), "USD", ("BilledCost", "ListCost")))
    assert found.column_names == [*charges.columns, "x_BilledCostInUSD", "x_ListCostInUSD"]
    assert found.schema.field("x_ListCostInUSD").type == MONEY


def test_a_column_that_is_no_amount_is_refused_with_the_near_name():
    with pytest.raises(FinopsError, match=r"(?s)BiledCost is no amount.*BilledCost"):
        converted(costs(("1", "EUR", 1)), rates(), "USD", ("BiledCost",))
