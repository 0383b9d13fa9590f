"""cost-overview draws what the sample is known to hold, stays small, and takes no text for more than text."""

from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace

import ibis
import pytest
import vl_convert

import finopsnb_sample
from finopsnb.charts import summary
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb_plugins.dashboards.cost_overview import CostOverviewPlugin

FACTS = finopsnb_sample.facts()
FILES = finopsnb_sample.path() / "focus"
MONEY = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
NAMELESS = "null::varchar as ServiceName, null::varchar as BillingCurrency, null::varchar as RegionId"
TIMES = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart")
TYPED = ", ".join(
    [*(f"cast({name} as decimal(38, 18)) as {name}" for name in MONEY)] + [f"cast({name} as timestamptz) as {name}" for name in TIMES]
)


@pytest.fixture(scope="module")
def engine():
    backend = ibis.duckdb.connect()
    backend.raw_sql("set TimeZone = 'UTC'")
    backend.raw_sql(
        f"create table costs as select * replace ({TYPED}) from ("
        f"select * from read_csv('{FILES}/*.csv.gz', all_varchar = true, union_by_name = true) "
        f"union all by name from read_parquet('{FILES}/*.parquet'))"
    )
    return backend


def plugin_over(engine, table="costs", **settings):
    plugin = CostOverviewPlugin(settings)
    plugin.context = SimpleNamespace(table=lambda name: engine.table(table), execute=lambda e: e.to_pyarrow())
    return plugin


def changed(engine, name, select):
    engine.raw_sql(f"create or replace table {name} as {select}")
    return name


def spec_of(engine, table="costs", **options):
    return plugin_over(engine, table).render(**options).to_dict()


@pytest.fixture(scope="module")
def drawn(engine):
    """The chart of the sample as it is without any option; drawing one takes a second."""
    return spec_of(engine)


def sums(spec, field, name):
    """The cost of the trend by a field of its keys."""
    keys = {row["key"]: row[field] for row in spec["datasets"]["keys"]}
    return round(sum(row["cost"] for row in spec["datasets"]["costs"] if keys[row["key"]] == name), 2)


def movers(spec):
    rows = next(values for values in spec["datasets"].values() if values and "before" in values[0])
    names = {row["name"] for row in rows}
    return {name: [sum(row[side] for row in rows if row["name"] == name) for side in ("before", "now")] for name in names}


def test_the_title_states_what_the_facts_know(drawn):
    mover = FACTS["movers"]["USD"]["services"][0]
    months = [sum(Decimal(FACTS["totals"][p][m]["BilledCost"]) for p in ("AWS", "Google Cloud")) for m in ("2026-09", "2026-10")]
    title = " ".join(drawn["title"]["text"])
    assert title == (
        f"Billed cost rose {(months[1] - months[0]) / months[0]:.1%} in October 2026 to {months[1]:,.0f} USD: "
        f"{mover['service']} {Decimal(mover['change']):+,.0f} USD"
    )


def test_movers_are_those_of_the_facts(drawn):
    told = {fact["service"]: [float(fact["before"]), float(fact["now"])] for fact in FACTS["movers"]["USD"]["services"][:8]}
    found = movers(drawn)
    assert {name: pair for name, pair in found.items() if name != "Everything else"} == {
        name: pytest.approx(pair, abs=1e-3) for name, pair in told.items()
    }


def test_the_trend_adds_up_to_the_facts_whatever_the_grain(engine):
    told = {p: float(FACTS["totals"][p]["all"]["BilledCost"]) for p in ("AWS", "Google Cloud")}
    for grain in ("day", "week", "month"):
        spec = spec_of(engine, months=13, grain=grain)
        for provider, total in told.items():
            # corrections of an earlier month lie in the month that they correct: all months together are the same
            assert sums(spec, "provider", provider) == pytest.approx(total, abs=0.5)


def test_currencies_are_kept_apart_and_those_left_out_are_named(engine, drawn):
    assert {row["provider"] for row in drawn["datasets"]["keys"]} == {"AWS", "Google Cloud"}
    assert "69,002 EUR" in " ".join(drawn["title"]["subtitle"])
    euro = spec_of(engine, currency="EUR")
    assert {row["provider"] for row in euro["datasets"]["keys"]} == {"Microsoft"}
    assert "EUR" in json.dumps(euro["vconcat" if "vconcat" in euro else "hconcat"])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"by": "provider", "months": 13},
        {"by": "category", "currency": "EUR", "cost": "EffectiveCost"},
        {"by": "account", "months": 1},
        {"by": "region", "grain": "month", "months": 60},
        {"top": 2},
        {"top": 10, "months": 13, "grain": "day"},
    ],
    ids=str,
)
def test_it_compiles_for_the_notebook_without_a_warning_and_stays_small(engine, drawn, options, capfd):
    spec = spec_of(engine, **options) if options else drawn
    assert len(json.dumps(spec)) <= 300_000
    vl_convert.vegalite_to_vega(spec, vl_version="5.8", show_warnings=True)
    assert "WARN" not in capfd.readouterr().err
    assert summary(spec)


