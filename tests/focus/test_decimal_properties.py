"""Money: what is stored is what was written, or rounded and told, or the row is set aside. Nothing in between."""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb import focus

from .rows import said

PLACE = Decimal("1E-18")
UNITS = 10**38 - 1  # the largest number of places that DECIMAL(38,18) holds
EXACT = Context(prec=200)

written = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.decimals(min_value=-(10**6), max_value=10**6, places=18).map(str),
    st.decimals(min_value=-2, max_value=2, places=19).map(str),
    st.builds(lambda head, tail: f"0.{head:018d}{tail}", st.integers(0, 10**18 - 1), st.sampled_from(["5", "50", "51", "49"])),
    st.floats().map(repr),
    st.integers().map(str),
    st.text(alphabet="0123456789.eE+-_, ", max_size=24),
)


def _as_written(text: str) -> Decimal | None:
    """What Python reads; None for what is no plain finite number. Underscores are none, though Python takes them."""
    try:
        number = None if "_" in text else Decimal(text.strip(" "))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def test_every_short_text_is_read_as_python_reads_it_or_set_aside() -> None:
    _round_trip(["".join(signs) for length in range(1, 6) for signs in itertools.product("15.e+-_ ", repeat=length)])


# few tables of many cells: reading a table takes as long with one cell as with a hundred
@settings(max_examples=12, deadline=None)
@given(st.lists(written, min_size=30, max_size=60))
def test_decimals_round_trip_or_are_set_aside(cells: list[str]) -> None:
    _round_trip(cells)


def _round_trip(cells: list[str]) -> None:
    lines = pa.array([str(line) for line in range(len(cells))])
    raw = pa.table({"BilledCost": cells, "x_line": lines, "ChargePeriodStart": ["2024-09-01"] * len(cells)})
    table, findings = focus.normalise(raw)
    stored = dict(zip(table["x_line"].to_pylist(), table["BilledCost"].to_pylist(), strict=True))
    rounded = 0
    for line, cell in enumerate(cells):
        number = _as_written(cell)
        if str(line) not in stored:
            assert number is None or abs(number) >= 10**19 or len(number.as_tuple().digits) > 19
            continue
        amount = stored[str(line)]
        if amount is None:
            assert cell.strip() == ""
            continue
        assert number is not None
        nearest = number.quantize(PLACE, rounding=ROUND_HALF_EVEN, context=EXACT)
        assert amount == nearest
        rounded += number != nearest
    assert said(findings, "rounded-to-18-decimals").get("BilledCost", 0) == rounded
    assert len(stored) + said(findings, "unreadable-value").get("BilledCost", 0) == len(cells)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-UNITS, UNITS).map(lambda units: Decimal(units).scaleb(-18, EXACT)), min_size=30, max_size=40))
def test_every_decimal_that_fits_is_kept_exactly(amounts: list[Decimal]) -> None:
    raw = pa.table({"BilledCost": [f"{amount:f}" for amount in amounts], "ChargePeriodStart": ["2024-09-01"] * len(amounts)})
    assert focus.normalise(raw)[0]["BilledCost"].to_pylist() == amounts


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(min_value=-1e12, max_value=1e12), min_size=30, max_size=40))
def test_floats_are_the_decimals_they_print(numbers: list[float]) -> None:
    raw = pa.table({"BilledCost": pa.array(numbers), "ChargePeriodStart": ["2024-09-01"] * len(numbers)})
    expected = [Decimal(repr(number)).quantize(PLACE, ROUND_HALF_EVEN, EXACT) for number in numbers]
    assert focus.normalise(raw)[0]["BilledCost"].to_pylist() == expected
