"""The dashboards of the personas draw what session.insights says, in one currency, and say what is missing."""

from __future__ import annotations

import json

import ibis
import pytest

from finopsnb.analysis.insights import PERSONAS, insights
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards._persona_text import KINDS
from finopsnb_plugins.dashboards.persona_engineering import EngineeringPlugin
from finopsnb_plugins.dashboards.persona_product import ProductPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values


@pytest.fixture(scope="module")
def specs(paid):
    return {persona: paid.render(persona, top=30) for persona in ("finance", "product")}


def test_the_lines_are_the_findings(specs, paid):
    for persona, chart in specs.items():
        found = insights(paid.table, paid._store.execute, persona)
        mine = [one for one in found if one.BillingCurrency == "USD"]
        rows = sorted((row for row in values(chart.to_dict()) if "sentence" in row), key=lambda row: row["row"])
        drawn = {row["row"]: row for row in rows}
        assert [drawn[place]["sentence"].replace("\n", " ") for place in range(len(mine))] == [one.title[:200] for one in mine]
        assert {row["kind"] for row in drawn.values()} == {KINDS[one.kind] for one in mine}
        bars = {round(row["before"], 2): round(row["now"], 2) for row in values(chart.to_dict()) if "before" in row}
        money = [one for one in mine if one.unit == "USD" and one.before is not None]
        assert bars == {round(float(one.before), 2): round(float(one.number), 2) for one in money}


def test_the_title_is_the_first_finding_and_other_currencies_are_told(specs):
    told = said(specs["product"].to_dict())
    assert told.startswith("assistant cost 5,277 USD in the last 28 complete days")
    assert "%finops insights --for product" in told
    assert "in EUR" in told
    assert "2026-10-04 to 2026-10-31 against 2026-09-06 to 2026-10-03" in told


def test_it_is_described_for_those_who_cannot_see_it(specs):
    told = specs["finance"].to_dict()["description"]
    assert "October 2026 cost" in told
    assert summary(specs["finance"])


def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(specs, capfd):
    for chart in specs.values():
        spec = compiled(chart, capfd)
        assert len(json.dumps(spec)) < 100_000
        assert [one["name"] for one in spec["params"]] == ["kind_click"]


def test_options_are_checked(paid):
    with pytest.raises(PluginConfigError) as refused:
        paid.render("product", top=0, curency="USD")
    assert set(refused.value.problems) == {"top", "curency"}
    with pytest.raises(FinopsError) as wrong:
        paid.render("product", currency="US")
    assert 'session.render("product", currency="USD")' in wrong.value.hint


@pytest.mark.parametrize("persona", PERSONAS)
def test_nothing_and_one_day_are_drawn(persona, capfd):
    with new_session() as session:
        assert "There is nothing to say" in session.render(persona).to_dict()["description"]
        _store(session, sample_costs(1))
        assert said(compiled(session.render(persona), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_the_data_are_only_ever_data_or_plain_titles(paid, attack, capfd):
    text = ibis.literal(attack)
    names = dict.fromkeys(("ServiceName", "SubAccountName", "SkuMeter", "ResourceName", "ProviderName"), text)
    costs = (
        paid.table("costs")
        .drop("_tag_id")
        .mutate(**names, Tags=ibis.map(ibis.array(["team", "application"]), ibis.array([attack, attack])))
    )
    for cls in (EngineeringPlugin, ProductPlugin):
        spec = compiled(over(paid, cls, costs=costs).render(), capfd)
        assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)
        assert '"href"' not in json.dumps(spec)


def test_a_range_of_days_is_looked_at_as_if_its_end_was_today(paid):
    before = paid.render("engineering", start="2026-09-01", end="2026-10-01", top=1).to_dict()
    assert "28 complete days" in " ".join(before["title"]["text"]), "whole weeks of the 30 days"
    assert before["title"]["text"] != paid.render("engineering", top=1).to_dict()["title"]["text"]
    for days, told in (({"end": "2000-01-01"}, "before 2000-01-01"), ({"start": "2999-01-01"}, "from 2999-01-01 on")):
        with pytest.raises(FinopsError, match=told):
            paid.render("engineering", **days)
    with pytest.raises(FinopsError, match="are none"):
        paid.render("engineering", start="2026-10-02", end="2026-10-01")