def test_top_counts_the_rest_too(engine):
    assert len({row["series"] for row in spec_of(engine, top=4)["datasets"]["keys"]}) == 4


def test_settings_and_options_are_checked_with_all_faults_at_once(engine):
    with pytest.raises(PluginConfigError) as wrong:
        spec_of(engine, mounths=3, by="colour", top=0)
    assert set(wrong.value.problems) == {"mounths", "by", "top"}
    assert wrong.value.hint == "months=..."


def test_an_option_replaces_a_setting_once(engine):
    plugin = plugin_over(engine, by="provider")
    assert "Providers" in json.dumps(plugin.render().to_dict())
    assert "Accounts" in json.dumps(plugin.render(by="account").to_dict())
    assert plugin.config.by == "provider"


def test_a_currency_without_costs_is_refused_with_the_near_one(engine):
    with pytest.raises(FinopsError) as wrong:
        spec_of(engine, currency="USX")
    assert "USD" in wrong.value.hint


def test_without_costs_it_says_how_to_collect_some(engine):
    spec = spec_of(engine, changed(engine, "none_yet", "select * from costs limit 0"))
    assert "%finops collect focus-files" in spec["description"]
    vl_convert.vegalite_to_svg(spec, vl_version="5.8")


#: each with one of the two ways, for what is odd is the bill; without names, both
@pytest.mark.parametrize(
    ("name", "select", "by"),
    [
        ("one_day", "select * from costs where ChargePeriodStart = '2026-10-31'", "service"),
        ("one_month", "select * from costs where ChargePeriodStart >= '2026-10-01'", "provider"),
        ("no_usage", "select * from costs where ChargeCategory = 'Credit'", "service"),
        ("all_refunds", "select * replace (-abs(BilledCost) as BilledCost) from costs", "service"),
        ("all_zero", "select * replace (cast(0 as decimal(38, 18)) as BilledCost) from costs", "service"),
        ("nameless", f"select * replace ({NAMELESS}) from costs", "service"),
        ("nameless", f"select * replace ({NAMELESS}) from costs", "provider"),
        ("half_month", "select * from costs where ChargePeriodStart < '2026-10-16'", "provider"),
    ],
)
def test_odd_bills_are_drawn_too(engine, name, select, by):
    spec = spec_of(engine, changed(engine, name, select), by=by)
    vl_convert.vegalite_to_svg(spec, vl_version="5.8")
    assert spec["title"]["text"]


def test_a_month_that_has_begun_is_not_compared_with_a_whole_one(engine):
    name = changed(engine, "begun", "select * from costs where ChargePeriodStart < '2026-10-16'")
    assert "in September 2026" in " ".join(spec_of(engine, name)["title"]["text"])


ATTACKS = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "datum.cost]; alert(1)",
    "'; drop table costs; --",
    "a.b[0]:Q",
    "\u202egnp.exe",
    "x" * 3000,
]


def held_to_be_text(engine, select, attacks):
    spec = spec_of(engine, changed(engine, "attacked", select))
    for told in (spec["title"], spec["description"], spec["datasets"]):
        assert told
    for attack in attacks:
        rest = {key: value for key, value in spec.items() if key not in {"title", "description", "datasets"}}
        assert attack[:40] not in json.dumps(rest, ensure_ascii=False)
        assert '"href"' not in json.dumps(rest)
        assert '"url"' not in json.dumps(rest)
    vl_convert.vegalite_to_svg(spec, vl_version="5.8")
    assert engine.raw_sql("select count(*) from costs").fetchall() == [(FACTS["rows"]["total"],)]
    return spec


@pytest.mark.parametrize("attack", [ATTACKS[1], ATTACKS[3], ATTACKS[-1]], ids=["script", "expression", "long"])
def test_a_name_of_the_data_is_only_ever_data_or_a_plain_title(engine, attack):
    text = attack.replace("'", "''")
    held_to_be_text(engine, f"select * replace ('{text}' as ServiceName, '{text}' as ServiceCategory) from costs", [attack])


def test_no_name_of_the_data_is_more_than_data(engine):
    texts = ", ".join("'" + attack.replace("'", "''") + "'" for attack in ATTACKS)
    one = f"list_extract([{texts}], 1 + (hash(ResourceId) % {len(ATTACKS)})::integer)"
    spec = held_to_be_text(engine, f"select * replace ({one} as ServiceName, {one} as ServiceCategory) from costs", ATTACKS)
    shown = json.dumps(spec["datasets"], ensure_ascii=False)
    assert all(attack[:20] in shown for attack in ATTACKS if attack.isprintable())


def test_the_selections_are_heard_where_bars_are(drawn):
    params = {param["name"]: param["views"] for param in drawn["params"]}
    assert set(params) == {"time_brush", "series_click", "split_click", "provider_click"}
    assert params["time_brush"] == ["trend"]
    assert len(params["series_click"]) == 2
    names = set()

    def walk(part):
        names.add(part.get("name"))
        for kind in ("hconcat", "vconcat", "layer"):
            for inner in part.get(kind, []):
                walk(inner)

    walk(drawn)
    assert {view for views in params.values() for view in views} <= names
