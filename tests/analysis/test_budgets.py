"""Budgets: what is spent, what is to come, and which thresholds are told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
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


@pytest.fixture
def fresh():
    with new_session() as opened:
        _store(opened, sample_costs(20))
        opened.load("tag-rules", rules=[{"owner_tag": "team"}])
        opened.budgets([{"budget": "data", "owner": "data", "amount": "100", **JANUARY}])
        yield opened


def test_allocations_by_month_say_nothing_of_days(fresh):
    fresh.attribute("tag-rules", grain="month")
    row = rows(fresh)["data"]
    assert (row["actual"], row["state"]) == (None, "unknown")
    assert 'session.attribute("tag-rules", grain="day")' in row["basis"]
    with pytest.raises(FinopsError, match="by month"):
        fresh.showback(grain="day")
    assert len(fresh.showback(grain="month"))


def test_allocations_of_other_costs_than_there_are_do_not_count(fresh):
    fresh.attribute("tag-rules")
    assert rows(fresh)["data"]["actual"] == 40
    fresh.unload("given-costs")
    fresh.plugins.registry.unregister("given-costs")
    _store(fresh, sample_costs(25))
    row = rows(fresh)["data"]
    assert (row["actual"], row["state"]) == (None, "unknown")
    assert "not those of the costs as they are now" in row["basis"]
    assert rows(fresh, "2025-12-31")["data"]["state"] == "not begun"
    fresh.attribute("tag-rules")
    assert rows(fresh)["data"]["actual"] == 50


def test_what_a_pool_hands_on_is_in_no_budget(fresh):
    """Untagged spend is in (unallocated), and a pool that gives it to a team does not make it that team's."""
    pool = {"name": "rest", "when": [{"column": "owner", "exact": "(unallocated)"}], "owners": ["data"]}
    fresh.load("shared-costs", rules=[{"owner_tag": "team"}], pools=[pool])
    fresh.attribute("shared-costs")
    row = rows(fresh)["data"]
    assert (row["actual"], row["basis"]) == (40, "allocations of shared-costs, without what pools handed on")
    assert fresh.chargeback(frames="arrow").filter(pc.field("owner") == "data")["total"].to_pylist() == [Decimal(42)]


def test_the_most_complete_attribution_counts_unless_one_is_named(fresh):
    fresh.attribute("tag-rules")
    fresh.load("shared-costs", rules=[{"owner_tag": "team", "when": [{"column": "ServiceName", "exact": "nothing"}]}])
    fresh.attribute("shared-costs")
    assert rows(fresh)["data"]["basis"] == "allocations of tag-rules"
    fresh.budgets([{"budget": "data", "owner": "data", "amount": "100", "attribution": "shared-costs", **JANUARY}])
    assert rows(fresh)["data"]["basis"] == "shared-costs allocates nothing to data"
    fresh.budgets([{"budget": "data", "owner": "dta", "amount": "100", **JANUARY}])
    assert rows(fresh)["data"]["basis"] == "tag-rules allocates nothing to dta; did you mean data?"


def test_one_budget_that_cannot_be_read_does_not_hide_the_others(fresh):
    scope = {"amount": "100", **JANUARY}
    with_column = sample_costs(20).append_column("x_project", pa.array(["a"] * sample_costs(20).num_rows))
    fresh.forget(1)
    fresh.unload("given-costs")
    fresh.plugins.registry.unregister("given-costs")
    _store(fresh, with_column)
    fresh.budgets([{"budget": "gone", "scope": "x_project = 'a'", **scope}, {"budget": "web", "scope": "Tags['team'] = 'web'", **scope}])
    assert {name: row["state"] for name, row in rows(fresh).items()} == {"gone": "will be over", "web": "within"}
    with new_session() as other:
        _store(other, sample_costs(20))
        other.budgets(fresh.budgets(frames="arrow"))
        found = rows(other)
    assert (found["gone"]["state"], found["web"]["state"]) == ("unknown", "within")
    assert "x_project" in found["gone"]["basis"]


def test_a_question_by_another_cost_tells_nobody(fresh):
    heard = []
    fresh.hooks.on("budget_threshold_exceeded", lambda budget, threshold: heard.append(threshold))
    one = {"budget": "b", "amount": "40", "thresholds": [1], **JANUARY}
    fresh.budgets([{**one, "scope": "Tags['team'] = 'data'"}])
    rows(fresh, metric="ListCost")
    assert not heard
    rows(fresh)
    fresh.budgets([{**one, "scope": "Tags['team'] in ('data', 'web')"}])
    rows(fresh)
    assert heard == [1, 1]


def test_a_forgotten_run_takes_its_allocations_and_violations_along(fresh):
    fresh.attribute("tag-rules")
    fresh.load("tag-compliance", required=["team"])
    fresh.evaluate("tag-compliance")
    attributed, evaluated = (int(run) for run in fresh.runs().tail(2)["run_id"])
    held = {table: fresh.frame(table, frames="arrow").num_rows for table in ("allocations", "violations")}
    assert all(held.values())
    assert (fresh.forget(attributed), fresh.forget(evaluated)) == (held["allocations"], held["violations"])
    assert not fresh.frame("allocations", frames="arrow").num_rows + fresh.frame("violations", frames="arrow").num_rows


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"plugin": "tag-rulez"}, "tag-rules"),
        ({"month": "9999-12"}, "month"),
        ({"month": "0000-01"}, "month"),
        ({"month": "2026-01-99 garbage"}, "month"),
        ({"by": ["owner", "owner"]}, "twice"),
    ],
)
def test_a_wrong_showback_is_told_in_words(fresh, options, said):
    fresh.attribute("tag-rules")
    with pytest.raises(FinopsError) as raised:
        fresh.showback(**options)
    assert said in f"{raised.value} {raised.value.hint}"
