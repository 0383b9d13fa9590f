"""A rule finds the same whether a table brings its amounts as floats, brings some of them, or none."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import ibis
import pyarrow as pa
import pytest

from finopsnb import focus
from finopsnb.focus.floats import FLOATS, with_floats

MONEY = pa.decimal128(38, 18)
COSTS = ["6", "5.9", "0.00", None, "6.06", "6.08", "12345678901234567890.123456789012345678"]


def priced() -> pa.Table:
    count = len(COSTS)
    amounts = {"PricingQuantity": ["2"] * count, "ListUnitPrice": ["3"] * count, "ListCost": COSTS}
    cells = {name: pa.array([None if one is None else Decimal(one) for one in column], MONEY) for name, column in amounts.items()}
    return pa.table({**cells, "ChargeClass": pa.nulls(count, pa.string())})


def found(table: pa.Table) -> list[tuple[str, int, str]]:
    with duckdb.connect() as connection:
        connection.register("charges", table)
        charges = ibis.table(ibis.Schema.from_pyarrow(table.schema), name="charges")
        findings = focus.check(charges, lambda expression: connection.sql(focus.sql(expression)).to_arrow_table())
    return [(one.column, one.rows, one.example) for one in findings if one.rule == "cost-is-not-quantity-times-price"]


def without_some(table: pa.Table) -> pa.Table:
    """As a stage has them whose chunks came partly from a file of text."""
    name = FLOATS["ListCost"]
    half = pa.array([None if place % 2 else one for place, one in enumerate(table[name].to_pylist())], pa.float64())
    return table.set_column(table.column_names.index(name), name, half)


@pytest.mark.parametrize("made", [lambda table: table, with_floats, lambda table: without_some(with_floats(table))])
def test_the_floats_change_no_finding(made):
    assert found(made(priced())) == [("ListCost", 4, "ListCost=0, ListUnitPrice=3, PricingQuantity=2, ChargeClass=null")]


def test_only_decimals_become_floats():
    table = with_floats(pa.table({"ListCost": ["6"], "BilledCost": pa.array([Decimal(6)], MONEY)}))
    assert table.column_names == ["ListCost", "BilledCost"]
