"""``forecast`` and ``backtest`` as words of the vocabulary, and the session's calls behind them."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pytest

from finopsnb.commands import run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import CommandError, FinopsError
from finopsnb.plugins.testing import _store, new_session, sample_costs


@pytest.fixture(scope="module")
def stored():
    """Three services over 84 days, the last of which is 2026-01-28."""
    costs = sample_costs(28)
    starts, ends = (costs.column_names.index(name) for name in ("ChargePeriodStart", "ChargePeriodEnd"))
    parts = []
    for weeks in (8, 4, 0):
        times = [[_earlier(one, weeks) for one in costs[place].to_pylist()] for place in (starts, ends)]
        part = costs.set_column(starts, "ChargePeriodStart", pa.array(times[0]))
        parts.append(part.set_column(ends, "ChargePeriodEnd", pa.array(times[1])))
    with new_session() as opened:
        _store(opened, pa.concat_tables(parts))
        yield opened


def _earlier(instant, weeks):
    return (dt.datetime.fromisoformat(str(instant)) - dt.timedelta(weeks=weeks)).isoformat()


@pytest.fixture
def filled(state, stored, monkeypatch):
    monkeypatch.setattr(type(state), "session", stored)
    return state


def test_the_line_says_what_the_days_come_to(filled):
    result = run_line(filled, "forecast by=ServiceName horizon=5")
    assert result.line.startswith("5 days from 2026-01-29 on: 16.7")
    assert sorted(result.value["level"].unique()) == ["ServiceName", "total"]
    assert len(result.value) == 4 * 5
    until = run_line(filled, 'forecast by=["provider", "service"] until=2026-02-01 as_of=2026-01-20')
    assert set(until.value["day"]) == {dt.date(2026, 1, day) for day in range(21, 32)}


def test_the_back_test_says_how_far_off_it_was(filled):
    with pytest.raises(FinopsError, match="too few days"):
        run_line(filled, "backtest by=service horizon=60")
    told = run_line(filled, "backtest forecast by=service horizon=7")
    assert re.fullmatch(r"USD: the total was off by \d+\.\d% \(\d+\.\d% for the last week again\) over \d+ forecasts", told.line)
    assert told.value["level"].tolist() == ["total", "mean of the series", "service", "service", "service"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("forecast b=service", "no option b"),
        ("forecast horizon=long", "not a number of days"),
        ("forecast by=servce", "cannot be grouped"),
        ("forecast until=soon", "not a day"),
        ("backtest budgets", "has no back-test"),
        ("backtest until=2026-02-01", "no option until"),
    ],
)
def test_what_is_wrong_is_told(filled, line, said):
    with pytest.raises((CommandError, FinopsError), match=said):
        run_line(filled, line)


def test_without_costs(state):
    with pytest.raises(FinopsError, match="no costs to forecast"):
        run_line(state, "forecast")


def test_options_are_completed(state):
    assert "by=service" in complete(state, "forecast by=se").words
    assert complete(state, "backtest hor").words == ("horizon=",)


def test_the_smallest_series_are_together(stored):
    from finopsnb.analysis.forecasting import OTHER, daily

    rows = stored._store.execute(daily(stored.table("costs"), ["service"], "BilledCost", most=2))
    assert sorted(set(rows["service"].to_pylist())) == [OTHER, "Virtual Machines"]
    whole = stored._store.execute(stored.table("costs").BilledCost.sum().as_table()).to_pylist()[0]
    assert sum(rows["cost"].to_pylist()) == next(iter(whole.values()))
