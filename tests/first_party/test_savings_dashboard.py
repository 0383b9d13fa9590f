"""savings draws the pipeline of recommendations by currency, counts what overlaps once, and says what it cannot tell."""

from __future__ import annotations

import json
from decimal import Decimal

import ibis
import pytest

from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins import PluginMetadata, PluginType, Recommendation, RecommendationPlugin
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards.savings import SavingsPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values


class Saver(RecommendationPlugin):
    metadata = PluginMetadata(name="saver", description="Saves", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, none: bool = False):
        rows = [
            ("a", "i-1", 30, "USD"),
            ("b", "i-1", 20, "USD"),
            ("c", "vm-1", 9, "USD"),
            ("d", "bucket-1", 3, "USD"),
            ("e", "x", 70, "EUR"),
        ]
        made = [
            Recommendation(f"stop {one}", ResourceId=thing, recommendation_id=one, monthly_saving=Decimal(saving), BillingCurrency=currency)
            for one, thing, saving, currency in rows
        ]
        return [Recommendation("look", recommendation_id="f")] if none else made


@pytest.fixture(scope="module")
def saving():
    with new_session() as session:
        _store(session, sample_costs())
        session.plugins.registry.register(Saver)
        session.load("saver")
        session.recommend("saver")
        session.accept("d")
        session.implement("c", on="2026-01-15")
        yield session


def spec_of(session, **options):
    return session.render("savings", **options).to_dict()


def bars(spec):
    return {row["name"]: row["cost"] for row in values(spec) if "rank" in row}


def test_the_stages_count_what_overlaps_once(saving):
    spec = spec_of(saving, currency="USD")
    assert bars(spec) == {"Open (1)": 30, "Accepted (1)": 3, "Implemented (1)": 9, "Realised (1)": 0}
    assert said(spec).startswith("33.00 USD a month could be saved by 2 recommendations; 0.00 USD a month saved")
    assert "Not counted: 1 overlapping" in said(spec)
    assert "70.00 EUR" in said(spec)
    assert {row["name"]: row["cost"] for row in values(spec) if "status" in row} == {"stop a": 30, "stop d": 3}


def test_the_currency_with_most_to_save_unless_another_is_asked_for(saving):
    assert bars(spec_of(saving))["Open (1)"] == 70
    with pytest.raises(FinopsError) as wrong:
        spec_of(saving, currency="US")
    assert 'currency="USD"' in wrong.value.hint
    with pytest.raises(PluginConfigError) as refused:
        spec_of(saving, top=0, curency="USD")
    assert set(refused.value.problems) == {"top", "curency"}


def test_it_says_in_words_what_it_draws(saving):
    told = spec_of(saving, currency="USD")["description"]
    assert "Open: 1, 30.00 USD a month." in told
    assert "stop a: 30.00 USD." in told


@pytest.mark.parametrize("options", [{}, {"currency": "USD"}, {"currency": "USD", "top": 1}], ids=str)
def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(saving, options, capfd):
    assert summary(compiled(saving.render("savings", **options), capfd))


CHANGES = {
    "all dismissed": lambda t: t.mutate(status=ibis.literal("dismissed")),
    "all implemented": lambda t: t.mutate(status=ibis.literal("implemented")),
    "no currency": lambda t: t.mutate(BillingCurrency=ibis.null("string")),
    "no titles": lambda t: t.mutate(title=ibis.null("string"), category=ibis.null("string")),
    "negative": lambda t: t.mutate(monthly_saving=-t.monthly_saving),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_recommendations_are_drawn_too(saving, change, capfd):
    plugin = over(saving, SavingsPlugin, recommendations=change(saving.table("recommendations")))
    assert said(compiled(plugin.render(), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_titles_are_only_ever_data(saving, attack, capfd):
    text = ibis.literal(attack)
    plugin = over(saving, SavingsPlugin, recommendations=saving.table("recommendations").mutate(title=text, category=text, ResourceId=text))
    spec = compiled(plugin.render(currency="USD"), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)


def test_without_recommendations_or_costs_it_says_what_to_do():
    with new_session() as session:
        assert "%finops collect focus-files" in spec_of(session)["description"]
        _store(session, sample_costs(2))
        assert "%finops run idle-resources" in spec_of(session)["description"]
        session.plugins.registry.register(Saver)
        session.load("saver")
        session.recommend("saver", none=True)
        assert "No recommendation says what it would save" in spec_of(session)["description"]
