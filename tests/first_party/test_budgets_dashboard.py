"""budgets draws the status of each budget, and a band only where there is something to tell it from."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import ibis
import pytest

import finopsnb_sample
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import _store, new_session, sample_costs
from finopsnb_plugins.dashboards.budgets import BudgetsPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values

FACTS = finopsnb_sample.facts()
BEDROCK = next(Decimal(one["now"]) for one in FACTS["movers"]["USD"]["services"] if one["service"] == "Amazon Bedrock")


def spec_of(session, **options):
    return session.render("budgets", **options).to_dict()


def days(spec):
    return [row for row in values(spec) if "pace" in row]


def marks(spec):
    return {row["level"]: row["label"] for row in values(spec) if "whole" in row}


def test_the_last_day_is_what_the_facts_know(paid):
    drawn = days(spec_of(paid, budget="Bedrock, October"))
    assert len(drawn) == 31
    assert drawn[-1]["actual"] == drawn[-1]["forecast"] == float(BEDROCK.quantize(Decimal("0.01")))
    assert drawn[-1]["pace"] == 5000
    azure = days(spec_of(paid, budget="Azure, 2026"))
    spent = [row["actual"] for row in azure if row["actual"] is not None]
    months = [name for name in FACTS["totals"]["Microsoft"] if name.startswith("2026-")]
    told = sum(Decimal(FACTS["totals"]["Microsoft"][name]["EffectiveCost"]) for name in months)
    # a correction that was billed in 2026 may be for a day of 2025, and the other way round
    assert spent[-1] == pytest.approx(float(told), abs=50)
    assert len(azure) == 365


def test_the_forecast_is_that_of_the_status(paid):
    status = {row["budget"]: row for row in paid.budget_status("2026-10-20", frames="arrow").to_pylist()}
    for name, row in status.items():
        drawn = days(spec_of(paid, budget=name, as_of="2026-10-20"))
        assert drawn[-1]["forecast"] == pytest.approx(float(row["forecast"]), abs=0.01)
        assert max(one["actual"] for one in drawn if one["actual"] is not None) == pytest.approx(float(row["actual"]), abs=0.01)
        assert drawn[-1]["low"] < drawn[-1]["forecast"] < drawn[-1]["high"]


def test_the_title_says_what_is_over_and_by_how_much(paid):
    over_by = BEDROCK - 5000
    assert said(spec_of(paid)).startswith(f"1 of 3 budgets is over: Bedrock, October by {over_by:,.0f} USD")
    early = said(spec_of(paid, budget="Bedrock, October", as_of="2026-10-20"))
    assert early.startswith("The budget is forecast to be over: Bedrock, October by 689 USD")
    assert said(spec_of(paid, budget="ml, winter")).startswith("The budget is forecast to hold")


def test_thresholds_carry_the_day_on_which_they_were_reached(paid):
    told = marks(spec_of(paid, budget="Bedrock, October"))
    crossed = next(row["when"] for row in days(spec_of(paid, budget="Bedrock, October")) if row["actual"] >= 4000)
    assert told[4000] == f"80 % reached {crossed.removeprefix('the end of ')}"
    assert set(told) == {2500, 4000, 5000}
    assert marks(spec_of(paid, budget="Bedrock, October", as_of="2026-10-20"))[5000].startswith("100 % forecast for")


def test_there_is_no_band_before_two_weeks(paid):
    for day, has_band in (("2026-10-13", False), ("2026-10-14", True)):
        spec = spec_of(paid, budget="Bedrock, October", as_of=day)
        assert any(row["low"] is not None for row in days(spec)) is has_band
        assert ("too few days for a band" in json.dumps(spec)) is not has_band


def test_those_at_risk_come_first_and_what_is_left_out_is_said(paid):
    spec = spec_of(paid, most=1)
    assert {row["pace"] for row in days(spec)} & {5000.0}
    assert len(days(spec)) == 31
    assert "2 more are not drawn" in said(spec)


@pytest.mark.parametrize(
    "options", [{}, {"as_of": "2026-10-20"}, {"as_of": "2025-10-05"}, {"as_of": date(2027, 6, 1)}, {"most": 1}], ids=str
)
def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(paid, options, capfd):
    assert summary(compiled(paid.render("budgets", **options), capfd))


def test_looking_tells_nobody(paid):
    heard = []
    undo = paid.hooks.on("budget_threshold_exceeded", lambda budget: heard.append(budget))
    spec_of(paid)
    undo()
    assert heard == []


def test_options_are_checked_and_a_budget_that_is_not_there_is_refused_with_the_near_one(paid):
    with pytest.raises(PluginConfigError) as wrong:
        spec_of(paid, as_off="2026-10-20", most=0, cost="Cost")
    assert set(wrong.value.problems) == {"as_off", "most", "cost"}
    with pytest.raises(FinopsError) as refused:
        spec_of(paid, budget="Bedrok, October")
    assert 'budget="Bedrock, October"' in refused.value.hint


def test_without_budgets_or_costs_it_says_what_to_do():
    with new_session() as session:
        assert "%finops collect focus-files" in spec_of(session)["description"]
        _store(session, sample_costs())
        assert "%finops budgets budgets.toml" in spec_of(session)["description"]
        period = {"period_start": "2026-01-01", "period_end": "2026-02-01", "amount": 10}
        session.budgets([{"budget": "nobody's", "owner": "x", **period}])
        assert "nothing is allocated yet" in spec_of(session)["description"]
        assert "spend of 1 of the budget is not known" in said(spec_of(session))


CHANGES = {
    "refunds": lambda t: t.mutate(EffectiveCost=-t.EffectiveCost),
    "zero": lambda t: t.mutate(EffectiveCost=t.EffectiveCost * 0),
    "no usage": lambda t: t.filter(t.ChargeCategory == "Tax"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_bills_are_drawn_too(paid, change, capfd):
    plugin = over(paid, BudgetsPlugin, costs=change(paid.table("costs")))
    assert said(compiled(plugin.render(as_of="2026-10-20"), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_budgets_are_only_ever_titles(paid, attack, capfd):
    plugin = over(paid, BudgetsPlugin, budgets=paid.table("budgets").mutate(budget=ibis.literal(attack), owner=ibis.literal(attack)))
    spec = compiled(plugin.render(most=2), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)


def test_budgets_of_other_days_are_left_out(paid):
    every = paid.table("budgets").execute()
    start = str(every.period_end.max().date())
    with pytest.raises(FinopsError, match=f"No budget has days from {start}"):
        paid.render("budgets", start=start)
    assert paid.render("budgets", end=start).to_dict()
