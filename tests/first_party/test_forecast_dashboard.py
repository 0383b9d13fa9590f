"""The dashboard forecast draws what session.forecast says, with how well such forecasts have done."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pytest

from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from tests.first_party.drawing import ATTACKS, said, values


def opened(costs):
    session = new_session()
    entered = session.__enter__()
    if costs is not None:
        _store(entered, costs)
    return session, entered


@pytest.fixture(scope="module")
def spec(paid):
    return paid.render("forecast", history=60, top=4).to_dict()


def test_it_draws_what_the_session_forecasts(spec, paid):
    drawn = {round(row["forecast"], 2) for row in values(spec) if row.get("forecast") is not None}
    table = paid.forecast(30, frames="arrow").to_pylist()
    total = [row for row in table if row["level"] == "total" and row["BillingCurrency"] == "USD"]
    assert len(total) == 30
    for row in total:
        assert min(abs(amount - float(row["forecast"])) for amount in drawn) < 0.35


def test_the_title_states_the_sum_and_the_back_test_stands_below(spec):
    told = said(spec)
    assert re.match(r"Effective cost of the next 30 days comes to [\d,]+ USD, 80 % likely [\d,]+ to [\d,]+", told)
    below = " ".join(spec["title"]["subtitle"])
    assert re.search(r"Back-test: 20 such forecasts of the past were off by \d\.\d% of their sum \(the last week again", below)
    assert "EUR in all" in below
    assert "smaller series are in the total" in below


def test_it_is_described_for_those_who_cannot_see_it(spec, paid):
    assert spec["description"].startswith("Effective cost of the next 30 days")
    assert "Back-test" in spec["description"]
    assert summary(paid.render("forecast", top=0, currency="EUR"))


def test_a_short_past_is_drawn_and_says_that_it_is_short():
    manager, session = opened(sample_costs(10))
    drawn = session.render("forecast", horizon=7).to_dict()
    assert "too few days to say" in " ".join(drawn["title"]["subtitle"])
    manager.__exit__(None, None, None)


def test_without_costs_it_says_what_brings_them():
    manager, session = opened(None)
    assert "There are no costs to forecast yet" in said(session.render("forecast").to_dict())
    manager.__exit__(None, None, None)


def test_names_are_only_names():
    costs = sample_costs(20)
    names = pa.array([ATTACKS[place % len(ATTACKS)] for place in range(costs.num_rows)])
    manager, session = opened(costs.set_column(costs.column_names.index("ServiceName"), "ServiceName", names))
    drawn = session.render("forecast", horizon=5, as_of=dt.date(2026, 1, 20)).to_dict()
    assert drawn["title"]["text"]
    manager.__exit__(None, None, None)


def test_wrong_options_are_told(paid):
    with pytest.raises(PluginConfigError, match="horizn"):
        paid.render("forecast", horizn=3)
    with pytest.raises(FinopsError, match="no costs in GBP"):
        paid.render("forecast", currency="GBP")


def test_a_range_of_days_is_the_past_that_is_drawn_and_its_end_is_now(paid):
    drawn = paid.render("forecast", start="2026-09-01", end="2026-10-01", top=0).to_dict()
    assert sum(row.get("actual") is not None for row in values(drawn)) == 30
    for given, told in (({"end": "2000-01-01"}, "before 2000-01-01"), ({"start": "2999-01-01"}, "from 2999-01-01 on")):
        with pytest.raises(FinopsError, match=told):
            paid.render("forecast", **given)
