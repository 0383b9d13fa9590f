"""Changes of unit prices: those that are told, and all that only looks like one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.analysis.at_hand import execute_at_hand as execute
from finopsnb.analysis.rates import Look, changed, rate_changes
from tests.analysis.asking import charge, costs_of

FIRST = dt.date(2026, 1, 1)
SKU = {"SkuId": "sku", "SkuPriceId": "sku-price", "PricingUnit": "Hours", "PricingCategory": "Standard", "RegionId": "r"}


def sold(prices, quantity=100, listed=None, **more):
    """A row for each day whose price is not None; the unit prices only where ``listed`` says."""
    rows = []
    for place, price in enumerate(prices):
        if price is not None:
            units = quantity[place] if isinstance(quantity, list) else quantity
            cost = Decimal(str(price)) * Decimal(str(units))
            unit = {} if listed is None else {"ListUnitPrice": listed[place], "ListCost": Decimal(str(listed[place])) * Decimal(str(units))}
            day = (FIRST + dt.timedelta(days=place)).isoformat()
            rows.append(charge(day, cost, **{**SKU, "PricingQuantity": units, **unit, **more}))
    return rows


def found(rows, **look):
    return rate_changes(ibis.memtable(costs_of(rows)), execute, Look(**look))


def test_a_price_that_rose_and_stayed():
    # 100 hours a day, 1.00 for 40 days, then 1.20 for 20: 20 more a day
    (row,) = found(sold([1] * 40 + [1.2] * 20))
    assert (row["since"], row["price"], row["days"], row["quantity"]) == (dt.date(2026, 2, 10), "effective", 20, 2000)
    assert (row["old"], row["new"], row["change"]) == (pytest.approx(1), pytest.approx(1.2), pytest.approx(0.2))
    assert float(row["stake"]) == pytest.approx(400)
    assert float(row["monthly_stake"]) == pytest.approx(20 * 730 / 24)
    assert row["also"] == ["contracted", "list"]


def test_a_fall_and_a_list_price_that_nobody_pays():
    (fell,) = found(sold([1.2] * 40 + [1] * 20))
    assert float(fell["stake"]) == pytest.approx(-400)
    (listed,) = found(sold([1] * 60, listed=[1.5] * 40 + [2] * 20))
    assert (listed["price"], listed["new"], listed["monthly_stake"], listed["also"]) == ("list", 2, 0, [])


MONTH = [1] * 15 + [0.8] * 16  # a cheaper price from the middle of each month on, in January
TIERS = [*MONTH, *MONTH[:28], *MONTH[:31]]
LOOKS_LIKE_ONE = {
    "not for good": sold([1] * 30 + [1.3] * 10 + [1] * 20),
    "too few days since": sold([1] * 50 + [1.2] * 5),
    "too few days before": sold([1] * 5 + [1.2] * 50),
    "less than the limit": sold([1] * 30 + [1.015] * 30),
    "days without a charge": sold([1] * 20 + [None] * 20 + [1] * 20),
    "tiers by quantity, every month": sold(TIERS, SkuPriceId=None),
    "tiers by quantity, once": sold([1] * 20 + [0.8] * 11, SkuPriceId=None),
    "several list prices in one day": [
        *sold([1] * 60, quantity=[10] * 30 + [90] * 30, listed=[1] * 60),
        *sold([0.5] * 60, quantity=50, listed=[0.5] * 60),
    ],
    "rounding to cents": sold(["0.0102"] * 30 + ["0.0098"] * 30, quantity=1, EffectiveCost="0.01", ContractedCost="0.01", ListCost="0.01"),
    "less than a cent": sold([0.00001] * 30 + [0.00002] * 30),
    "under a commitment from some day on": [
        *sold([1] * 30 + [None] * 30),
        *sold([None] * 30 + [0.6] * 30, PricingCategory="Committed", CommitmentDiscountId="sp", CommitmentDiscountStatus="Used"),
    ],
    "one region after the other": [*sold([1] * 30 + [None] * 30), *sold([None] * 30 + [2] * 30, RegionId="other")],
    "another currency": [*sold([1] * 30), *sold([None] * 30 + [7] * 30, BillingCurrency="SEK")],
    "spot": sold([1] * 30 + [2] * 30, PricingCategory="Dynamic"),
    "free until it was not": sold([0] * 30 + [2] * 30),
    "another rate of exchange": [
        *sold([1] * 30, BillingCurrency="EUR", PricingCurrency="USD", PricingCurrencyEffectiveCost=110),
        *sold([None] * 30 + [1.2] * 30, BillingCurrency="EUR", PricingCurrency="USD", PricingCurrencyEffectiveCost=110),
    ],
    "no quantity": sold([1] * 30 + [2] * 30, PricingQuantity=None),
    "no SKU": sold([1] * 30 + [2] * 30, SkuId=None, SkuPriceId=None),
    "a mix that moves every day": sold([1 + 0.05 * (place % 3) for place in range(30)] + [1.3] * 30),
    "nothing": [],
}


@pytest.mark.parametrize("rows", LOOKS_LIKE_ONE.values(), ids=LOOKS_LIKE_ONE)
def test_what_only_looks_like_a_change(rows):
    assert found(rows) == []


def test_a_rise_without_a_price_id_is_told_when_its_month_is_like_those_before():
    (row,) = found(sold([1] * 50 + [1.3] * 15, SkuPriceId=None))
    assert row["since"] == dt.date(2026, 2, 20)


def test_days_that_are_missing_do_not_hide_a_change():
    prices = [None if place % 3 == 1 else 1 if place < 30 else 1.1 for place in range(60)]
    (row,) = found(sold(prices))
    assert (row["since"], row["change"]) == (dt.date(2026, 1, 31), pytest.approx(0.1))
    assert row["quantity"] == 2000


def test_a_rise_in_the_pricing_currency_is_told_at_the_last_rate():
    usd = [110] * 30 + [132] * 30
    rows = [
        row | {"PricingCurrency": "USD", "PricingCurrencyEffectiveCost": priced}
        for row, priced in zip(sold([1] * 20 + [1.1] * 10 + [1.32] * 30, BillingCurrency="EUR"), usd, strict=True)
    ]
    (row,) = found(rows)
    assert (row["since"], row["old"], row["new"]) == (dt.date(2026, 1, 31), pytest.approx(1.1), pytest.approx(1.32))


def test_by_month():
    rows = [charge(f"2026-{month:02}-01", 100 if month < 4 else 130, **SKU, PricingQuantity=100) for month in range(1, 6)]
    (row,) = found(rows, grain="month", stay=1, days=120)
    assert (row["since"], row["change"]) == (dt.date(2026, 4, 1), pytest.approx(0.3))


def test_changes_that_are_long_ago_are_not_told_again():
    assert found(sold([1] * 20 + [1.2] * 60), days=30) == []


@settings(max_examples=30, deadline=None)
@given(
    old=st.floats(0.001, 1000),
    change=st.floats(-0.9, 5).filter(lambda one: abs(one) > 0.03),
    at=st.integers(7, 53),
    holes=st.integers(0, 2**60),
)
def test_a_clean_step_is_found_where_it_is_wherever_days_are_missing(old, change, at, holes):
    prices = np.where(np.arange(60) < at, old, old * (1 + change))
    missing = np.array([holes >> place & 1 for place in range(60)], bool)
    holed = np.where(missing, np.nan, prices)
    result = changed(np.array([holed, prices, np.full(60, old)]), 7, 0.02)
    assert result.found.tolist()[1:] == [True, False]
    assert result.day[1] == at
    before, since = (~missing[:at]).sum(), (~missing[at:]).sum()
    assert bool(result.found[0]) == (before >= 7 and since >= 7)
    if result.found[0]:
        assert result.day[0] == at + np.argmin(missing[at:])
        assert result.new[0] == pytest.approx(old * (1 + change))
