"""commitments-overview draws utilization and coverage as the sample is known to hold them, waste and offers."""

from __future__ import annotations

import json
from decimal import Decimal

import ibis
import pytest

import finopsnb_sample
from finopsnb.analysis.commitments import commitment_coverage
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards.commitments_overview import CommitmentsOverviewPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values

FACTS = [fact for fact in finopsnb_sample.facts()["commitments"] if fact["currency"] == "USD"]
DISCOUNTS = [{"term": "1y", "payment": "no upfront", "discount": 0.3}, {"term": "3y", "payment": "all upfront", "discount": 0.5}]


@pytest.fixture(scope="module")
def spec(paid):
    return paid.render("commitments-overview", months=14, grain="month", days=366).to_dict()


def test_the_title_says_what_the_facts_know(spec):
    used, unused = (sum(Decimal(fact[name]) for fact in FACTS) for name in ("used", "unused"))
    assert said(spec).startswith(f"{used / (used + unused):.1%} of what is committed to is used, ")
    assert "EUR in all" in said(spec)
    assert "a month" in spec["title"]["text"][0]


def test_it_is_found_by_the_name_of_what_it_draws(spec, paid):
    by_that_name = paid.render("commitments", months=14, grain="month", days=366).to_dict()
    assert by_that_name["title"] == spec["title"]


def test_the_lines_are_those_of_the_analysis(spec, paid):
    costs = paid.table("costs")
    whole = {row["ServiceProviderName"]: row for row in paid.frame(_coverage(costs), frames="arrow").to_pylist()}
    drawn = [row for row in values(spec) if "value" in row and row["series"] == "Google Cloud"]
    covered = max(row["value"] for row in drawn)
    assert 0 < covered <= 1
    assert whole["Google Cloud"]["coverage"] < 1
    assert sum(row["cost"] for row in drawn if row["value"] < 1) == pytest.approx(float(whole["Google Cloud"]["covered"]), abs=0.1)


def _coverage(costs):
    mine = costs.filter(costs.BillingCurrency == "USD")
    return commitment_coverage(mine.mutate(ServiceProviderName=mine.ProviderName), "ServiceProviderName")


def test_waste_and_offers_are_those_that_the_plugin_recommends(paid):
    told = values(paid.render("commitments-overview", discounts=DISCOUNTS, top=30).to_dict())
    paid.load("commitments", discounts=DISCOUNTS, utilization_target=1, minimum_saving=0)
    rows = [row for row in paid.recommend("commitments", frames="arrow").to_pylist() if row["BillingCurrency"] == "USD"]
    for category, field in (("commitments", "commit"), ("commitment-use", "share")):
        drawn = [row["cost"] for row in told if field in row and ("commit" in row) == (field == "commit")]
        recommended = [float(row["monthly_saving"]) for row in rows if row["category"] == category]
        assert sorted(drawn) == pytest.approx(sorted(recommended), abs=0.001)


def test_it_is_described_for_those_who_cannot_see_it(spec):
    assert all(part in spec["description"] for part in ("Used: ", "Covered: ", "Wasted a month: ", "To commit to: "))


def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(paid, capfd):
    assert summary(compiled(paid.render("commitments-overview", currency="EUR", months=1, grain="day"), capfd))


def test_what_is_missing_is_said():
    with new_session() as session:
        assert "There are no costs" in said(session.render("commitments-overview").to_dict())
        _store(session, sample_costs())
        drawn = session.render("commitments-overview").to_dict()
        assert "No usage is under a commitment" in said(drawn)
        assert "No commitment is in these bills" in json.dumps(drawn)


def test_without_a_discount_it_says_why_nothing_is_proposed(paid):
    costs = paid.table("costs")
    plain = costs.mutate(CommitmentDiscountStatus=ibis.null("string"))
    drawn = over(paid, CommitmentsOverviewPlugin, costs=plain).render().to_dict()
    assert "Nothing is proposed: no discount is known" in json.dumps(drawn)
    assert "no discount is known" in said(drawn)


CHANGES = {
    "refunds": lambda t: t.mutate(EffectiveCost=-t.EffectiveCost.abs()),
    "zero": lambda t: t.mutate(EffectiveCost=t.EffectiveCost * 0, ListCost=t.ListCost * 0),
    "nulls": lambda t: t.mutate(**{name: ibis.null("string") for name in ("BillingCurrency", "ProviderName", "ServiceName", "RegionId")}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_bills_are_drawn_too(paid, change, capfd):
    plugin = over(paid, CommitmentsOverviewPlugin, costs=change(paid.table("costs")))
    assert said(compiled(plugin.render(discounts=DISCOUNTS), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_the_data_are_only_ever_data_or_plain_titles(paid, attack, capfd):
    costs = paid.table("costs")
    names = ("ProviderName", "ServiceName", "RegionId", "CommitmentDiscountName")
    costs = costs.mutate(**dict.fromkeys(names, ibis.literal(attack)))
    spec = compiled(over(paid, CommitmentsOverviewPlugin, costs=costs).render(discounts=DISCOUNTS), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)
    assert '"href"' not in json.dumps(spec)


def test_options_are_checked(paid):
    with pytest.raises(PluginConfigError):
        paid.render("commitments-overview", grian="day")
    with pytest.raises(FinopsError, match="no costs in GBP"):
        paid.render("commitments-overview", currency="GBP")
