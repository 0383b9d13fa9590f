"""What of commitments is unused, and which level to commit to, with figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from finopsnb.analysis.at_hand import execute_at_hand as execute
from finopsnb.analysis.purchases import Look, best_levels, given_discounts, offers, paid_discounts, unused
from finopsnb.analysis.purchases.discounts import Discount, Fitting
from finopsnb.errors import FinopsError
from tests.analysis.asking import charge, costs_of

ON_DEMAND = {"PricingCategory": "Standard", "PricingUnit": "Hours", "RegionId": "eu-west-1"}
YEAR = [{"term": "1y", "payment": "All Upfront", "discount": 0.3}]
SHORT = Look(days=30, least_days=1)


def costs(rows):
    return ibis.memtable(costs_of(rows))


def days(number, cost, month="2026-01", **more):
    return [charge(f"{month}-{day:02}", cost, **{**ON_DEMAND, **more}) for day in range(1, number + 1)]


def covered(number, cost, status="Used", month="2026-01", **more):
    told = {"PricingCategory": "Committed", "CommitmentDiscountStatus": status, "CommitmentDiscountId": "sp-1"}
    return days(number, cost, month, **{**told, **more})


def test_a_dollar_an_hour_is_committed_to_in_full():
    (row,) = offers(costs(days(10, 24)), execute, given_discounts(YEAR, execute), SHORT).rows
    assert (row["level"], row["utilization"], row["coverage"], row["days"], row["by_day"]) == (1.0, 1.0, 1.0, 10, True)
    assert (row["monthly_cost"], row["monthly_saving"]) == (Decimal(730), Decimal(219))
    assert row["break_even_utilization"] == pytest.approx(0.7)
    # 0.7 x 8760 hours paid at once against 730 a month on demand
    assert (row["upfront"], row["recurring"]) == (pytest.approx(6132), 0)
    assert row["break_even_months"] == pytest.approx(8.4)


def test_the_level_leaves_out_hours_that_are_too_few():
    # 1 an hour, and 3 in 6 hours of each day: above 1 a level would be used a quarter of the time, which 30 % do not pay for
    rows = [charge(f"2026-01-0{day}T{hour:02}:00", 3 if hour < 6 else 1, **ON_DEMAND) for day in range(1, 8) for hour in range(24)]
    table = costs(rows)
    (low,) = offers(table, execute, given_discounts(YEAR, execute), SHORT).rows
    assert (low["level"], low["by_day"], low["utilization"]) == (1.0, False, 1.0)
    assert float(low["saving"]) == pytest.approx(0.3 * 168)
    assert low["coverage"] == pytest.approx(168 / 252)
    # with 80 % off it is 3: 252 covered and 504 x 0.2 paid
    (high,) = offers(table, execute, given_discounts([{**YEAR[0], "discount": 0.8}], execute), SHORT).rows
    assert (high["level"], high["utilization"]) == (3.0, pytest.approx(0.5))
    assert float(high["saving"]) == pytest.approx(252 - 100.8)


def test_terms_and_payments_stand_side_by_side():
    table = [
        {"term": "1y", "payment": "no upfront", "discount": "0.25"},
        {"term": "3y", "payment": "partial upfront", "on_demand_price": 1, "committed_price": 0.5, "upfront": 0.5},
        {"term": "3 years", "payment": "partial", "discount": 0.4},
        {"term": "1y", "payment": "no upfront", "discount": 0.9, "provider": "Microsoft"},
        {"term": "1y", "payment": "no upfront", "discount": 0.9, "currency": "EUR"},
    ]
    rows = offers(costs(days(10, 24)), execute, given_discounts(table, execute), SHORT).rows
    assert [(row["term"], row["monthly_saving"]) for row in rows] == [("3y", 365), ("3 years", 292), ("1y", Decimal("182.5"))]
    # 0.5 x 0.5 x 730 x 36 at once, 182.5 a month, against 730: 6570 / 547.5
    assert [row["break_even_months"] for row in rows] == [pytest.approx(12.0), None, 0]


def test_discounts_are_found_by_their_place_as_if_each_was_tried():
    names = ["", "AWS", "aws*", "Other"]
    every = [Discount(0.1, provider, service, region) for provider in names for service in names for region in ("", "eu-*", "eu-1")]
    for row in ({"provider": "AWS", "ServiceName": "aws", "RegionId": "EU-1"}, {"provider": "x", "ServiceName": "Other", "RegionId": None}):
        place = row | {"BillingCurrency": "USD"}
        assert Fitting(every).of(place) == [one for one in every if one.fits(place)]


def test_what_ended_or_shrank_is_not_committed_to():
    ended = [*days(20, 24), charge("2026-01-30", 1, **{**ON_DEMAND, "ServiceName": "other", "PricingUnit": "GB"})]
    assert offers(costs(ended), execute, given_discounts(YEAR, execute), SHORT).rows == []
    shrunk = days(20, 240) + [charge(f"2026-01-{day}", 24, **ON_DEMAND) for day in range(21, 31)]
    (row,) = offers(costs(shrunk), execute, given_discounts(YEAR, execute), SHORT).rows
    assert row["level"] == 1.0


@pytest.mark.parametrize(
    ("use", "level"),
    [
        ([10 - day / 2 for day in range(20)], 0.5),  # falls on: what it was on the last day
        ([10] * 6 + [10 - day for day in range(10)] + [0] * 2, None),
        ([9] * 13 + [4] * 5, 4.0),  # falls no more: the step is no measure of the days to come
        # of a load that falls by a fifth a week and rests on Sundays (with which it ends) a fifth less than in this week
        ([(20 if day % 7 < 6 else 2) * 0.8 ** (day // 7) for day in range(28)], 20 * 0.8**4),
    ],
)
def test_of_what_falls_the_last_day_is_committed_to(use, level):
    rows = [charge(f"2026-01-{day:02}", 24 * cost, **ON_DEMAND) for day, cost in enumerate(use, 1)]
    table = given_discounts([{**YEAR[0], "discount": 0.4}], execute)
    found = offers(costs(rows), execute, table, SHORT).rows
    assert [(row["level"], row["falling"]) for row in found] == ([] if level is None else [(pytest.approx(level), True)])


def test_machines_that_ran_ten_hours_of_a_day_in_one_row_did_not_run_all_day():
    office = days(14, 10, ResourceId="i-1", ConsumedUnit="Hours", ConsumedQuantity=10)
    office += days(14, 10, ResourceId="i-2", PricingUnit="seconds", PricingQuantity=36_000)
    assert offers(costs(office), execute, given_discounts(YEAR, execute), SHORT).rows == [], "30 % off does not pay for 14 idle hours"
    (row,) = offers(costs(office), execute, given_discounts([{**YEAR[0], "discount": 0.7}], execute), SHORT).rows
    assert (row["level"], row["utilization"], row["coverage"]) == (2.0, pytest.approx(10 / 24), 1.0)
    cores = days(14, 10, ResourceId="i-4", ConsumedUnit="core-seconds", ConsumedQuantity=36_000)
    assert offers(costs(cores), execute, given_discounts(YEAR, execute), SHORT).rows == [], "nor for one whose core ran ten hours"
    steady = days(14, 24, ResourceId="i-3", ConsumedUnit="Hours", ConsumedQuantity=24)
    (row,) = offers(costs(office + steady), execute, given_discounts(YEAR, execute), SHORT).rows
    assert row["level"] == 1.0
    nobody = days(14, 20, ConsumedUnit="Hours", ConsumedQuantity=20)
    (row,) = offers(costs(nobody), execute, given_discounts(YEAR, execute), SHORT).rows
    assert row["level"] == pytest.approx(20 / 24), "what is about no resource may be several, one after the other"


def test_what_ran_before_the_days_that_are_looked_at_is_not_taken_for_another():
    # ten hours, of which the first three ran, the last seven lie in the ten days: none of its use is in them
    early = {"ServiceName": "Aurora", "ResourceId": "db-1", "ConsumedUnit": "Hours", "ConsumedQuantity": 3}
    before = charge("2026-01-02T17:00", 9, ChargePeriodEnd=datetime(2026, 1, 3, 3, tzinfo=UTC), **{**ON_DEMAND, **early})
    (row,) = offers(costs([before, *days(12, 24)]), execute, given_discounts(YEAR, execute), Look(days=10, least_days=1)).rows
    assert (row["ServiceName"], row["level"], row["days"]) == ("EC2", 1.0, 10)


def test_what_is_billed_by_the_month_ran_in_some_hours_of_each_day():
    month = {"ChargePeriodEnd": datetime(2026, 1, 29, tzinfo=UTC), "ResourceId": "i-1", "ConsumedUnit": "1 Hour"}
    rows = [charge("2026-01-01", 560, **{**ON_DEMAND, **month, "ConsumedQuantity": 560})]
    rows += [charge("2026-01-28", 0, **ON_DEMAND)]
    table = given_discounts(YEAR, execute)
    (row,) = offers(costs(rows), execute, table, SHORT).rows
    assert (row["level"], row["utilization"], float(row["cost"])) == (1.0, pytest.approx(20 / 24), 560)
    rows[0] |= {"ConsumedQuantity": 280}
    assert offers(costs(rows), execute, table, SHORT).rows == []
    # the two halves of the hours, by two rows of one price, are together what it ran
    halves = [{**rows[0], "ConsumedQuantity": 336, "EffectiveCost": 336, "ListCost": 336}] * 2
    (row,) = offers(costs([*halves, rows[1]]), execute, table, SHORT).rows
    assert (row["level"], row["utilization"]) == (1.0, 1.0)


def test_negotiated_prices_leave_less_to_a_discount_off_the_list():
    table = costs(days(10, 24, ListCost=30))
    (row,) = offers(table, execute, given_discounts([{**YEAR[0], "discount": 0.4}], execute), SHORT).rows
    assert row["net_discount"] == pytest.approx(1 - 0.6 * 30 / 24)
    assert offers(table, execute, given_discounts([{**YEAR[0], "discount": 0.2}], execute), SHORT).rows == []


def test_without_a_table_discounts_are_those_that_are_paid_already():
    rows = days(10, 24) + covered(10, 12, ListCost=20)
    (row,) = offers(costs(rows), execute, None, SHORT).rows
    assert (row["basis"], row["term"], row["discount"], row["break_even_months"]) == ("paid", "", pytest.approx(0.4), None)
    assert row["monthly_saving"] == Decimal(292)
    nothing = offers(costs(days(10, 24)), execute, None, SHORT)
    assert (nothing.rows, [one["ServiceName"] for one in nothing.unknown]) == ([], ["EC2"])
    assert paid_discounts(costs(covered(3, 0, "Unused")), execute, 30) == []


def test_what_is_not_on_demand_by_the_hour_is_left_alone():
    rows = (
        days(10, 24, PricingCategory="Dynamic", ServiceName="spot")
        + days(10, 24, PricingUnit="GB-Months", ServiceName="disk")
        + covered(10, 24, ServiceName="covered")
        + days(10, 24, ChargeClass="Correction", ServiceName="late")
        + days(10, -24, ServiceName="credit")
        + days(10, 24, ChargeCategory="Tax", ServiceName="tax")
    )
    table, known = costs(rows), given_discounts(YEAR, execute)
    assert offers(table, execute, known, SHORT).rows == []
    assert [row["ServiceName"] for row in offers(table, execute, known, Look(30, 1, any_unit=True)).rows] == ["disk"]
    assert offers(costs(days(3, 24)), execute, known, Look()).rows == []
    assert offers(costs([]), execute, known).rows == []


def test_an_incomplete_day_does_not_count_and_currencies_stand_apart():
    rows = [charge(f"2026-01-{day:02}T{hour:02}:00", 1, **ON_DEMAND) for day in (1, 2, 3) for hour in range(24 if day < 3 else 5)]
    rows += days(4, 48, BillingCurrency="EUR")
    found = offers(costs(rows), execute, given_discounts(YEAR, execute), SHORT).rows
    assert [(row["BillingCurrency"], row["days"], row["cost"], row["level"]) for row in found] == [
        ("EUR", 4, 192, 2.0),
        ("USD", 2, 48, 1.0),
    ]


def test_a_commitment_that_is_covered_in_full_has_utilization_one():
    rows = covered(10, 24) + covered(10, 18, CommitmentDiscountId="ri-1") + covered(10, 6, "Unused", CommitmentDiscountId="ri-1")
    rows += covered(5, 10, "Unused", CommitmentDiscountId="ended")
    found = execute(unused(costs(rows))).to_pylist()
    assert [(row["CommitmentDiscountId"], row["unused"], row["cost"], row["utilization"], row["days"]) for row in found] == [
        ("ri-1", 60, 240, 0.75, 10),
        ("sp-1", 0, 240, 1.0, 10),
    ]


@pytest.mark.parametrize("row", [{"discount": 1.2}, {"discount": 30}, {"discount": 0.2, "upfront": 2}, {}, {"discount": "much"}])
def test_what_is_no_discount_is_told(row):
    with pytest.raises(FinopsError, match="discount"):
        given_discounts([{"term": "1y", "payment": "no upfront", "discount": None, **row}], execute)


USE = arrays(np.float64, (3, 48), elements=st.floats(0, 1e6, allow_subnormal=False))
SHARES = arrays(np.float64, 3, elements=st.floats(0.001, 0.999))


@settings(max_examples=30, deadline=None)
@given(USE, SHARES, SHARES)
def test_a_saving_is_at_most_the_cost_and_more_discount_never_saves_less(use, one, other):
    less, more = best_levels(use, np.minimum(one, other)), best_levels(use, np.maximum(one, other))
    slack = 1e-9 * (1 + use.sum(axis=1))
    assert (less.saving >= -slack).all()
    assert (more.saving <= use.sum(axis=1) * np.maximum(one, other) + slack).all()
    assert (more.saving >= less.saving - slack).all()
    assert (more.level >= less.level).all()
    # no other level does better
    anywhere = np.linspace(0, use.max(axis=1), 25).T
    tried = np.minimum(use[:, None, :], anywhere[:, :, None]).sum(axis=2) - 48 * anywhere * (1 - np.maximum(one, other))[:, None]
    assert (tried.max(axis=1) <= more.saving + slack).all()
