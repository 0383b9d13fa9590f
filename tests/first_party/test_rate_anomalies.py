"""The plugin ``rate-anomalies``: quiet on the sample, whose prices do not change, and exact about one that does."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from finopsnb.plugins.testing import _store, new_session
from tests.analysis.asking import costs_of
from tests.analysis.test_rates import sold


@pytest.fixture(scope="module")
def session():
    with new_session() as session:
        prices = [1] * 40 + [1.2] * 20
        rows = [*sold(prices), *sold(prices, SkuId="it's", SkuPriceId=None), *sold(prices[::-1], SkuId="fell")]
        _store(session, costs_of([*rows, *sold([1] * 40 + [1.2] * 20, BillingCurrency="EUR", quantity="0.0123")]))
        yield session


def recommended(session, **settings):
    session.load("rate-anomalies", **settings)
    return session.recommend("rate-anomalies", frames="arrow").to_pylist()


def test_the_sample_has_no_change_of_price(paid):
    assert recommended(paid, days=366) == []


def test_the_rise_is_told_with_its_money(session):
    rows = {row["title"]: row for row in recommended(session)}
    assert set(rows) == {"sku: unit price up 20.0% since 2026-02-10", "it's: unit price up 20.0% since 2026-02-10"}
    row = rows["sku: unit price up 20.0% since 2026-02-10"]
    assert round(row["monthly_saving"], 6) == round(Decimal(400) * 730 / 480, 6)
    assert row["annual_saving"] == 12 * row["monthly_saving"]
    evidence = json.loads(row["evidence"])
    assert (evidence["price"], evidence["also"], evidence["days"]) == ("effective", ["contracted", "list"], 20)
    assert row["monthly_saving"] <= Decimal(evidence["monthly_cost"])
    for one in rows.values():
        assert session.sql(json.loads(one["evidence"])["query"], frames="arrow").num_rows == 60
    again = {row["title"]: row["recommendation_id"] for row in recommended(session)}
    assert again == {title: row["recommendation_id"] for title, row in rows.items()}


def test_falls_and_small_amounts_when_they_are_wanted(session):
    rows = recommended(session, falls=True, minimum_saving=0)
    fell = [row for row in rows if row["monthly_saving"] is None]
    assert [row["title"] for row in fell] == ["fell: unit price down 16.7% since 2026-01-21"]
    assert {row["BillingCurrency"] for row in rows} == {"USD", "EUR"}


def test_an_empty_session_has_no_prices():
    with new_session() as empty:
        assert recommended(empty) == []
