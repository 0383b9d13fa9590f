"""Costs in one currency by the user's rates: any kind of table, kept, and refused as a whole where one is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import finopsnb
from finopsnb.errors import FinopsError
from finopsnb.plugins import PluginRegistry
from finopsnb.plugins.testing import new_session
from tests.plugins.plugins_in_tests import RowsPlugin, cost_row

RATES = [
    {"date": "2026-01-01", "from": "EUR", "to": "USD", "rate": "1.5"},
    {"date": "2026-01-05", "from": "EUR", "to": "USD", "rate": "2"},
    {"date": "2026-01-01", "from": "USD", "to": "EUR", "rate": "0.5"},
]


@pytest.fixture(scope="module")
def session():
    with new_session() as session:
        session.plugins.registry.register(RowsPlugin)
        rows = [("1.25", "USD", "05"), ("10", "EUR", "04"), ("10", "EUR", "06")]
        session.load("rows").given = [
            cost_row(BilledCost=cost, BillingCurrency=currency, ChargePeriodStart=f"2026-01-{day}", EffectiveCost=None)
            for cost, currency, day in rows
        ]
        session.collect("rows")
        yield session


def kept(session):
    return session.sql("select * from exchange_rates order by all", frames="arrow").to_pylist()


@pytest.mark.parametrize("kind", [list, pd.DataFrame, pl.DataFrame, pa.Table.from_pylist], ids=["rows", "pandas", "polars", "arrow"])
def test_rates_come_as_any_table(session, kind):
    frame = session.convert(kind(RATES), to="usd")
    assert sorted(frame.x_BilledCostInUSD) == [Decimal("1.25"), Decimal(15), Decimal(20)]
    assert sorted(frame.BilledCost) == [Decimal("1.25"), Decimal(10), Decimal(10)]
    assert frame.x_EffectiveCostInUSD.isna().all()
    assert "Id" not in frame, "columns without values are left out"


def test_rates_come_from_a_file_and_numbers_by_the_digits_that_they_print(session, tmp_path):
    path = tmp_path / "rates.csv"
    path.write_text("Date;From;To;Rate\n2026-01-01;eur;usd;1.1\n")
    assert Decimal(11) in session.convert(path)["x_BilledCostInUSD"].tolist()
    columns = {"date": [date(2026, 1, 1)], "from": ["EUR"], "to": ["USD"], "rate": [1.1]}
    assert Decimal(11) in session.convert(columns)["x_BilledCostInUSD"].tolist()


def test_the_rates_are_kept_for_the_next_time_in_place_of_those_to_the_same_currency(session):
    session.convert(RATES, to="USD")
    assert len(kept(session)) == 3
    assert session.convert(to="EUR", columns=("BilledCost",))["x_BilledCostInEUR"].sum() == Decimal("20.625")
    session.convert(RATES[:1], to="USD")
    assert [(row["to_currency"], row["rate"]) for row in kept(session)] == [("USD", Decimal("1.5")), ("EUR", Decimal("0.5"))]


def test_a_missing_rate_names_currency_and_days_and_nothing_is_kept(session):
    session.convert(RATES)
    before = kept(session)
    late = [{"date": "2026-01-05", "from": "EUR", "to": "USD", "rate": "9"}]
    with pytest.raises(FinopsError, match=r"(?s)no rate to USD for EUR on 2026-01-04\. Nothing was converted.*2026-01-04, EUR, USD, RATE"):
        session.convert(late)
    with pytest.raises(FinopsError, match="no rate to GBP for EUR on 2 days from 2026-01-04 to 2026-01-06; USD on 2026-01-05"):
        session.convert(to="GBP")
    assert kept(session) == before


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ([{"date": "2026-01-01", "from": "EUR", "rate": "1"}], "no column to"),
        ([{**RATES[0], "rate": "0"}], "'0' is no rate of exchange"),
        ([{**RATES[0], "rate": "1e-19"}], "'1e-19' is no rate of exchange"),
        ([{**RATES[0], "rate": "99999999999999999999.9999999999999999996"}], "is no rate of exchange"),
        ([{**RATES[0], "rate": "1,5"}], "'1,5' is no rate of exchange"),
        ([{**RATES[0], "rate": float("nan")}], "is no rate of exchange"),
        ([{**RATES[0], "date": "01/02/2026"}], "'01/02/2026' is no date of a rate"),
        ([{**RATES[0], "from": ""}], "A rate has no currency"),
        ([RATES[0], {**RATES[0], "rate": "1.6"}], "two rates for EUR to USD on 2026-01-01: 1.5.* and 1.6"),
    ],
)
def test_rates_that_cannot_be_read_are_refused(session, rates, message):
    with pytest.raises(FinopsError, match=message):
        session.convert(rates)


def test_the_same_rate_twice_is_one_and_a_long_one_is_rounded_half_to_even(session):
    session.convert([*RATES, RATES[0], {"date": "2025-12-01", "from": "GBP", "to": "USD", "rate": "1.2345678901234567885"}])
    assert [row["rate"] for row in kept(session) if row["from_currency"] == "GBP"] == [Decimal("1.234567890123456788")]


def test_a_line_of_a_file_that_cannot_be_read_is_named(session, tmp_path):
    path = tmp_path / "rates.csv"
    path.write_text("date,from,to,rate\n" + "2026-01-01,EUR,USD,1.5\n" * 3 + "2026-01-02,EUR\n")
    with pytest.raises(FinopsError, match="Line 5"):
        session.convert(path)


def test_a_file_that_is_only_read_is_converted_and_keeps_no_rates(tmp_path):
    path = tmp_path / "finops.duckdb"
    with finopsnb.open(path, registry=PluginRegistry()) as session:
        session.plugins.registry.register(RowsPlugin)
        session.load("rows").given = [cost_row()]
        session.collect("rows")
    with finopsnb.open(path, read_only=True, registry=PluginRegistry()) as session:
        frame = session.convert([{"date": "2026-01-01", "from": "USD", "to": "EUR", "rate": "2"}], to="EUR")
        assert frame.x_BilledCostInEUR.tolist() == [Decimal("2.5")]
        assert kept(session) == []
