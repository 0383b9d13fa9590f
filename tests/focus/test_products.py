"""Products of money are those of Python's decimals, whatever way they are taken."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

import duckdb
import ibis
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finopsnb import focus
from finopsnb.focus.products import product

EXACT = Context(prec=100)
PLACE = Decimal("1E-18")
KIND = pa.decimal128(38, 18)

amounts = st.builds(
    lambda whole, places, digits, sign: sign * (Decimal(whole) + Decimal(digits % 10**places).scaleb(-places)),
    st.one_of(st.integers(0, 9), st.integers(0, 10**6), st.integers(0, 10**17 - 1)),
    st.sampled_from([0, 2, 6, 12, 15, 18]),
    st.integers(0, 10**18 - 1),
    st.sampled_from([1, -1]),
)


@pytest.fixture(scope="module", params=["decimals alone", "floats beside them", "wrong floats"])
def statement(request: pytest.FixtureRequest) -> str:
    pair = ibis.table({"a": "decimal(38, 18)", "b": "decimal(38, 18)"}, name="pair")
    right = (pair.a.cast("float64"), pair.b.cast("float64"))
    about = {"decimals alone": None, "floats beside them": right, "wrong floats": (right[1], right[0] + 1)}[request.param]
    return focus.sql(pair.select(product=product(pair.a, pair.b, about)))


def _products(statement: str, pairs: list[tuple[Decimal, Decimal]]) -> list[Decimal | None]:
    with duckdb.connect() as connection:
        columns = {name: pa.array([pair[place] for pair in pairs], KIND) for place, name in enumerate("ab")}
        connection.register("pair", pa.table(columns))
        return [found for (found,) in connection.execute(statement).fetchall()]


# few tables of many pairs: planning takes longer than multiplying
@settings(max_examples=12, deadline=None)
@given(pairs=st.lists(st.tuples(amounts, amounts), min_size=30, max_size=60))
@example(pairs=[(Decimal("123456789012"), Decimal("98.7654321")), (Decimal(1000000), Decimal("0.000000000000000123"))])
@example(pairs=[(Decimal(units) * PLACE, Decimal(half)) for units in (1, 2, 3, -1, -3) for half in ("0.5", "-0.5", "1.5")])
def test_a_product_is_exact_and_a_half_goes_to_even(statement: str, pairs: list[tuple[Decimal, Decimal]]) -> None:
    for (one, other), found in zip(pairs, _products(statement, pairs), strict=True):
        wanted = EXACT.multiply(one, other).quantize(PLACE, ROUND_HALF_EVEN, EXACT)
        assert found == wanted or (found is None and abs(wanted) >= 10**18)
