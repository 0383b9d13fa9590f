"""compliance draws how much is tagged and what breaks the rules, as the sample is known to hold them."""

from __future__ import annotations

import json
from decimal import Decimal

import ibis
import pytest

import finopsnb_sample
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards.compliance import CompliancePlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values

FACTS = finopsnb_sample.facts()
UNTAGGED = {provider: Decimal(told["EffectiveCost"]) for provider, told in FACTS["untagged"].items()}
TAX = {provider: Decimal(cost) for provider, cost in FACTS["tax"].items()}
UNUSED = sum(Decimal(one["unused"]) for one in FACTS["commitments"] if one["currency"] == "USD")


def spec_of(session, **options):
    return session.render("compliance", **options).to_dict()


def coverage(spec, column=None):
    """Spend and what of it is tagged, by tag; or, with a column (a tag), by group."""
    rows = [row for row in values(spec) if "covered" in row and row.get("column") == column]
    return {row["name"]: (row["cost"], row["covered"]) for row in rows}


def test_what_is_not_covered_is_what_the_facts_know_as_untagged(paid):
    cost, covered = coverage(spec_of(paid, months=13, currency="EUR"))["team"]
    assert cost - covered == pytest.approx(float(UNTAGGED["Microsoft"] + TAX["Microsoft"]), abs=0.01)
    cost, covered = coverage(spec_of(paid, months=13))["team"]
    untagged = UNTAGGED["AWS"] + UNTAGGED["Google Cloud"] + TAX["AWS"] + UNUSED
    assert cost - covered == pytest.approx(float(untagged), abs=0.01)


def test_groups_add_up_to_the_whole(paid):
    for by in ("account", "team", "provider"):
        spec = spec_of(paid, by=by, months=13, top=30, tags=["environment", "application"])
        whole = coverage(spec)
        assert set(whole) == {"environment", "application"}
        for tag, sums in whole.items():
            parts = coverage(spec, tag).values()
            assert (sum(cost for cost, _ in parts), sum(done for _, done in parts)) == pytest.approx(sums, abs=0.05)
    teams = coverage(spec_of(paid, by="team", tags=["team"]), "team")
    assert {name: cost == done for name, (cost, done) in teams.items()} == {name: name != "(none)" for name in teams}


def test_violations_are_those_that_are_open(paid):
    open_ones = "from violations where BillingCurrency = 'USD' and status = 'open'"
    named = "ResourceId is not null or SubAccountId is not null"
    (told,) = paid.sql(f"select count(*) as n, max(cost) filter ({named}) as worst {open_ones}", frames="arrow").to_pylist()
    spec = spec_of(paid)
    assert f"{told['n']} violations open" in said(spec)
    rules = {row["name"]: row for row in values(spec) if "severity" in row}
    assert sum(row["count"] for row in rules.values()) == told["n"]
    left_over = [one for one in FACTS["idle"] if "left-over" in one["resource"]]
    assert rules[f"idle, {len(left_over)} low"]["policy"] == "spend-rules"
    worst = max(row["cost"] for row in values(spec) if "resource" in row)
    assert worst == pytest.approx(float(told["worst"]), abs=0.001)


def test_a_resource_that_breaks_two_rules_counts_once(paid):
    rows = [row for row in values(spec_of(paid)) if "resource" in row]
    assert all(row["cost"] > 0 for row in rows)
    for row in rows:
        if row["resource"] != "(none)":
            costs = paid.sql("select cost from violations where ResourceId = ? and status = 'open'", [row["resource"]], frames="arrow")
            assert row["cost"] == pytest.approx(float(max(costs["cost"].to_pylist())), abs=0.001)


def test_what_nobody_pays_is_by_service(paid):
    told = paid.showback(["owner", "ServiceName"], grain="year", frames="arrow").to_pylist()
    mine = {row["ServiceName"]: row["amount"] for row in told if row["owner"] == "(unallocated)" and str(row["period"]) == "2026-01-01"}
    spec = spec_of(paid, months=10)
    drawn = {row["name"]: row["cost"] for row in values(spec) if set(row) == {"name", "cost"}}
    assert drawn["Cloud Logging"] == pytest.approx(float(mine["Cloud Logging"]), abs=0.01)


@pytest.mark.parametrize(
    "options",
    [{}, {"by": "team"}, {"by": "service", "cost": "BilledCost"}, {"currency": "EUR", "months": 1}, {"tags": ["nobody has this"]}],
    ids=str,
)
def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(paid, options, capfd):
    assert summary(compiled(paid.render("compliance", **options), capfd))


def test_options_are_checked_and_a_currency_without_costs_is_refused(paid):
    with pytest.raises(PluginConfigError) as wrong:
        spec_of(paid, bye="team", top=0, by="colour")
    assert set(wrong.value.problems) == {"bye", "top", "by"}
    with pytest.raises(FinopsError) as refused:
        spec_of(paid, currency="USX")
    assert "USD" in refused.value.hint


def test_what_is_missing_is_said_with_the_command_that_brings_it():
    with new_session() as session:
        assert "%finops collect focus-files" in spec_of(session)["description"]
        _store(session, sample_costs())
        text = json.dumps(spec_of(session))
        assert "%finops run tag-compliance" in text
        assert "%finops run tag-rules" in text
        assert "no policy has been evaluated" in said(spec_of(session))
        session.load("tag-compliance")
        session.evaluate("tag-compliance")
        assert "no violation open" in said(spec_of(session))
        assert "team is on 97.0% of the effective cost" in said(spec_of(session))


CHANGES = {
    "refunds": lambda t: t.mutate(EffectiveCost=-t.EffectiveCost.abs()),
    "zero": lambda t: t.mutate(EffectiveCost=t.EffectiveCost * 0),
    "no tags": lambda t: t.mutate(_tag_id=ibis.null("int32"), Tags=ibis.null("map<string, string>")),
    "nulls": lambda t: t.mutate(**{name: ibis.null("string") for name in ("BillingCurrency", "SubAccountName", "SubAccountId")}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_bills_are_drawn_too(paid, change, capfd):
    plugin = over(paid, CompliancePlugin, costs=change(paid.table("costs")))
    assert said(compiled(plugin.render(), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_the_data_are_only_ever_data_or_plain_titles(paid, attack, capfd):
    violations = paid.table("violations").mutate(**dict.fromkeys(("policy", "rule", "severity", "ResourceId"), ibis.literal(attack)))
    costs = paid.table("costs").mutate(SubAccountName=ibis.literal(attack), ResourceName=ibis.literal(attack))
    spec = compiled(over(paid, CompliancePlugin, costs=costs, violations=violations).render(), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)
    assert '"href"' not in json.dumps(spec)
