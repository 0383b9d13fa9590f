"""Parts add up to the whole, to the last of 18 decimals, whatever is split and however."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.analysis.allocation import split_amount
from finopsnb.analysis.allocation.splitting import split, weights
from finopsnb.analysis.at_hand import execute_at_hand
from finopsnb.errors import FinopsError

MONEY = pa.decimal128(38, 18)
EXACT = Context(prec=80)
UNIT = Decimal("0.000000000000000001")


def owners(number):
    return [f"owner-{place:02}" for place in range(number)]


def in_the_engine(amounts, bases):
    """For each amount, the part of every owner that has one."""
    rows = {"part_of": list(range(len(amounts))), "group": ["g"] * len(amounts), "amount": pa.array(amounts, MONEY)}
    shares = {"group": ["g"] * len(bases), "owner": owners(len(bases)), "base": pa.array(bases, MONEY)}
    weighed = ibis.memtable(execute_at_hand(weights(ibis.memtable(pa.table(shares)), ["group"])))
    found = execute_at_hand(split(ibis.memtable(pa.table(rows)), weighed, ["group"])).to_pylist()
    return [{row["owner"]: row["amount"] for row in found if row["part_of"] == place} for place in range(len(amounts))]


def total(parts):
    return Decimal(sum(int(part.scaleb(18, EXACT)) for part in parts.values())).scaleb(-18, EXACT)


@pytest.mark.parametrize("number", [3, 7, 11])
def test_a_hundred_over_owners_adds_up_to_a_hundred(number):
    amounts = [Decimal("100.00"), Decimal("-100.00"), Decimal("0.000000000000000002")]
    for amount, parts in zip(amounts, in_the_engine(amounts, [Decimal(1)] * number), strict=True):
        assert total(parts) == amount
        assert max(parts.values()) - min(parts.values()) <= UNIT
        assert parts == {owner: part for owner, part in split_amount(amount, owners(number)).items() if part}


def test_shares_are_taken_exactly():
    (parts,) = in_the_engine([Decimal("1000000")], [Decimal("12.5"), Decimal("0"), Decimal("87.5")])
    assert parts == {"owner-00": Decimal(125000), "owner-02": Decimal(875000)}


@pytest.mark.parametrize("amount", ["99999999999999999999.999999999999999999", "-99999999999999999999.999999999999999999"])
@pytest.mark.parametrize("bases", [["1"] * 7, ["99999999999999999", "0.000000000000000001", "33333.3333"], ["12345678901234567890.5", "1"]])
def test_amounts_and_bases_as_long_as_the_type_allows(amount, bases):
    (parts,) = in_the_engine([Decimal(amount)], [Decimal(base) for base in bases])
    assert total(parts) == Decimal(amount)


amounts = st.decimals(-(10**20) + 1, 10**20 - 1, places=18, allow_nan=False) | st.decimals(-1000, 1000, places=2, allow_nan=False)
bases = st.lists(st.decimals(0, 10**12, places=9, allow_nan=False) | st.integers(0, 10).map(Decimal), min_size=1, max_size=6).filter(any)


@given(st.lists(amounts, min_size=1, max_size=20), bases)
@settings(max_examples=25, deadline=None)
def test_parts_add_up_and_are_as_near_as_18_digits_of_the_base_allow(amounts, bases):
    whole = sum(map(Fraction, bases))
    for amount, parts in zip(amounts, in_the_engine(amounts, bases), strict=True):
        assert total(parts) == amount
        for owner, base in zip(owners(len(bases)), bases, strict=True):
            fair = Fraction(amount) * Fraction(base) / whole
            assert abs(Fraction(parts.get(owner, Decimal(0))) - fair) <= Fraction(UNIT) + abs(Fraction(amount)) / 10**16


@given(amounts, bases)
@settings(max_examples=100, deadline=None)
def test_one_amount_is_split_by_the_same_law(amount, bases):
    parts = split_amount(amount, dict(zip(owners(len(bases)), bases, strict=True)))
    assert total(parts) == amount
    for owner, base in zip(owners(len(bases)), bases, strict=True):
        assert abs(Fraction(parts[owner]) - Fraction(amount) * Fraction(base) / sum(map(Fraction, bases))) < Fraction(UNIT)


@pytest.mark.parametrize("shares", [[], {"a": 0}, {"a": 2, "b": -1}])
def test_an_amount_that_nobody_pays_is_refused(shares):
    with pytest.raises(FinopsError, match="nobody has a share") as wrong:
        split_amount("1", shares)
    assert "split_amount(" in wrong.value.hint
