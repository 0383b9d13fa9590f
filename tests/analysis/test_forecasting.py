"""Forecasts: exact where the past is exact, better than the last week again, adding up, and never knowing the future."""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from finopsnb.analysis.forecasting import Series, backtest, forecast, project, rolling, series_of
from finopsnb.analysis.forecasting.days import Days
from finopsnb.analysis.forecasting.fitting import fit
from finopsnb.analysis.forecasting.hierarchy import levels, places, rounded
from finopsnb.analysis.forecasting.robust import median, near
from finopsnb.analysis.forecasting.rolling import roll
from finopsnb.errors import FinopsError

FIRST = dt.date(2025, 1, 1)
AHEAD = 30


def drawn(seed, series, days):
    """The generator of the benchmark."""
    path = Path(__file__).parents[2] / "benchmarks" / "_cost_series.py"
    spec = importlib.util.spec_from_file_location("_cost_series", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.drawn(seed, series, days)


def rows_of(costs, first=FIRST, currency="USD"):
    """Rows as the engine gives them, from one list of costs by the name of each series; None is a day without a row."""
    rows = [
        {"service": name, "BillingCurrency": currency, "day": first + dt.timedelta(days=place), "cost": cost}
        for name, values in sorted(costs.items())
        for place, cost in enumerate(values)
        if cost is not None
    ]
    kinds = [("service", pa.string()), ("BillingCurrency", pa.string()), ("day", pa.date32()), ("cost", pa.float64())]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def told(table, level="service"):
    """Each series' forecast as floats."""
    found = {}
    for row in table.filter(pc.equal(table["level"], level)).to_pylist():
        found.setdefault(row.get("service"), []).append(float(row["forecast"]))
    return found


def calendar(days):
    return [FIRST + dt.timedelta(days=day) for day in range(days)]


WEEK = (100, 110, 120, 130, 140, 30, 0)
EXACT = {
    "ramp": lambda day, at: 100 + 2 * at,
    "decline": lambda day, at: 5000 - 3 * at,
    "weekly": lambda day, at: WEEK[day.weekday()],
    "flat": lambda day, at: 7.25,
    "credit": lambda day, at: -WEEK[day.weekday()],
    "on the first": lambda day, at: 900 if day.day == 1 else 0,
    "on the last": lambda day, at: 50 + 900 * ((day + dt.timedelta(days=1)).day == 1),
    "on the 15th": lambda day, at: WEEK[day.weekday()] + 500 * (day.day == 15),
    "spread over the month": lambda day, at: (
        9300 / ((day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)).day
    ),
    "cheap at first": lambda day, at: 20 if day.day <= 10 else 40,
    "stepped": lambda day, at: 100 if at < 330 else 150,
}


@pytest.fixture(scope="module")
def exact():
    days = calendar(366 + AHEAD)
    whole = {name: [cost(day, at) for at, day in enumerate(days)] for name, cost in EXACT.items()}
    return forecast(rows_of({name: values[:-AHEAD] for name, values in whole.items()}), ["service"], AHEAD), whole


@pytest.mark.parametrize("name", EXACT)
def test_an_exact_past_goes_on_exactly(exact, name):
    table, whole = exact
    near_enough = 0.015 if name == "cheap at first" else 1e-4  # a shape is told by medians over months of other weekdays
    assert told(table)[name] == pytest.approx(whole[name][-AHEAD:], rel=near_enough, abs=0.011)


def test_series_add_up_to_the_total_and_lie_in_their_intervals(exact):
    table, _ = exact
    frame = table.to_pandas()
    total = frame[frame.level == "total"].set_index("day").forecast
    assert (frame[frame.level == "service"].groupby("day").forecast.sum() == total).all()
    for low, high in (("low_95", "low_80"), ("low_80", "forecast"), ("forecast", "high_80"), ("high_80", "high_95")):
        assert (frame[low] <= frame[high]).all()
    assert min(frame[frame.service == "on the first"].low_95) == 0
    assert len(total) == AHEAD
    assert total.index[0] == calendar(367)[-1]


def test_each_level_adds_up_to_the_one_above_and_currencies_never():
    keys = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")]
    one = rows_of({f"{top} {low}": np.random.default_rng(place).uniform(1, 9, 80) for place, (top, low) in enumerate(keys)})
    provider, service = (pa.array([name.as_py().split()[place] for name in one["service"]]) for place in (0, 1))
    one = one.set_column(0, "service", service).append_column("provider", provider)
    euro = one.set_column(one.column_names.index("BillingCurrency"), "BillingCurrency", pa.array(["EUR"] * one.num_rows))
    frame = forecast(pa.concat_tables([one, euro]), ["provider", "service"], 7).to_pandas()
    assert sorted(frame.level.unique()) == ["provider", "provider, service", "total"]
    for _, part in frame.groupby(["BillingCurrency", "day"]):
        sums = part.groupby("level").forecast.sum()
        assert sums.nunique() == 1
        below = part[part.level == "provider, service"].groupby("provider").forecast.sum()
        assert (part[part.level == "provider"].set_index("provider").forecast == below).all()
    assert len(frame[(frame.level == "total")]) == 14


def test_rounding_keeps_sums_and_small_amounts():
    amounts = np.full((3, 1), 10 / 3)
    assert rounded(amounts, 2).sum() == 1000
    assert [places(np.array([amount])) for amount in (1234.5, 3.2, 0.04, 0.0)] == [2, 2, 4, 2]
    assert rounded(np.array([[10.0], [0.333], [2.5]]), 2)[:, 0].tolist() == [1000, 33, 250]


@pytest.fixture(scope="module")
def noisy():
    names, days, costs = drawn(9005, 40, 330)
    there = costs.ravel() != 0
    columns = {
        "service": np.repeat(names, len(days)),
        "BillingCurrency": ["USD"] * costs.size,
        "day": pa.array(np.tile(days, len(names)), pa.date32()),
        "cost": costs.ravel(),
    }
    return pa.table(columns).filter(pa.array(there))


def test_the_back_test_reaches_its_goals_on_series_that_it_was_not_made_with(noisy):
    total, mean = backtest(noisy, ["service"]).slice(0, 2).to_pylist()
    assert (total["level"], mean["level"]) == ("total", "mean of the series")
    assert mean["MASE"] <= 0.9 < mean["naive_MASE"]
    assert mean["WAPE"] <= 0.19
    assert total["month_error"] <= 0.05
    assert total["WAPE"] < total["naive_WAPE"]
    assert 0.75 <= mean["coverage_80"] <= 0.88
    assert 0.9 <= mean["coverage_95"] <= 0.98
    assert isinstance(total["cost"], Decimal)


def test_no_forecast_knows_what_comes_after_it():
    costs = np.random.default_rng(1).uniform(50, 60, (3, 200))
    changed = costs.copy()
    changed[:, 150:] *= 7
    one, other = (roll(values, Days(FIRST, 220)) for values in (costs, changed))
    before = one.origins <= 150
    assert before.sum() > 5
    assert (one.forecasts[before] == other.forecasts[before]).all()


def test_a_shift_a_spike_and_a_launch_are_seen_for_what_they_are():
    random = np.random.default_rng(3)
    steady = random.normal(100, 3, 200)
    shifted, spiked, launched = steady.copy(), steady.copy(), steady.tolist()
    shifted[-8:] *= 2
    spiked[-20] = spiked[-1] = 5000
    launched[:170] = [None] * 170
    found = told(forecast(rows_of({"shifted": shifted, "spiked": spiked, "launched": launched, "steady": steady}), ["service"], AHEAD))
    assert np.mean(found["shifted"]) == pytest.approx(200, rel=0.05)
    for name in ("spiked", "launched", "steady"):
        assert np.mean(found[name]) == pytest.approx(100, rel=0.05)


def test_what_comes_each_month_on_no_fixed_day_is_in_the_sum():
    random = np.random.default_rng(8)
    dates = {month: int(random.integers(3, 9)) for month in range(1, 13)}
    costs = [random.normal(10, 0.3) + 300 * (day.day == dates[day.month]) for day in calendar(334)]
    assert np.sum(told(forecast(rows_of({"straying": costs}), ["service"], 31))["straying"]) == pytest.approx(31 * 10 + 300, rel=0.1)


def test_days_without_rows():
    """Nothing collected: not known; late: not known; no row of one series: no cost."""
    days = [10.0] * 60
    gap = [None if day in (30, 31) else cost for day, cost in enumerate(days)]
    one = next(iter(series_of(rows_of({"daily": gap, "late": [*gap[:-2], None, None], "ended": [*gap[:-10], *[None] * 10]}), ["service"])))
    known = dict(zip([key[0] for key in one.keys], ~np.isnan(one.costs), strict=True))
    assert not known["daily"][30:32].any()
    assert known["daily"].sum() == 58
    assert not known["late"][-2:].any()
    assert known["ended"][-10:].all()
    assert one.costs[[key[0] for key in one.keys].index("ended"), -10:].sum() == 0


@pytest.mark.parametrize("days", [1, 6, 20, 45])
def test_a_short_past_is_enough_for_a_forecast_and_not_for_a_back_test(days):
    rows = rows_of({"new": [3.0] * days})
    assert told(forecast(rows, ["service"], 5))["new"] == pytest.approx([3.0] * 5)
    with pytest.raises(FinopsError, match="too few days"):
        backtest(rows, ["service"], 40)


def test_what_cannot_be_forecast_is_told():
    rows = rows_of({"a": [1.0] * 50})
    for given, said in (
        ({"horizon": 0}, "0 days"),
        ({"horizon": 800}, "800 days"),
        ({"until": FIRST}, "begins on 2025-02-20"),
        ({"model": "AutoETS"}, r'pip install "finopsnb\[forecast\]"'),
    ):
        if given.get("model") and importlib.util.find_spec("statsforecast"):
            continue
        with pytest.raises(FinopsError, match=said):
            forecast(rows, ["service"], **given)
    assert forecast(rows, ["service"], until=dt.date(2025, 3, 1)).num_rows == 2 * 9


class _Flat:
    """Stands for a model of statsforecast."""

    def __init__(self, season_length):
        self.season_length = season_length

    def forecast(self, y, h):
        return {"mean": np.full(h, y[-self.season_length :].mean())}


def test_models_of_statsforecast_go_the_same_way(monkeypatch):
    models = SimpleNamespace(Flat=_Flat, __all__=["Flat"])
    monkeypatch.setitem(sys.modules, "statsforecast", SimpleNamespace(models=models))
    monkeypatch.setitem(sys.modules, "statsforecast.models", models)
    random = np.random.default_rng(5)
    rows = rows_of({"a": random.normal(10, 1, 200), "b": [4.0] * 10})
    table = forecast(rows, ["service"], 7, model="Flat")
    assert told(table)["b"] == pytest.approx([4.0 * 10 / 10] * 7, abs=4)
    assert told(table)["a"] == pytest.approx([np.mean(rows["cost"].to_numpy()[193:200])] * 7, abs=0.011)
    assert backtest(rows, ["service"], 7, model="Flat").to_pylist()[0]["origins"] > 3
    with pytest.raises(FinopsError, match="no model Flta") as raised:
        forecast(rows, ["service"], model="Flta")
    assert raised.value.hint == 'model="Flat"'


def test_medians_know_what_is_missing_and_a_ramp_is_near_itself():
    values = np.array([[1.0, np.nan, 3.0, 9.0], [np.nan] * 4])
    assert median(values)[0] == 3
    assert np.isnan(median(values)[1])
    assert np.isnan(median(np.empty((2, 0)))).all()
    ramp = np.arange(40.0)[None]
    assert near(ramp, (-14, -7, 7, 14)) == pytest.approx(ramp)


def test_the_calendar_knows_working_days_and_ends():
    days = Days(dt.date(2026, 1, 30), 40)
    on = {place: [str(days.all[day]) for day in np.flatnonzero(days.places[place])] for place in range(4)}
    assert on[0] == ["2026-02-01", "2026-03-01"]
    assert on[1] == ["2026-01-31", "2026-02-28"]
    assert on[2] == ["2026-02-02", "2026-03-02"]
    assert on[3] == ["2026-01-30", "2026-02-27"]


def test_many_series_are_fast_enough_and_a_sum_is_as_wide_as_it_was_off(noisy):
    series = next(iter(series_of(noisy, ["service"])))
    assert isinstance(series, Series)
    projection = project(series, 7, origins=6)
    assert [level.depth for level in projection.levels] == [0, 1]
    assert len(levels(series.keys)[1].keys) == 40
    total, finest = projection.rolled
    assert total.forecasts == pytest.approx(finest.forecasts.sum(axis=1, keepdims=True))
    assert total.cumulated().forecasts[-1, 0, -1] == pytest.approx(total.forecasts[-1, 0].sum())


def test_the_same_costs_are_not_rolled_again(noisy):
    series = next(iter(series_of(noisy, ["service"])))
    (*_, once), (*_, again) = (project(series, 7, origins=2).rolled for _ in range(2))
    assert again is once
    assert not once.forecasts.flags.writeable
    changed = replace(series, costs=series.costs + 1)
    for other, horizon in ((changed, 7), (series, 8), (replace(series, first=series.first + dt.timedelta(days=1)), 7)):
        found = project(other, horizon, origins=2).rolled[-1]
        wanted = roll(other.costs, other.days(horizon), most=2)
        assert found is not once
        assert np.array_equal(found.forecasts, wanted.forecasts)


def test_what_is_remembered_of_forecasts_is_our_own_and_bounded(monkeypatch):
    rolled = []

    def rolling_once(values, days, **options):
        rolled.append(options.get("model", fit))
        one = np.zeros((5, len(values), 25_000))
        return rolling.Rolled(np.arange(5), one, one.copy(), one.copy(), np.ones((5, len(values)), bool))

    def ask(number, model=fit):
        return rolling.rolled_once(np.full((1, 40), float(number)), Days(FIRST, 70), step=7, most=5, model=model)

    monkeypatch.setattr(rolling, "roll", rolling_once)
    monkeypatch.setattr(rolling, "_LATELY", type(rolling._LATELY)(rolling._MOST_BYTES, getsizeof=rolling._bytes))
    for number in range(100):
        ask(number)
    kept = list(rolling._LATELY.values())
    assert 0 < sum(part.nbytes for one in kept for part in vars(one).values()) <= rolling._MOST_BYTES
    assert (ask(99) is ask(99), len(rolled)) == (True, 100)

    def another(values, days):
        raise AssertionError

    ask(99, another)
    ask(99, another)
    assert (rolled[100:], len(rolling._LATELY)) == ([another, another], len(kept))
