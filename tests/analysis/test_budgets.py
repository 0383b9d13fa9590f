"""Budgets: what is spent, what is to come, and which thresholds are told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from finopsnb.analysis.budgets import Budget, Spend, status_of
from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import _store, new_session, sample_costs

JANUARY = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 2, 1)}
TOML = """
[[budgets]]
budget = "web"
scope = "Tags['team'] = 'web'"
period_start = 2026-01-01
period_end = 2026-02-01
amount = "30"

[[budgets]]
budget = "data"
owner = "data"
period_start = 2026-01-01
period_end = 2026-02-01
amount = 100.10
thresholds = [0.3, 0.9]
"""


@pytest.fixture(scope="module")
def session():
    with new_session() as opened:
        _store(opened, sample_costs(20))
        yield opened


def budget(amount: str = "100", **given) -> Budget:
    return Budget.model_validate({"budget": "b", "owner": "o", "amount": amount, **JANUARY, **given})


def spend(*amounts: str) -> Spend:
    first = JANUARY["period_start"]
    return Spend("test", {first + dt.timedelta(days=day): Decimal(value) for day, value in enumerate(amounts)})


def rows(session, as_of=None, **options):
    return {row["budget"]: row for row in session.budget_status(as_of, frames="arrow", **options).to_pylist()}


def test_the_forecast_is_the_mean_day_before_there_are_two_weeks():
    row = status_of(budget(), spend("1", "2", "6"), dt.date(2026, 1, 3))
    assert (row["actual"], row["burn_rate"], row["forecast"]) == (9, 3, 9 + 28 * 3)
    assert (row["remaining"], row["share"], row["threshold"], row["state"]) == (91, 0.09, None, "within")


def test_the_forecast_knows_weekdays_from_two_weeks_on():
    weekdays = ["0" if (JANUARY["period_start"] + dt.timedelta(days=day)).weekday() > 4 else "10" for day in range(31)]
    row = status_of(budget("200"), spend(*weekdays[:14]), dt.date(2026, 1, 14))
    assert (row["actual"], row["forecast"]) == (100, 10 * weekdays.count("10"))
    assert (row["threshold"], row["state"]) == (Decimal("0.5"), "will be over")


def test_a_day_that_is_not_complete_is_not_counted():
    assert status_of(budget(), spend("1", "1", "50"), dt.date(2026, 1, 2))["actual"] == 2


@pytest.mark.parametrize(
    ("as_of", "state", "forecast"),
    [(dt.date(2025, 12, 31), "not begun", None), (dt.date(2026, 3, 1), "over", Decimal(101))],
)
def test_before_and_after_the_period(as_of, state, forecast):
    row = status_of(budget(), spend("101"), as_of)
    assert (row["state"], row["forecast"]) == (state, forecast)


def test_a_budget_reached_to_the_last_digit_is_not_over():
    row = status_of(budget("0.3"), spend("0.1", "0.2"), dt.date(2026, 1, 31))
    assert (row["remaining"], row["threshold"], row["state"]) == (0, 1, "within")


def test_status_of_a_scope_and_of_an_owner(session):
    session.budgets(TOML)
    before = rows(session)
    assert before["web"]["actual"] == Decimal("24.500000002")
    assert before["web"]["as_of"] == dt.date(2026, 1, 20)
    assert (before["data"]["actual"], before["data"]["basis"]) == (None, "nothing is allocated yet")
    session.load("tag-rules", rules=[{"owner_tag": "team"}])
    session.attribute("tag-rules")
    after = rows(session)["data"]
    assert (after["actual"], after["basis"], after["forecast"]) == (40, "allocations of tag-rules", 62)
    assert rows(session, "2026-01-10")["data"]["actual"] == 20


def test_untagged_spend_and_other_currencies_are_in_no_budget_of_a_team(session):
    scopes = {"web": "Tags['team'] = 'web'", "data": "Tags['team'] = 'data'", "not web": "Tags['team'] <> 'web'"}
    given = [{"budget": name, "scope": scope, "amount": "1000", **JANUARY} for name, scope in scopes.items()]
    session.budgets([*given, {**given[0], "budget": "euro", "BillingCurrency": "EUR"}])
    actual = {name: row["actual"] for name, row in rows(session).items()}
    assert actual == {"web": Decimal("24.500000002"), "data": 40, "not web": 40, "euro": 0}


def test_each_crossing_is_told_once(session):
    heard = []
    undo = session.hooks.on("budget_threshold_exceeded", lambda budget, threshold, actual: heard.append((budget, threshold, actual)))
    told = {"budget": "crossing", "scope": "Tags['team'] = 'data'", "amount": "40", "thresholds": [0.5, 0.9, 1.1], **JANUARY}
    session.budgets([told])
    rows(session, "2026-01-10")
    assert heard == [("crossing", Decimal("0.5"), 20)]
    rows(session, "2026-01-10")
    rows(session)
    assert heard[1:] == [("crossing", Decimal("0.9"), 40)]
    session.budgets([told])
    rows(session)
    assert len(heard) == 2
    session.budgets([{**told, "amount": "30"}])
    rows(session)
    assert [threshold for _, threshold, _ in heard[2:]] == [Decimal("0.5"), Decimal("0.9"), Decimal("1.1")]
    undo()


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_lost(session):
    session.budgets(TOML)
    wrong = [
        {"budget": "x", "owner": "x", "amount": -1, **JANUARY},
        {"budget": "y", "scope": "Servicename = 'x'", "amount": 1, "thresholds": [80], **JANUARY},
        {"budget": "z", "amount": 1, **JANUARY},
        {"budget": "twice", "owner": "o", "amount": 1, **JANUARY},
        {"budget": "twice", "owner": "p", "amount": 1, **JANUARY},
        {"budget": "w", "owner": "o", "amount": 1, "currency": "USD", **JANUARY},
    ]
    with pytest.raises(FinopsError) as raised:
        session.budgets(wrong)
    for said in ("x: amount", "did you mean ServiceName", "80 % is 0.8", "z: it has an owner", "twice: it is there twice", "w: currency"):
        assert said in raised.value.why
    assert session.budgets(frames="arrow").num_rows == 2


@pytest.mark.parametrize("given", ["[[budgets]\n", "x = 1", "no/such/budgets.toml"])
def test_what_is_no_file_of_budgets_is_told(session, given):
    with pytest.raises(FinopsError, match="budgets"):
        session.budgets(given)


def test_a_table_comes_back_as_it_was_given(session, tmp_path):
    path = tmp_path / "budgets.toml"
    path.write_text(TOML)
    kept = session.budgets(path)
    assert session.budgets(kept, frames="arrow").to_pylist() == session.frame("budgets", frames="arrow").to_pylist()
    assert kept.amount.tolist() == [Decimal("100.1"), Decimal(30)]
