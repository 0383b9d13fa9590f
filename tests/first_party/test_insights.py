"""What the sample means: the query of every finding finds its number again, every chart is drawn, and the plugin keeps the findings."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from finopsnb.analysis.insights import PERSONAS, insights
from finopsnb.errors import FinopsError
from finopsnb.plugins import PluginRegistry
from finopsnb.plugins.loading import load_class
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards._persona_text import KINDS


@pytest.fixture(scope="module")
def standing(paid):
    """With anomalies and savings."""
    for name in ("anomalies", "idle-resources"):
        paid.load(name)
        paid.recommend(name, frames="arrow")
    return paid


@pytest.fixture(scope="module")
def findings(standing):
    return insights(standing.table, standing._store.execute)


def answer(query, session):
    """A query is Python with the name ``session``, as people run it."""
    return eval(query, {"session": session}).to_dict("records")


def test_every_query_finds_its_number_again(standing, findings):
    answers = {}
    for one in findings:
        if one.query not in answers:
            answers[one.query] = answer(one.query, standing)
        rows = [row for row in answers[one.query] if all(row[name] == value for name, value in one.where.items())]
        assert rows, (one.title, one.query)
        assert len(rows) == 1 or "summed" in one.number_of, (one.title, "nothing says that it is a sum")
        again = sum(Decimal(str(row[one.column])) for row in rows)
        if isinstance(one.number, float):
            assert float(again) == pytest.approx(one.number, rel=1e-9), one.title
        else:
            assert again == one.number, one.title


def test_every_dashboard_that_is_named_takes_these_options(findings):
    found = {one.name: one for one in PluginRegistry().discover_plugins("finopsnb_plugins", auto_register=False)}
    for one in findings:
        if one.dashboard:
            load_class(found[one.dashboard]).Config.model_validate(one.options)


def test_the_chart_is_a_call_that_draws(standing, findings):
    (one,) = (one for one in findings if one.kind == "cash-and-accrual")
    assert eval(one.chart, {"session": standing}).to_dict()["title"]


def test_all_kinds_are_in_the_sample(findings):
    kinds = {one.kind for one in findings}
    assert kinds >= {"month", "run-rate", "cash-and-accrual", "mover", "forecast", "budget", "unit-cost", "anomaly", "saving"}
    assert kinds >= {"commitment-waste", "commitment-coverage", "savings-rate", "unallocated", "untagged", "product-cost", "violations"}
    assert kinds <= set(KINDS)
    assert len({one.insight_id for one in findings}) == len(findings)
    for one in findings:
        assert set(one.personas) <= set(PERSONAS)
        assert any(letter.isdigit() for letter in one.title) or one.number == 0


def test_what_moved_in_the_sample_is_what_was_planted(findings):
    rise = next(one for one in findings if one.kind == "mover")
    assert rise.title.startswith("Amazon Bedrock in data-platform rose by 1,889 USD")
    assert "the resource assistant" in rise.detail


CONCERNS = {
    "executive": {"month", "run-rate", "forecast", "budget", "mover"},
    "finance": {"month", "forecast", "budget", "cash-and-accrual", "unallocated"},
    "engineering": {"mover", "anomaly", "saving", "unit-cost", "violations"},
    "product": {"unit-cost", "product-cost"},
    "finops": {"commitment-waste", "commitment-coverage", "savings-rate", "unallocated", "untagged"},
}


@pytest.mark.parametrize("persona", PERSONAS)
def test_each_persona_gets_what_concerns_it(findings, persona):
    assert {one.kind for one in findings if persona in one.personas} >= CONCERNS[persona]


@pytest.fixture
def small():
    with new_session() as session:
        _store(session, sample_costs())
        yield session


def test_the_session_and_the_plugin_say_the_same(small):
    told = small.insights("product", frames="arrow").to_pylist()
    small.load("insights", persona="product")
    kept = small.recommend("insights", frames="arrow").to_pylist()
    assert {row["recommendation_id"]: row["title"] for row in kept} == {row["insight_id"]: row["title"] for row in told}
    for row in kept:
        assert (row["category"], row["status"], row["monthly_saving"]) == ("insight", "open", None)
        evidence = json.loads(row["evidence"])
        assert eval(evidence["query"], {"session": small}) is not None
    others = small.recommend("insights", persona="engineering", frames="arrow").to_pylist()
    assert {row["recommendation_id"] for row in others} != {row["recommendation_id"] for row in kept}
    again = small.recommend("insights", frames="arrow").to_pylist()
    assert [row["created_at"] for row in again] == [row["created_at"] for row in kept]
    with pytest.raises(FinopsError, match="boss is no persona"):
        small.recommend("insights", persona="boss")


def test_without_costs_one_sentence_says_so():
    with new_session() as session:
        for persona in (None, *PERSONAS):
            (row,) = session.insights(persona, frames="arrow").to_pylist()
            assert (row["kind"], row["number"]) == ("nothing", None)
            assert row["title"].startswith("There is nothing to say: ")
        session.load("insights")
        assert session.recommend("insights", frames="arrow").num_rows == 0
        with pytest.raises(FinopsError, match="days=0"):
            session.insights(days=0)


def test_one_day_is_enough_not_to_fail():
    with new_session() as session:
        _store(session, sample_costs(1))
        told = session.insights(frames="arrow").to_pylist()
        assert {row["kind"] for row in told} >= {"run-rate"}
        assert {row["change"] for row in told} == {None}
