"""The plugin ``ai-costs`` on what ai-usage collects, and on the bills of clouds."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

import finopsnb_sample
from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import new_session

MINI = {"model": "gpt-4o-2024*", "equivalent": "gpt-4o-mini", "input": "0.15", "cached": "0.075", "output": "0.6", "currency": "USD"}


@pytest.fixture(scope="module")
def session():
    with new_session() as session:
        session.load("ai-usage", path=str(Path(finopsnb_sample.path()) / "native" / "ai-usage"))
        session.collect("ai-usage", frames="none")
        yield session


def recommended(session, *prices, **settings):
    session.load("ai-costs", **settings)
    return session.recommend("ai-costs", frames="arrow", prices=list(prices) or None).to_pylist()


def test_an_equivalent_for_the_tokens_that_were_used(session):
    (row,) = recommended(session, MINI)
    # 13,122,701 in, 4,962,701 from the cache and 1,538,701 out
    cost = Decimal("32.8067525") + Decimal("6.20337625") + Decimal("15.38701")
    there = (13_122_701 * Decimal("0.15") + 4_962_701 * Decimal("0.075") + 1_538_701 * Decimal("0.6")) / 1_000_000
    evidence = json.loads(row["evidence"])
    assert (Decimal(evidence["cost"]), Decimal(evidence["saving"]), evidence["days"]) == (cost, cost - there, 7)
    assert row["title"] == "gpt-4o-2024-08-06: gpt-4o-mini costs 94.0% less for the same tokens"
    assert float(row["monthly_saving"]) == pytest.approx(float(cost - there) * 730 / (24 * 7))
    assert row["monthly_saving"] <= Decimal(evidence["monthly_cost"])
    assert session.sql(evidence["query"], frames="arrow").num_rows == 21
    assert recommended(session, {**MINI, "currency": "EUR"}) == []


def test_requests_with_one_price_for_both_have_equivalents_too(session):
    (row,) = recommended(session, {**MINI, "model": "gpt-4o-eu", "provider": "microsoft"}, minimum_saving=0)
    # 88,018 in and 18,214 out for 0.442404; LiteLLM's requests of a day that is not over are not counted
    saved = Decimal(json.loads(row["evidence"])["saving"])
    assert 0 < saved <= Decimal("0.442404")


def test_the_cache_of_the_sample_is_worth_it_and_without_prices_nothing_else_is_said(session):
    assert recommended(session) == []


def test_a_bill_of_a_cloud_and_an_empty_one(paid):
    prices = {"model": "Large-model*", "equivalent": "small-model", "input": 1, "output": 5, "currency": "USD"}
    rows = recommended(paid, prices)
    assert {row["ResourceName"] for row in rows} == {"Large-model-input-tokens", "Large-model-output-tokens"}
    assert all(0 < row["monthly_saving"] <= Decimal(json.loads(row["evidence"])["monthly_cost"]) for row in rows)
    with new_session() as empty:
        assert recommended(empty, prices) == []


def test_a_table_that_is_none_is_refused(session):
    with pytest.raises(FinopsError, match="no column"):
        recommended(session, {"model": "x", "price": 1})
