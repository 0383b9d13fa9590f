"""allocation draws what the allocations say and the sample is known to hold."""

from __future__ import annotations

import json
from decimal import Decimal

import ibis
import pytest

import finopsnb_sample
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins.testing import new_session
from finopsnb_plugins.dashboards.allocation import AllocationPlugin
from tests.first_party.drawing import ATTACKS, compiled, outside_of_the_data, over, said, values

FACTS = finopsnb_sample.facts()
USD = ("AWS", "Google Cloud")
TAX = Decimal(FACTS["tax"]["Microsoft"])
UNTAGGED = Decimal(FACTS["untagged"]["Microsoft"]["EffectiveCost"])


def spec_of(session, **options):
    return session.render("allocation", **options).to_dict()


def sums(spec, field):
    """The cost of the trend by a field of its keys, or of its periods."""
    name = "periods" if field == "when" else "keys"
    told = {row[name[:-1]]: row[field] for row in spec["datasets"][name]}
    found: dict[str, float] = {}
    for row in spec["datasets"]["costs"]:
        key = told[row[name[:-1]]]
        found[key] = found.get(key, 0.0) + row["cost"]
    return found


def links(spec):
    """What flows from each pool to each owner."""
    return {(row["source"], row["target"]): row["cost"] for row in values(spec) if "band" in row}


def test_months_are_those_of_the_bill(paid):
    for currency, providers in {"USD": USD, "EUR": ("Microsoft",)}.items():
        months = sums(spec_of(paid, months=13, currency=currency), "when")
        told = {"October 2026": "2026-10", "April 2026": "2026-04", "November 2025": "2025-11"}
        for name, month in told.items():
            cost = sum(Decimal(FACTS["totals"][provider][month]["EffectiveCost"]) for provider in providers)
            assert months[name] == pytest.approx(float(cost), abs=0.01)
        assert len(months) == 13


def test_days_add_up_to_the_months(paid):
    months, days = (spec_of(paid, months=2, grain=grain) for grain in ("month", "day"))
    assert len(days["datasets"]["periods"]) == 61
    assert sums(days, "series") == pytest.approx(sums(months, "series"), abs=0.01)
    assert len(spec_of(paid, months=2)["datasets"]["periods"]) == 61


def test_what_has_no_owner_is_what_has_no_tag(paid):
    spec = spec_of(paid, months=13, currency="EUR", plugin="tag-rules")
    assert sums(spec, "series")["(unallocated)"] == pytest.approx(float(UNTAGGED + TAX), abs=0.01)
    shares = [row for row in values(spec) if "share" in row and "when" in row]
    assert sum(row["cost"] for row in shares) == pytest.approx(float(UNTAGGED + TAX), abs=0.01)
    assert all(0 < row["share"] < 1 for row in shares)
    assert "EUR" in said(spec)


def test_the_title_states_the_share_and_who_pays_most(paid):
    frame = paid.showback(month="2026-10", frames="arrow").to_pylist()
    owners = {row["owner"]: row["amount"] for row in frame if row["BillingCurrency"] == "USD"}
    lost = owners.pop("(unallocated)")
    share, most = lost / (lost + sum(owners.values())), max(owners, key=owners.get)
    title = " ".join(spec_of(paid)["title"]["text"])
    assert title == (
        f"{share:.1%} of the effective cost in October 2026 has no owner, {lost:,.0f} USD; {most} pays most, {owners[most]:,.0f} USD"
    )


def test_flows_are_what_the_pools_took_in_and_gave(paid):
    euro = links(spec_of(paid, months=13, currency="EUR"))
    assert {source for source, _ in euro} == {"tax"}
    assert sum(euro.values()) == pytest.approx(float(TAX), abs=0.01)
    dollar = links(spec_of(paid, months=13, currency="USD"))
    platform = {target: cost for (source, target), cost in dollar.items() if source == "platform"}
    onwards = sum(cost for (source, _), cost in dollar.items() if source == "platform > security")
    assert platform["storefront"] == pytest.approx(platform["data"] * 2, rel=1e-6)
    assert onwards == pytest.approx(sum(platform.values()) / 9, rel=1e-6)
    guard = float(FACTS["services"]["AWS"]["Amazon GuardDuty"])
    assert sum(cost for (source, _), cost in dollar.items() if source == "security") == pytest.approx(guard, abs=0.01)


def test_top_folds_the_others_into_one(paid):
    whole, folded = (sums(spec_of(paid, top=top), "series") for top in (8, 2))
    assert len(folded) == 4
    assert folded["Other owners"] == pytest.approx(sum(whole[name] for name in whole.keys() - folded.keys()), abs=0.01)


@pytest.mark.parametrize(
    "options", [{}, {"months": 1}, {"months": 60, "currency": "EUR"}, {"plugin": "tag-rules", "grain": "day"}], ids=str
)
def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(paid, options, capfd):
    assert summary(compiled(paid.render("allocation", **options), capfd))


def test_the_selections_are_heard_where_bars_are(paid):
    params = {param["name"]: param["views"] for param in spec_of(paid)["params"]}
    assert set(params) == {"time_brush", "series_click", "method_click"}
    assert params["time_brush"] == ["trend"]
    assert all(params.values())


def test_options_are_checked_and_what_is_not_there_is_refused_with_the_near_one(paid):
    with pytest.raises(PluginConfigError) as wrong:
        spec_of(paid, mounths=3, top=0)
    assert set(wrong.value.problems) == {"mounths", "top"}
    for options, hint in (({"currency": "USX"}, "USD"), ({"plugin": "tag-rule"}, 'plugin="tag-rules"')):
        with pytest.raises(FinopsError) as refused:
            spec_of(paid, **options)
        assert hint in refused.value.hint


def test_without_allocations_it_says_how_to_make_some(plugin_costs):
    with new_session() as session:
        assert "%finops collect focus-files" in spec_of(session)["description"]
    assert "%finops run tag-rules" in spec_of(plugin_costs)["description"]


@pytest.fixture
def plugin_costs():
    from finopsnb.plugins.testing import _store, sample_costs

    with new_session() as session:
        _store(session, sample_costs())
        yield session


CHANGES = {
    "all owned": lambda t: t.filter(t.owner != "(unallocated)"),
    "none owned": lambda t: t.mutate(owner=ibis.literal("(unallocated)")),
    "refunds": lambda t: t.mutate(amount=-t.amount),
    "zero": lambda t: t.mutate(amount=t.amount * 0),
    "nulls": lambda t: t.mutate(**{name: ibis.null("string") for name in ("BillingCurrency", "method", "rule", "metric", "ServiceName")}),
    "no billing period": lambda t: t.mutate(BillingPeriodStart=ibis.null("timestamp('UTC')")),
    "by month": lambda t: t.mutate(ChargePeriodStart=t.BillingPeriodStart, ChargePeriodEnd=t.BillingPeriodStart + ibis.interval(days=31)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_allocations_are_drawn_too(paid, change, capfd):
    plugin = over(paid, AllocationPlugin, allocations=change(paid.table("allocations")))
    assert said(compiled(plugin.render(months=2), capfd))


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_of_the_data_are_only_ever_data_or_plain_titles(paid, attack, capfd):
    told = dict.fromkeys(("owner", "pool", "method", "rule"), ibis.literal(attack))
    plugin = over(paid, AllocationPlugin, allocations=paid.table("allocations").mutate(**told))
    spec = compiled(plugin.render(), capfd)
    assert attack[:40] not in json.dumps(sorted(set(outside_of_the_data(spec))), ensure_ascii=False)
    assert '"href"' not in json.dumps(spec)
