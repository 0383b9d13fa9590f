"""Results as pandas, polars and Arrow, with every digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finopsnb.errors import FinopsError
from finopsnb.frames import to_frame

MONEY = pa.decimal128(38, 18)
amounts = st.decimals(min_value=-(10**15), max_value=10**15, places=18, allow_nan=False)


@given(st.lists(st.one_of(st.none(), amounts, st.decimals(-99, 99, places=2)), max_size=30))
def test_pandas_keeps_every_digit_and_drops_only_zeros(values):
    frame = to_frame(pa.table({"BilledCost": pa.array(values, MONEY)}))
    got = [None if pd.isna(value) else value for value in frame.BilledCost]
    assert got == values


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["1.5", "0"], ["1.50", "0.00"]),
        (["1.234"], ["1.2340"]),
        (["0.000000000000000001"], ["1E-18"]),
        (["0.333333333333333333", "0", "-0.1"], ["0.333333333333333333", "0", "-0.100000000000000000"]),
    ],
)
def test_pandas_shows_money_without_trailing_zeros(values, shown):
    frame = to_frame(pa.table({"BilledCost": pa.array(map(Decimal, values), MONEY)}))
    assert [str(value) for value in frame.BilledCost] == shown


def test_a_zero_beside_a_missing_amount_reads_as_one():
    table = pa.table({"n": [1, 2, 3], "cost": pa.array([None, Decimal(0), Decimal("1e-9")], MONEY)})
    frame = to_frame(pa.concat_tables([table, table]))
    assert [str(value) for value in frame.cost] == ["None", "0", "1.0E-9"] * 2
    assert frame.n.tolist() == [1, 2, 3] * 2


def test_each_kind_is_of_its_library():
    table = pa.table({"BilledCost": pa.array([Decimal("1.25")], MONEY), "day": [datetime(2026, 1, 1, tzinfo=UTC)]})
    assert to_frame(table, "arrow") is table
    polars = to_frame(table, "polars")
    assert isinstance(polars, pl.DataFrame)
    assert polars["BilledCost"].to_list() == [Decimal("1.25")]
    assert str(to_frame(table).day.dt.tz) == "UTC"


def test_tags_are_dicts():
    tags = pa.array([[("team", "web")], None], pa.map_(pa.string(), pa.string()))
    assert to_frame(pa.table({"Tags": tags})).Tags.tolist() == [{"team": "web"}, None]


def test_another_kind_is_refused_with_the_near_one():
    with pytest.raises(FinopsError, match="pola") as error:
        to_frame(pa.table({"a": [1]}), "pola")
    assert "polars" in error.value.hint
