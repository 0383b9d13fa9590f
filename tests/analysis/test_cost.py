"""Sums by dimension and period: exact, by currency, and the same however they are grouped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finopsnb.analysis import cost
from finopsnb.errors import FinopsError

MONEY, TIME = pa.decimal128(38, 18), pa.timestamp("us", tz="UTC")
DAY = timedelta(days=1)
KINDS = {
    "ProviderName": pa.string(),
    "ServiceProviderName": pa.string(),
    "ServiceName": pa.string(),
    "BillingCurrency": pa.string(),
    "ChargeCategory": pa.string(),
    "ChargeFrequency": pa.string(),
    "ChargePeriodStart": TIME,
    "ChargePeriodEnd": TIME,
    "BilledCost": MONEY,
}
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine():
    backend = ibis.duckdb.connect()
    backend.raw_sql("set TimeZone = 'UTC'")
    return backend


def charge(amount, *, day=0, days=1, **changes):
    start = START + day * DAY
    row = {"ProviderName": "AWS", "ServiceName": "EC2", "BillingCurrency": "USD", "ChargeCategory": "Usage"}
    row |= {"ChargeFrequency": "Usage-Based", "ServiceProviderName": None, "BilledCost": Decimal(amount)}
    return row | {"ChargePeriodStart": start, "ChargePeriodEnd": start + days * DAY} | changes


def table(*charges):
    return ibis.memtable(pa.table({name: pa.array([c[name] for c in charges], kind) for name, kind in KINDS.items()}))


def run(engine, expression):
    return engine.to_pyarrow(expression).to_pylist()


def test_currencies_are_never_added_up(engine):
    costs = table(charge("1"), charge("2", BillingCurrency="EUR"), charge("4"))
    found = run(engine, cost.cost_by(costs, "service"))
    assert {(row["BillingCurrency"], row["cost"]) for row in found} == {("USD", Decimal(5)), ("EUR", Decimal(2))}


def test_the_provider_is_the_newer_column_where_it_is_filled(engine):
    costs = table(charge("1"), charge("2", ServiceProviderName="Acme"))
    assert {row["provider"]: row["cost"] for row in run(engine, cost.cost_by(costs, "provider"))} == {"AWS": 1, "Acme": 2}
    older = costs.drop("ServiceProviderName")
    assert {row["provider"] for row in run(engine, cost.cost_by(older, "provider"))} == {"AWS"}


def test_a_missing_value_has_a_name(engine):
    costs = table(charge("1", ServiceName=None), charge("1", ServiceName=""))
    assert run(engine, cost.cost_by(costs, "service")) == [{"service": "(none)", "BillingCurrency": "USD", "cost": Decimal(2)}]


@pytest.mark.parametrize(("grain", "periods"), [("day", 3), ("week", 2), ("month", 2), ("year", 1)])
def test_periods_begin_in_utc(engine, grain, periods):
    costs = table(charge("1"), charge("1", day=30), charge("1", day=31))
    found = run(engine, cost.cost_by(costs, grain=grain).order_by("period"))
    assert len(found) == periods
    assert found[-1]["period"] == {"day": date(2026, 2, 1), "week": date(2026, 1, 26), "month": date(2026, 2, 1)}.get(
        grain, date(2026, 1, 1)
    )


def test_movers_are_half_open_and_keep_what_stopped(engine):
    january, february = (date(2026, 1, 1), date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1))
    costs = table(charge("5", ServiceName="old"), charge("7", day=31, ServiceName="new"), charge("9", day=59))
    found = run(engine, cost.movers(costs, "service", before=january, now=february).order_by("service"))
    assert [(row["service"], row["before"], row["now"], row["change"]) for row in found] == [
        ("new", 0, 7, 7),
        ("old", 5, 0, -5),
    ]


def test_totals_take_their_last_day_from_usage(engine):
    costs = table(charge("3", day=2), charge("-4", day=40, ChargeCategory="Purchase"))
    (found,) = run(engine, cost.totals(costs))
    assert found == {
        "BillingCurrency": "USD",
        "cost": -1,
        "size": 7,
        "rows": 2,
        "first": date(2026, 1, 3),
        "last": date(2026, 1, 3),
    }


def test_folding_keeps_what_is_named(engine):
    costs = table(charge("1", ServiceName="a"), charge("2", ServiceName="b"), charge("4", ServiceName="c"))
    folded = cost.folded(costs, "service", ["b"], other="the rest")
    assert {row["series"]: row["cost"] for row in run(engine, cost.cost_by(folded, "series"))} == {"b": 2, "the rest": 5}
    assert {row["series"] for row in run(engine, cost.folded(costs, "service", []).select("series"))} == {"Other"}


def test_compact_costs_are_the_same_costs_in_fewer_rows(engine):
    costs = table(*[charge("0.1", day=day) for day in (0, 0, 0, 1)])
    found = run(engine, cost.compact(costs, "service", "provider"))
    assert sorted(row["BilledCost"] for row in found) == [Decimal("0.1"), Decimal("0.3")]
    assert {(row["service"], row["provider"]) for row in found} == {("EC2", "AWS")}


def test_a_monthly_charge_is_spread_over_its_days_and_a_purchase_is_not(engine):
    month = charge("31", days=31, ChargeCategory="Tax", ChargeFrequency="Recurring")
    upfront = charge("365", days=365, ChargeCategory="Purchase", ChargeFrequency="One-Time")
    daily = run(engine, cost.cost_by(cost.spread(table(month)), grain="day"))
    assert len(daily) == 31
    assert {row["cost"] for row in daily} == {Decimal(1)}
    assert len(run(engine, cost.spread(table(upfront)))) == 1


amounts = st.decimals(-10_000, 10_000, places=12, allow_nan=False)
charges = st.lists(
    st.builds(
        charge,
        amounts,
        day=st.integers(0, 90),
        days=st.integers(1, 40),
        ServiceName=st.sampled_from(["a", "b", "'; drop table costs; --", '"x"', None]),
        BillingCurrency=st.sampled_from(["USD", "EUR"]),
        ChargeFrequency=st.sampled_from(["Recurring", "One-Time", None]),
    ),
    min_size=1,
    max_size=12,
)


@given(charges)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_it_is_grouped_spread_or_folded_the_sum_is_the_sum(engine, rows):
    costs = table(*rows)
    whole = {row["BillingCurrency"]: row["cost"] for row in run(engine, cost.totals(costs))}
    spread = cost.spread(costs)
    ways = [
        cost.cost_by(costs, "service", "provider"),
        cost.cost_by(costs, grain="month"),
        cost.cost_by(cost.spread(cost.compact(costs, "service")), grain="week"),
        cost.cost_by(spread, "service", grain="day"),
        cost.cost_by(cost.folded(costs, "service", ["a"]), "series"),
    ]
    for way in ways:
        sums = {}
        for row in run(engine, way):
            sums[row["BillingCurrency"]] = sums.get(row["BillingCurrency"], 0) + row["cost"]
        assert sums == whole


def test_unknown_names_are_refused_with_the_near_one(engine):
    with pytest.raises(FinopsError) as wrong:
        cost.cost_by(table(charge("1")), "servise")
    assert wrong.value.hint == 'by="service"'
    with pytest.raises(FinopsError) as wrong:
        cost.cost_by(table(charge("1")), "service", metric="BiledCost")
    assert wrong.value.hint == 'cost="BilledCost"'
