"""anomalies-overview draws what the plugin anomalies found in the sample, by currency, and the largest day by day."""

from __future__ import annotations

import json

import ibis
import pytest

from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards.anomalies_overview import AnomaliesOverviewPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values


@pytest.fixture(scope="module")
def looked(paid):
    paid.load("anomalies")
    paid.recommend("anomalies", frames="arrow")
    return paid


def events(session, currency):
    table = session.table("recommendations")
    rows = session.frame(table.filter(table.plugin == "anomalies", table.BillingCurrency == currency), frames="arrow").to_pylist()
    return {row["recommendation_id"]: json.loads(row["evidence"]) for row in rows}


def test_the_bars_are_what_the_plugin_found(looked):
    spec = looked.render("anomalies-overview", currency="USD", days=1000, top=30).to_dict()
    found = events(looked, "USD")
    bars = [row for row in values(spec) if "before" in row]
    assert sorted((row["before"], row["now"]) for row in bars) == sorted(
        (round(float(one["expected"]), 4), round(float(one["actual"]), 4)) for one in found.values()
    )
    assert "1 open anomaly" in said(spec)
    assert "Bedrock" in said(spec)
    assert "EUR in all" in said(spec)


def test_the_days_of_the_largest_are_those_of_the_costs(looked):
    spec = looked.render("anomalies", currency="USD", days=30, series=1).to_dict()
    days = {row["when"]: row["cost"] for row in values(spec) if "when" in row}
    query = """
        select ChargePeriodStart::date::varchar as day, sum(EffectiveCost) as cost from costs
        where ServiceName = 'Amazon Bedrock' and SubAccountName = 'data-platform' group by all
    """
    known = {row["day"]: row["cost"] for row in looked.sql(query, frames="arrow").to_pylist()}
    assert len(days) > 40
    assert all(float(known[day]) == pytest.approx(cost, abs=1e-4) for day, cost in days.items())


def test_it_says_in_words_what_it_draws(looked):
    told = looked.render("anomalies-overview", currency="USD").to_dict()["description"]
    assert "Amazon Bedrock in data-platform, AWS: level shift up since 2026-10-01" in told
    assert ", open." in told


def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(looked, capfd):
    chart = looked.render("anomalies-overview", days=1000, series=6)
    assert summary(compiled(chart, capfd))
    assert len(json.dumps(chart.to_dict())) < 100_000


CHANGES = {
    "no currency": lambda t: t.mutate(BillingCurrency=ibis.null("string")),
    "no titles": lambda t: t.mutate(title=ibis.null("string"), status=ibis.null("string")),
    "one without evidence": lambda t: t.mutate(evidence=ibis.ifelse(t.title.contains("Bedrock"), ibis.literal("[]"), t.evidence)),
    "another dimension": lambda t: t.mutate(evidence=t.evidence.replace('"service":', '"x_gone":')),
    "all resolved": lambda t: t.mutate(status=ibis.literal("resolved")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_findings_are_drawn_too(looked, change, capfd):
    plugin = over(looked, AnomaliesOverviewPlugin, recommendations=change(looked.table("recommendations")))
    assert said(compiled(plugin.render(), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_the_data_are_only_ever_data_or_plain_titles(looked, attack, capfd):
    text = ibis.literal(attack)
    changed = looked.table("recommendations").mutate(status=text, recommendation_id=text, title=text)
    spec = compiled(over(looked, AnomaliesOverviewPlugin, recommendations=changed).render(days=1000), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)
    assert '"href"' not in json.dumps(spec)


def test_options_are_checked(looked):
    with pytest.raises(PluginConfigError) as refused:
        looked.render("anomalies-overview", top=0, curency="USD")
    assert set(refused.value.problems) == {"top", "curency"}
    with pytest.raises(FinopsError) as wrong:
        looked.render("anomalies-overview", currency="US")
    assert 'currency="USD"' in wrong.value.hint


def test_what_is_missing_is_said():
    with new_session() as session:
        assert "%finops collect focus-files" in session.render("anomalies-overview").to_dict()["description"]
        _store(session, sample_costs(5))
        assert "%finops run anomalies" in session.render("anomalies-overview").to_dict()["description"]
        session.load("anomalies")
        session.recommend("anomalies")
        assert "Nothing was out of the ordinary" in session.render("anomalies-overview").to_dict()["description"]
