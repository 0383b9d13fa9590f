"""ai-costs-overview draws what a million tokens cost, as the sample's replies are known to say."""

from __future__ import annotations

import json
from pathlib import Path

import ibis
import pytest

import finopsnb_sample
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards.ai_costs_overview import AiCostsOverviewPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values


@pytest.fixture(scope="module")
def session():
    with new_session() as session:
        assert "There are no costs" in said(session.render("ai-costs-overview").to_dict())
        session.load("ai-usage", path=str(Path(finopsnb_sample.path()) / "native" / "ai-usage"))
        session.collect("ai-usage", frames="none")
        yield session


@pytest.fixture(scope="module")
def spec(session):
    return session.render("ai-costs-overview", top=9).to_dict()


def test_unit_costs_are_those_of_the_replies(spec):
    drawn = {row["name"]: row for row in values(spec) if "price" in row}
    sonnet = drawn["claude-sonnet-4-20250514, cached input"]
    # 38,562,701 tokens for 11.5688103
    assert (sonnet["tokens"], sonnet["price"], sonnet["cost"]) == ("38,562,701", "0.3000 USD", pytest.approx(11.5688))
    points = [row["value"] for row in values(spec) if row.get("series") == "gpt-4o-2024-08-06, output" and "value" in row]
    assert len(points) == 7
    assert points == pytest.approx([10] * 7, abs=0.001)


def test_the_share_of_caches_is_by_model(spec):
    shares = [row["value"] for row in values(spec) if row.get("series") == "claude-sonnet-4-20250514" and "value" in row]
    assert len(shares) == 7
    assert all(0.5 < share < 0.9 for share in shares)
    assert "million tokens cost" in said(spec)
    assert "of the input came from caches" in said(spec)


def test_what_is_drawn_adds_up_to_all_tokens(session, spec):
    (told,) = session.sql("select sum(EffectiveCost) as c from costs where ConsumedUnit = 'Tokens'", frames="arrow").to_pylist()
    assert sum(row["cost"] for row in values(spec) if "price" in row) == pytest.approx(float(told["c"]), abs=0.01)


def test_it_is_described_for_those_who_cannot_see_it(spec):
    assert "A million tokens: " in spec["description"]
    assert "gpt-4o-2024-08-06, input 2.50 USD" in spec["description"]


@pytest.mark.parametrize("options", [{"grain": "month", "top": 1}, {"grain": "week", "months": 60}], ids=str)
def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(session, options, capfd):
    assert summary(compiled(session.render("ai-costs-overview", **options), capfd))


CHANGES = {
    "refunds": lambda t: t.mutate(EffectiveCost=-t.EffectiveCost.abs()),
    "zero": lambda t: t.mutate(EffectiveCost=t.EffectiveCost * 0, ConsumedQuantity=t.ConsumedQuantity * 0),
    "nulls": lambda t: t.mutate(
        **{name: ibis.null("string") for name in ("BillingCurrency", "SkuMeter", "SkuPriceDetails", "ProviderName")}
    ),
    "currencies": lambda t: t.mutate(BillingCurrency=ibis.ifelse(t.SkuMeter.contains("gpt"), "EUR", "USD")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_bills_are_drawn_too(session, change, capfd):
    assert said(compiled(over(session, AiCostsOverviewPlugin, costs=change(session.table("costs"))).render(), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_the_data_are_only_ever_data_or_plain_titles(session, attack, capfd):
    costs = session.table("costs")
    details = ibis.literal(json.dumps({"x_Direction": f"cached input {attack}"}, ensure_ascii=False))
    costs = costs.mutate(SkuMeter=ibis.literal(attack), ProviderName=ibis.literal(attack), SkuPriceDetails=details)
    spec = compiled(over(session, AiCostsOverviewPlugin, costs=costs).render(), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)
    assert '"href"' not in json.dumps(spec)


def test_options_are_checked_and_costs_without_tokens_say_so(session):
    with pytest.raises(PluginConfigError):
        session.render("ai-costs-overview", topp=3)
    with pytest.raises(FinopsError, match="no tokens in GBP"):
        session.render("ai-costs-overview", currency="GBP")
    with new_session() as other:
        _store(other, sample_costs())
        assert "There are no tokens" in said(other.render("ai-costs-overview").to_dict())
