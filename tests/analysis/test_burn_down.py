"""A budget day by day, and the band: against the sampled spread of what it stands for, and never from too few days."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from math import sqrt
from statistics import NormalDist

import pytest

from finopsnb.analysis.budgets import Budget, Spend, status_of
from finopsnb.analysis.burn_down import burn_down

MARCH = {"period_start": dt.date(2026, 3, 1), "period_end": dt.date(2026, 4, 1)}
FIRST = MARCH["period_start"]
BUDGET = Budget.model_validate({"budget": "b", "owner": "o", "amount": "310", **MARCH})


def spend(amounts, known=True):
    return Spend("test", {FIRST + dt.timedelta(days=day): Decimal(str(cost)) for day, cost in enumerate(amounts) if cost}, known)


def day(number):
    return FIRST + dt.timedelta(days=number - 1)


def test_actual_and_forecast_meet_and_end_as_the_status_says():
    costs = [7, 9, 11, 8, 10, 3, 2] * 3
    rows = burn_down(BUDGET, spend(costs), day(17))
    assert [row["day"] for row in rows] == [day(number) for number in range(1, 32)]
    assert [row["actual"] for row in rows[:17]] == [sum(costs[: number + 1]) for number in range(17)]
    assert rows[16]["forecast"] == rows[16]["actual"]
    assert {row["actual"] for row in rows[17:]} == {row["forecast"] for row in rows[:16]} == {None}
    status = status_of(BUDGET, spend(costs), day(17))
    assert rows[-1]["forecast"] == pytest.approx(status["forecast"])
    assert (rows[0]["pace"], rows[-1]["pace"]) == (10, 310)


@pytest.mark.parametrize(
    ("costs", "until", "has_band"),
    [
        ([5, 6] * 7, 13, False),
        ([5, 6] * 7, 14, True),
        ([5, 6] * 7, 31, False),
        ([30] + [0] * 29, 20, False),
        ([30, 0] * 15, 20, True),
        ([], 20, False),
    ],
)
def test_there_is_a_band_only_where_days_tell_something(costs, until, has_band):
    rows = burn_down(BUDGET, spend(costs), day(until))
    assert any(row["low"] is not None for row in rows) is has_band
    if has_band:
        assert all(row["low"] <= row["forecast"] <= row["high"] for row in rows[until:])
        widths = [row["high"] - row["low"] for row in rows[until:]]
        assert widths == sorted(widths)


def test_nothing_is_known_before_it_begins_nor_without_allocations():
    for rows in (burn_down(BUDGET, spend([1]), dt.date(2026, 2, 1)), burn_down(BUDGET, spend([1] * 20, known=False), day(20))):
        assert len(rows) == 31
        assert all(row["actual"] is row["forecast"] is row["low"] is None for row in rows)


def test_days_that_are_all_alike_have_no_width():
    rows = burn_down(BUDGET, spend([10] * 20), day(20))
    assert rows[-1]["low"] == rows[-1]["high"] == rows[-1]["forecast"] == 310


def test_the_width_is_that_of_the_formula():
    costs = [10, 12, 9, 11, 10, 4, 3, 12, 10, 11, 9, 12, 2, 5]
    rows = burn_down(BUDGET, spend(costs), day(14))
    residuals = sum(2 * ((costs[number] - costs[number + 7]) / 2) ** 2 for number in range(7))
    units = sum(h + h * h / 2 for h in (3, 3, 3, 2, 2, 2, 2))
    half = NormalDist().inv_cdf(0.9) * sqrt(residuals / 7 * units)
    assert rows[-1]["high"] - float(rows[-1]["forecast"]) == pytest.approx(half)


def test_the_band_holds_what_it_says_where_days_are_as_it_takes_them():
    """800 drawn months, seeded: 80 % of their totals lie in the band of their first 21 days, within 4 points."""
    drawn, inside = random.Random(7), 0
    for _ in range(800):
        costs = [(100 if day(number).weekday() < 5 else 40) + drawn.gauss(0, 8) for number in range(1, 32)]
        last = burn_down(BUDGET, spend(costs), day(21))[-1]
        inside += last["low"] <= sum(costs) <= last["high"]
    assert inside / 800 == pytest.approx(0.8, abs=0.04)
