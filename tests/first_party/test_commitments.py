"""The plugin ``commitments`` on the sample, and on bills that are made by hand."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import finopsnb_sample
from finopsnb.analysis.purchases import given_discounts, offers
from finopsnb.plugins.testing import _store, new_session
from finopsnb_plugins.recommendations._commitment_rows import offer_row
from tests.analysis.asking import charge, costs_of

DISCOUNTS = [{"term": "1y", "payment": "no upfront", "discount": 0.3}, {"term": "3y", "payment": "all upfront", "discount": 0.5}]


def on_demand(days=20, **more):
    told = {"PricingCategory": "Standard", "PricingUnit": "Hours", "RegionId": "eu-west-1", **more}
    return [charge(f"2026-01-{day:02}", 24, **told) for day in range(1, days + 1)]


@pytest.fixture(scope="module")
def session():
    with new_session() as session:
        _store(session, costs_of(on_demand(ServiceName="it's' or 1=1 --")))
        yield session


def recommended(session, discounts=None, **settings):
    session.load("commitments", **settings)
    return session.recommend("commitments", frames="arrow", **({} if discounts is None else {"discounts": discounts})).to_pylist()


def test_the_sample_tells_what_is_wasted(paid):
    paid.load("commitments", days=366)
    rows = paid.recommend("commitments", frames="arrow").to_pylist()
    wasted = {row["ResourceId"]: row for row in rows if row["category"] == "commitment-use"}
    facts = {fact["CommitmentDiscountId"]: fact for fact in finopsnb_sample.facts()["commitments"]}
    assert wasted
    assert set(wasted) <= {name for name, fact in facts.items() if Decimal(fact["unused"]) > 0}
    for row in wasted.values():
        evidence = json.loads(row["evidence"])
        assert 0 < row["monthly_saving"] <= Decimal(evidence["monthly_cost"])
        asked = paid.sql(evidence["query"], frames="arrow")
        assert sum(asked["EffectiveCost"].to_pylist()) >= Decimal(evidence["unused"])
    bought = [row for row in rows if row["category"] == "commitments"]
    assert bought
    assert all(0 < row["monthly_saving"] <= Decimal(json.loads(row["evidence"])["monthly_cost"]) for row in bought)
    assert all("term and payment are not known" in row["description"] for row in bought)
    assert any("Amazon Relational" in row["title"] and "use that first" in row["description"] for row in bought)


def test_the_offer_that_saves_most_is_told_with_the_others_as_evidence(session):
    (row,) = recommended(session, DISCOUNTS)
    assert row["title"] == "it's' or 1=1 -- in eu-west-1: commit to 0.5000 USD/hour, 3y, all upfront"
    assert (row["monthly_saving"], row["annual_saving"], row["risk"]) == (365, 4380, "high")
    evidence = json.loads(row["evidence"])
    assert (evidence["cost"], evidence["days"], evidence["monthly_cost"], evidence["break_even_months"]) == ("480", 20, "730", 18)
    assert [(one["term"], one["monthly_saving"]) for one in evidence["options"]] == [("3y", "365"), ("1y", "219")]
    assert "spread evenly over its hours" in row["description"]
    assert session.sql(evidence["query"], frames="arrow").num_rows == 20


def test_an_offer_for_what_is_falling_says_so(session):
    execute = session._store.execute
    (one, *_) = offers(session.table("costs"), execute, given_discounts(DISCOUNTS, execute)).rows
    told = [offer_row([one | {"falling": falling, "term": "1y"}], Decimal(0)) for falling in (False, True)]
    assert [row["risk"] for row in told] == ["medium", "high"]
    assert ["has fallen" in row["description"] for row in told] == [False, True]


def test_without_a_discount_nothing_is_proposed_and_it_says_why(session, caplog):
    assert recommended(session) == []
    assert "proposes nothing to buy for it's' or 1=1 -- in eu-west-1: no discount is known" in caplog.text


def test_settings_and_files_say_what_may_be_proposed(session, tmp_path):
    import pandas as pd

    paths = [tmp_path / f"discounts.{suffix}" for suffix in ("csv", "parquet")]
    pd.DataFrame(DISCOUNTS).to_csv(paths[0], index=False)
    pd.DataFrame(DISCOUNTS).to_parquet(paths[1])
    (short,) = recommended(session, discounts=str(paths[0]), terms=["1Y"])
    (long,) = recommended(session, pd.read_parquet(paths[1]), days=30)
    assert (short["monthly_saving"], long["monthly_saving"]) == (219, 365)
    assert short["recommendation_id"] == long["recommendation_id"]
    assert recommended(session, DISCOUNTS, minimum_saving=366) == []
