"""Anomalies in daily costs: known answers, labelled series, and what must not alarm."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from finopsnb.analysis.anomalies import Limits, anomalies
from finopsnb.analysis.anomalies.costs import costs_of
from finopsnb.analysis.anomalies.telling import events_of
from finopsnb.analysis.anomalies.watching import watch
from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.forecasting.days import Days
from finopsnb.errors import FinopsError

FIRST = dt.date(2025, 1, 6)  # a Monday
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def labelled():
    """The generator and the score of the benchmark."""
    loaded = {}
    for name in ("_labelled_series", "_anomaly_score"):
        spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
        loaded[name] = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded[name])
    yield loaded["_labelled_series"], loaded["_anomaly_score"]
    for name in loaded:
        del sys.modules[name]


def rows_of(costs, first=FIRST):
    """Rows as the engine gives them, from one list of costs by the name of each series; None is a day without a row."""
    rows = [
        {"provider": name.split("/")[0], "service": name, "BillingCurrency": "USD", "day": first + dt.timedelta(days=place), "cost": cost}
        for name, values in sorted(costs.items())
        for place, cost in enumerate(values)
        if cost is not None and not np.isnan(cost)
    ]
    for row in rows:
        row["cost"] = Decimal(str(round(float(row["cost"]), 6)))
    texts = [(name, pa.string()) for name in ("provider", "service", "BillingCurrency")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*texts, ("day", pa.date32()), ("cost", pa.decimal128(38, 18))]))


def found(costs, by=("provider", "service"), first=FIRST, minimum=0):
    """The events as kind, number of the first and of the last day, by series."""
    told = {}
    for series in costs_of(rows_of(costs, first), list(by)):
        for event in events_of(series, list(by), Limits(), Decimal(minimum)):
            told.setdefault(event["service"], []).append((event["kind"], (event["start"] - first).days, (event["end"] - first).days))
    return told


def week(days, level=100.0, weekend=0.5):
    return np.where(np.arange(days) % 7 < 5, level, level * weekend)


def noisy(days, seed=1, level=100.0, noise=0.05, weekend=0.5):
    return week(days, level, weekend) * np.exp(np.random.default_rng(seed).normal(0, noise, days))


# ---- what must not alarm


@pytest.mark.parametrize("level", [0.01, 100, 1e6])
def test_84_regular_days_raise_no_alarm(level):
    assert found({"a": week(84, level)}) == {}
    assert found({f"weekends at {weekend}": week(84, level, weekend) for weekend in (0, 0.01, 0.3, 1, 2)}) == {}


def months(days):
    """The day of the month and the days left of it."""
    days = [FIRST + dt.timedelta(days=day) for day in range(days)]
    return np.array([day.day for day in days]), np.array([((day + dt.timedelta(days=1)).day == 1) for day in days])


def benign():
    position, last = months(400)
    time, random = np.arange(400), np.random.default_rng(5)
    usage = noisy(400, 2)
    return {
        "invoice on the first": usage + 700.0 * (position == 1),
        "invoice on the last": usage + 700.0 * last,
        "invoice on the 15th": usage + 300.0 * (position == 15) * random.uniform(0.9, 1.1, 400),
        "nothing but invoices": 5000.0 * (position == 3),
        "busy month ends": usage * np.where(position >= 28, 1.8, 1),
        "growth": usage * np.exp(0.0015 * time),
        "linear growth": usage * (1 + 0.004 * time),
        "decline": usage * np.exp(-0.001 * time),
        "a launch with a ramp": usage * np.clip((time - 90) / 30, 0, 1) * 0.05,
        "fee by the day": 31.0 / np.array([31 if p > 0 else 1 for p in position]),
        "noise": noisy(400, 3, noise=0.3),
        "sparse": np.where(random.random(400) < 0.15, random.uniform(50, 100, 400), 0),
        "missing days": np.where(np.isin(time, (100, 150, 151, 300)), np.nan, usage),
        "late last days": np.concatenate([usage[:-2], [60, 3]]),
        "caught up": np.where(time == 200, np.nan, np.where(time == 201, 2 * usage, usage)),
        "credits": -usage,
    }


def test_what_is_as_it_should_be_raises_no_alarm():
    assert found(benign(), by=("service",)) == {}


def test_a_holiday_that_all_have_raises_no_alarm():
    costs = {f"s{number:02}": noisy(200, number, noise=0.03, weekend=0.95) for number in range(12)}
    for values in costs.values():
        values[150:152] *= 0.45
    assert found(costs) == {}


def test_days_on_which_nothing_of_a_provider_was_collected_are_not_known():
    costs = {f"{provider}/{number}": noisy(120, number) for provider in ("aws", "azure") for number in range(2)}
    for name, values in costs.items():
        if name.startswith("aws"):
            values[80:86] = np.nan
    assert found(costs) == {}


# ---- what must


@pytest.mark.parametrize("others", [0, 19, 1999])
def test_a_spike_is_found_whatever_else_there_is(others):
    random = np.random.default_rng(3)
    costs = np.array([noisy(84, 9999), *(noisy(84, number, 10 ** random.uniform(-2, 4)) for number in range(others))])
    costs[0, 60] *= 50
    events, _ = watch(costs, Days(FIRST, 84), Limits())
    assert [(event.start, event.end) for event in events if event.series == 0] == [(60, 60)]
    assert len(events) <= 1 + 0.03 * others


CHANGES = {
    "a spike": ("spike", lambda values, time: values * np.where(time == 200, 5, 1), 200, 200),
    "a doubled bill": ("double count", lambda values, time: values * np.where((time >= 200) & (time < 203), 2, 1), 200, 202),
    "more for good": ("level shift up", lambda values, time: values * np.where(time >= 200, 1.6, 1), 200, 211),
    "more for weeks": ("level shift up", lambda values, time: values * np.where((time >= 200) & (time < 240), 1.6, 1), 200, 239),
    "less for good": ("level shift down", lambda values, time: values * np.where(time >= 200, 0.4, 1), 200, 211),
    "an outage": ("drop to zero", lambda values, time: np.where((time >= 200) & (time < 204), 0, values), 200, 203),
    "a leak that ends": ("slow leak", lambda values, time: values * (1 + 0.02 * np.clip(time - 200, 0, 40) * (time < 240)), 201, 239),
    "weekends run on": ("weekend change", lambda values, time: np.where((time % 7 > 4) & (time > 200), 2 * values, values), 201, 223),
}


@pytest.fixture(scope="module")
def changes():
    """What is found in series that change, each in its own way and a week after the one before."""
    time = np.arange(340)
    costs = {
        name: change(noisy(340, place, noise=0.04), time - 7 * place) for place, (name, (_, change, _, _)) in enumerate(CHANGES.items())
    }
    return found(costs, by=("service",))


@pytest.mark.parametrize("name", CHANGES)
def test_what_there_is_and_when(changes, name):
    kind, _, *days = CHANGES[name]
    start, end = (day + 7 * list(CHANGES).index(name) for day in days)
    ((told, first, last),) = changes[name]
    near = 6 if kind == "slow leak" else 2
    assert told == kind
    assert abs(first - start) <= near
    assert abs(last - end) <= near


def test_a_leak_that_stays_is_one_event_and_then_how_things_are():
    told = found({"a": noisy(300, 4, noise=0.04) * (1 + 0.02 * np.clip(np.arange(300) - 150, 0, 50))})
    assert [kind for kind, _, _ in told["a"]] == ["slow leak"]


def test_an_invoice_that_starts_is_told_once():
    position, _ = months(300)
    costs = {"a": noisy(300, 6) + 900.0 * (position == 20) * (np.arange(300) > 100)}
    assert found(costs)["a"] == [("spike", 104, 104)]


def test_a_spike_in_the_first_weeks_is_told_when_the_next_month_did_not_have_it():
    costs = noisy(120, 7)
    costs[20] *= 50
    assert found({"a": costs})["a"] == [("spike", 20, 20)]
    assert found({"a": costs[:50]}) == {}


def test_large_costs_of_something_new_are_told_and_small_ones_are_not():
    usage = noisy(200, 8)
    new = np.where(np.arange(200) >= 100, usage, np.nan)
    assert found({"old": usage, "new": new})["new"] == [("launch", 100, 100)]
    assert found({"old": usage, "new": 0.05 * new}) == {}


def test_a_charge_that_is_many_times_those_before():
    sparse = np.where(np.arange(300) % 19 == 0, 80.0, 0)
    sparse[250] = 4000
    assert found({"a": sparse})["a"] == [("spike", 250, 250)]


def test_what_comes_to_less_than_asked_is_left_out():
    costs = {"a": noisy(200, 9, level=0.5)}
    costs["a"][150] *= 20
    assert found(costs)["a"] == [("spike", 150, 150)]
    assert found(costs, minimum=20) == {}


# ---- labelled series


def test_labelled_series(labelled):
    series, scoring = labelled
    drawn = series.draw(8101, series=40, days=400)
    events, _ = watch(drawn.costs, Days(drawn.first, 400), Limits())
    alarms = [scoring.Alarm(event.series, event.start, event.end, event.noticed) for event in events]
    score = scoring.score(alarms, drawn)
    assert score.f1 >= 0.75
    assert score.false_alarms <= 0.03
    assert score.delay <= 1


def test_later_days_change_nothing_of_what_was_told(labelled):
    drawn = labelled[0].draw(8102, series=30, days=330)

    def noticed(days):
        events, _ = watch(drawn.costs[:, :days], Days(drawn.first, days), Limits())
        return {(event.series, event.start, event.direction) for event in events if event.noticed < 300 - Limits().late}

    assert noticed(300) == noticed(330)
    assert len(noticed(330)) > 10


def test_the_scale_of_the_money_changes_nothing(labelled):
    costs = labelled[0].draw(8103, series=20, days=250).costs * 1000
    days = Days(FIRST, 250)
    one, other = ([(event.series, event.start, event.end) for event in watch(part, days, Limits())[0]] for part in (costs, costs * 1024))
    assert one == other


# ---- in the engine


def charges(day, service, cost, resource="r-1", currency="USD", account="a-1"):
    start = dt.datetime.combine(FIRST, dt.time(), dt.UTC) + dt.timedelta(days=day)
    return {
        **dict.fromkeys(("BilledCost", "EffectiveCost"), str(cost)),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + dt.timedelta(days=1),
        "ChargeCategory": "Usage",
        "BillingCurrency": currency,
        "ProviderName": "AWS",
        "SubAccountId": account,
        "ServiceName": service,
        "ResourceId": resource,
        "SkuId": f"sku of {resource}",
    }


@pytest.fixture(scope="module")
def costs():
    """100 days of EC2 (two resources), S3 and RDS in USD, and of EC2 in EUR: r-2 and S3 cost ten times as much on day 80."""
    rows = []
    for day in range(100):
        times = 10 if day == 80 else 1
        rows += [charges(day, "EC2", "10.10"), charges(day, "EC2", Decimal("5.05") * times, "r-2"), charges(day, "S3", 7 * times, "bucket")]
        rows += [charges(day, "RDS", 30, "db"), charges(day, "EC2", 20, currency="EUR")]
    return costs_at_hand(rows)


def test_events_say_what_they_cost_why_and_what_changed_with_them(costs):
    queries = []

    def execute(expression):
        queries.append(expression)
        return execute_at_hand(expression)

    rows = anomalies(costs, execute).to_pylist()
    assert len(queries) == 2
    assert [(row["service"], row["BillingCurrency"], row["actual"], row["siblings"]) for row in rows] == [
        ("S3", "USD", Decimal(70), 1),
        ("EC2", "USD", Decimal("60.60"), 1),
    ]
    assert rows[0]["event"] == rows[1]["event"]
    assert [round(row["impact"], 2) for row in rows] == [Decimal(63), Decimal("45.45")]
    assert rows[0]["start"] == rows[0]["end"] == rows[0]["noticed"] == FIRST + dt.timedelta(days=80)
    drivers = json.loads(rows[1]["drivers"])
    assert [(one["level"], one["value"], one["change"], one["share"]) for one in drivers] == [
        ("ResourceId", "r-2", 45.45, 1.0),
        ("SkuId", "sku of r-2", 45.45, 1.0),
    ]


def test_other_dimensions_and_only_what_is_not_long_ago(costs):
    rows = anomalies(costs, execute_at_hand, ["ResourceId"]).to_pylist()
    assert [row["ResourceId"] for row in rows] == ["bucket", "r-2"]
    (total,) = anomalies(costs, execute_at_hand, []).to_pylist()
    assert (total["actual"], json.loads(total["drivers"])[0]["value"]) == (Decimal("160.60"), "bucket")
    assert anomalies(costs, execute_at_hand, since=FIRST + dt.timedelta(days=81)).num_rows == 0
    assert anomalies(costs, execute_at_hand, as_of=FIRST + dt.timedelta(days=79)).num_rows == 0
    with pytest.raises(FinopsError, match="cannot be grouped by servce"):
        anomalies(costs, execute_at_hand, ["servce"])


def test_there_is_nothing_to_say_of_no_costs(costs):
    assert anomalies(costs.limit(0), execute_at_hand).to_pylist() == []


@pytest.mark.parametrize("number", [43, 250])
def test_after_months_of_which_little_is_known_there_is_nothing_to_be_off_from(number):
    """Series with long gaps that come back at other levels; of these two an event had no level before it."""
    random = np.random.default_rng(1)
    for _ in range(number + 1):
        costs = 100 * np.exp(random.normal(0, 0.03, (4, 200)))
        for one in costs:
            start, length = int(random.integers(40, 140)), int(random.integers(1, 70))
            one[start : start + length] = np.nan
            one[start + length :] *= random.choice([0.1, 0.5, 1, 2, 10])
            if random.random() < 0.5:
                gap = int(random.integers(0, 190))
                one[gap : gap + 5] = np.nan
            if random.random() < 0.3:
                one[random.integers(0, 200, 10)] = 0
            if random.random() < 0.2:
                one *= -1
    found, _ = watch(costs, Days(dt.date(2025, 1, 1), 200), Limits())
    assert all(np.isfinite(event.base) for event in found)


@pytest.mark.parametrize("days", [[5.0], [0.0] * 90, [0.0] * 60 + [7.0]], ids=["one day", "nothing", "something new"])
def test_series_that_say_little_are_no_trouble(days):
    found, _ = watch(np.array([days, [-value for value in days]]), Days(dt.date(2025, 1, 1), len(days)), Limits())
    assert all(np.isfinite(event.base) for event in found)
