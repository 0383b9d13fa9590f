"""tag-rules and shared-costs through a session: stored, proved, shown back, explained."""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

import finopsnb_sample
from finopsnb.analysis.allocation import UNALLOCATED
from finopsnb.errors import FinopsError, PluginConfigError, PluginOutputError, SourceError
from finopsnb.plugins import AttributionPlugin, PluginMetadata, PluginType
from finopsnb.plugins.testing import new_session, sample_costs
from tests.analysis.rule_sets import RULE_SETS, settings_of

RULES = [
    {"name": "web", "owner": "web", "when": [{"tag": "team", "exact": "web"}]},
    {"owner_tag": "team"},
]
UNKNOWN = [{"column": "owner", "exact": UNALLOCATED}]
STORAGE = {"name": "storage", "when": [{"column": "ServiceCategory", "exact": "Storage"}]}


@pytest.fixture(scope="module")
def small():
    """28 days: 35.000000028 of web, 56.00 of data, 2.80 of storage without a tag, a refund of 0.50 to web."""
    from finopsnb.plugins.testing import _store

    with new_session() as session:
        _store(session, sample_costs())
        yield session


@pytest.fixture(scope="module")
def sample():
    with new_session() as session:
        session.load("focus-files", path=str(Path(finopsnb_sample.path()) / "focus"))
        session.collect("focus-files", frames="none")
        yield session


@pytest.fixture(scope="module")
def focus_sample(shared_data):
    with new_session() as session:
        session.load("focus-files", path=str(shared_data / "focus" / "focus_sample_1.0.csv"))
        session.collect("focus-files", frames="none")
        yield session


def differing(session, plugin, metric="EffectiveCost"):
    """Periods and currencies in which the stored allocations are not the stored costs, or there are no such costs."""
    sums = "select BillingPeriodStart, BillingCurrency, sum({}) from {} group by all having sum({}) <> 0"
    ours = sums.format("amount", f"allocations where plugin = '{plugin}'", "amount")
    theirs = sums.format(metric, "costs", metric)
    return session.sql(f"({theirs} except {ours}) union all ({ours} except {theirs})", frames="arrow").to_pylist()


def test_what_differs_is_seen_from_both_sides(small):
    small.load("tag-rules", rules=RULES)
    small.attribute("tag-rules")
    assert differing(small, "tag-rules") == []
    assert differing(small, "tag-rules", "2 * EffectiveCost") != []
    assert differing(small, "nobody") != []
    assert [row["BillingCurrency"] for row in differing(small, "tag-rules", "0 * EffectiveCost")] == ["USD"]


def by_owner(frame):
    return dict(frame.groupby("owner").amount.sum().items())


@pytest.mark.parametrize("which", ["sample", "focus_sample"])
@pytest.mark.parametrize("metric", ["EffectiveCost", "BilledCost", "ListCost"])
def test_allocations_are_the_costs_to_the_last_digit(which, metric, request):
    session = request.getfixturevalue(which)
    rules = [
        {"owner_tag": "team"},
        {"owner_tag": "business_unit"},
        {"owner_column": "SubAccountName", "when": [{"column": "ProviderName", "prefix": "M"}]},
        {"owner": "storage", "when": [{"column": "ServiceCategory", "glob": "*torage*"}]},
    ]
    pools = [
        {"name": "tax", "when": [{"column": "ChargeCategory", "exact": ["Tax", "Credit"]}], "split": "proportional"},
        {
            "name": "rest",
            "when": [{"column": "owner", "exact": UNALLOCATED}],
            "split": "fixed",
            "shares": {"tax": 30, "x": "69.9", "y": "0.1"},
        },
        {"name": "network", "when": [{"column": "ServiceCategory", "exact": "Networking"}], "owners": ["a", "b", "c"]},
    ]
    session.load("tag-rules", rules=rules, inherit=["resource", "account"])
    session.load("shared-costs", pools=pools)
    for name in ("tag-rules", "shared-costs"):
        assert len(session.attribute(name, metric=metric))
        assert differing(session, name, metric) == []
    shared = session.chargeback(plugin="shared-costs")
    assert (shared.direct + shared.shared == shared.total).all()
    assert shared.shared.abs().sum() > 0


PLACES = [{"column": name} for name in ("ServiceName", "SubAccountId", "ChargeCategory")] + [{"tag": "team"}, {"tag": "business_unit"}]
TEXTS = ["Tax", "Credit", "Amazon Elastic Compute Cloud", "web", "Azure", "Compute"]


@pytest.mark.parametrize(("which", "tag", "first"), [("sample", "team", 2026), ("focus_sample", "business_unit", 2024)])
def test_allocations_are_the_costs_for_any_rules(which, tag, first, request, tmp_path):
    session = request.getfixturevalue(which)
    used, fed = tmp_path / "used.csv", tmp_path / "fed.csv"
    used.write_text(f"owner,period,quantity\na,{first}-01,3\nz,{first}-01,1\nz,{first}-09,2\n")
    fed.write_text(f"owner,period,quantity\ntwo,{first}-01,2\ntwo,{first}-09,2\nx,{first}-09,1\n")

    @seed(1)
    @given(settings_of(PLACES, TEXTS, tag, [f"{first}-01-15", f"{first}-09-20"]))
    @settings(max_examples=max(4, RULE_SETS // 12), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def prove_it(drawn):
        for pool in drawn["pools"]:
            if "usage" in pool:
                pool["usage"] = str({"used": used, "fed": fed}[pool["usage"]])
        session.load("shared-costs", drawn | {"rules": drawn["rules"] or [{"owner_tag": tag}]})
        session.attribute("shared-costs", frames="arrow")
        assert differing(session, "shared-costs") == []

    prove_it()


def test_a_run_twice_is_the_same_table(small):
    small.load("tag-rules", rules=RULES)
    first, second = (small.attribute("tag-rules") for _ in range(2))
    assert by_owner(first) == by_owner(second) == {"web": Decimal("34.5000000028"), "data": 56, UNALLOCATED: Decimal("2.8")}
    assert len(small.frame("allocations")) == len(second) == 28 * 3
    assert set(second.run_id) == {small.last_run["run_id"]}


def test_the_event_is_fired(small):
    heard = []
    undo = small.hooks.on("allocation_computed", lambda plugin, rows, table: heard.append((plugin, rows, table.num_rows)))
    small.load("tag-rules", rules=RULES)
    small.attribute("tag-rules", grain="month")
    undo()
    assert heard == [("tag-rules", 3, 3)]


def test_shared_costs_has_rules_of_its_own_or_those_of_tag_rules():
    from finopsnb.plugins.testing import _store

    pools = [{**STORAGE, "split": "proportional"}]
    with new_session() as session:
        _store(session, sample_costs())
        session.load("shared-costs")
        with pytest.raises(FinopsError, match="neither rules nor pools"):
            session.attribute("shared-costs")
        session.load("shared-costs", rules=RULES, pools=pools)
        own = by_owner(session.attribute("shared-costs"))
        assert own.keys() == {"web", "data"}
        assert sum(own.values()) == Decimal("93.3000000028")
        session.load("tag-rules", rules=RULES)
        session.attribute("tag-rules")
        session.load("shared-costs", pools=pools)
        assert by_owner(session.attribute("shared-costs")) == own


def test_shared_costs_takes_of_tag_rules_what_it_does_not_say_itself(small):
    rules = [{"owner_tag": "squad"}]
    small.load("tag-rules", rules=rules, tag_aliases={"team": ["squad"]}, value_aliases={"team": {"www": ["web"]}})
    assert by_owner(small.attribute("tag-rules")).keys() == {"www", "data", UNALLOCATED}
    small.load("shared-costs", pools=[], tag_aliases={"env": ["squad"]})
    assert by_owner(small.attribute("shared-costs")).keys() == {UNALLOCATED}
    small.load("shared-costs", pools=[], value_aliases={})
    assert by_owner(small.attribute("shared-costs")).keys() == {"web", "data", UNALLOCATED}
    small.load("shared-costs", pools=[])
    assert by_owner(small.attribute("shared-costs")).keys() == {"www", "data", UNALLOCATED}


def test_usage_from_a_file(small, tmp_path):
    file = tmp_path / "requests.csv"
    file.write_text("owner,period,quantity,note\nweb,2026-01,1,x\ndata,2026-01-01,3,\n")
    small.load("shared-costs", rules=RULES, pools=[{**STORAGE, "split": "usage", "usage": str(file)}])
    small.attribute("shared-costs")
    shared = small.chargeback()
    assert dict(zip(shared.owner, shared.shared, strict=True)) == {"web": Decimal("0.7"), "data": Decimal("2.1")}
    file.write_text("owner,period,quantity\n,2026-01,1\ndata,2026-01,3\n")
    with pytest.raises(FinopsError, match="do not tell who pays") as wrong:
        small.attribute("shared-costs")
    assert "',2026-01,1" in wrong.value.why
    file.write_text("owner,period,quantity\nweb,2026-01,many\n")
    with pytest.raises(SourceError, match=r"requests.csv, by which the pool storage is split, cannot be read"):
        small.attribute("shared-costs")
    small.load("shared-costs", rules=RULES, pools=[{**STORAGE, "split": "usage", "usage": "cost"}])
    with pytest.raises(FinopsError, match="There is no table cost") as wrong:
        small.attribute("shared-costs")
    assert "costs" in str(wrong.value)


def test_what_was_stored_before_stays_when_a_run_fails(small, monkeypatch):
    small.load("tag-rules", rules=RULES)
    before = small.attribute("tag-rules")
    with pytest.raises(FinopsError, match="day or by month"):
        small.attribute("tag-rules", grain="year")
    with pytest.raises(FinopsError, match="is not a cost"):
        small.attribute("tag-rules", metric="BiledCost")
    after = small.sql("select * from allocations where plugin = 'tag-rules'")
    assert by_owner(after) == by_owner(before)


def test_settings_are_refused_all_at_once(small):
    with pytest.raises(PluginConfigError) as wrong:
        small.load("shared-costs", rules=[{"owner": "a", "wen": []}], pools=[{"name": "a", "owners": ["a"]}], grain="dy")
    found = wrong.value.problems
    assert "did you mean when?" in found["rules[0].wen"]
    assert "feed each other in a circle: a → a" in found["pools"]
    assert "did you mean 'day'?" in found["grain"]


def test_an_option_that_is_none_is_refused_and_a_rule_of_some_days_is_kept_with_the_run(small):
    small.load("tag-rules", rules=[{"owner": "a", "from": "2026-01-15"}])
    with pytest.raises(FinopsError, match="no option metrik"):
        small.attribute("tag-rules", metrik="BilledCost")
    assert by_owner(small.attribute("tag-rules", grain="month")).keys() == {"a", UNALLOCATED}
    assert "2026-01-15" in small.last_run["config"]


def test_one_charge_at_a_time(small):
    plugin = small.load("tag-rules", rules=RULES)
    entry = {"EffectiveCost": "-2.50", "Tags": {"Team": "web"}, "BillingCurrency": "USD", "BillingPeriodStart": "2026-01-01"}
    (part,) = plugin.attribute_cost(entry)
    assert (part["owner"], part["rule"], part["amount"], part["BillingCurrency"]) == ("web", "web", Decimal("-2.5"), "USD")
    pools = [{"name": "all", "when": [{"column": "ServiceName", "exact": "S3"}], "owners": ["a", "b", "c"]}]
    shared = small.load("shared-costs", rules=RULES, pools=pools)
    parts = shared.attribute_cost({"EffectiveCost": 100, "ServiceName": "S3", "Tags": '{"team": "web"}'})
    assert sorted(part["owner"] for part in parts) == ["a", "b", "c"]
    assert sum(part["amount"] for part in parts) == 100


class Thirds(AttributionPlugin):
    """What somebody writes in a cell."""

    metadata = PluginMetadata(name="thirds", version="1.0.0", plugin_type=PluginType.ATTRIBUTION)
    metric = "EffectiveCost"

    def attribute_cost(self, cost_entry, context=None):
        third = float(cost_entry["EffectiveCost"]) / 3
        return [{"owner": owner, "amount": third} for owner in ("web", "data")]


def test_a_plugin_of_a_cell_is_held_to_the_sum(small):
    small.plugins.registry.register(Thirds, replace=True)
    small.load("thirds")
    rows = small.attribute("thirds")
    assert differing(small, "thirds") == []
    assert {"web", "data", UNALLOCATED} == set(rows.owner)
    assert set(rows.BillingCurrency) == {"USD"}
    assert set(rows[rows.owner == UNALLOCATED].method) == {"remainder"}
    assert Thirds().attribute([{"EffectiveCost": Decimal("99999999999999999999.999999999999999999")}])[-1]["amount"] > 0


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (None, "of the type NoneType and not a list"),
        ({"owner": "a", "amount": 1}, "of the type dict and not a list"),
        (["a"], "a part is a str and not a dict"),
        ([{"owner": "a"}], "a part has no amount"),
        ([{"owner": "a", "amount": None}], "an amount is None"),
        ([{"owner": "a", "amount": float("nan")}], "an amount is nan"),
        ([{"owner": "a", "amount": "1e25"}], "an amount is 1e25"),
        ([{"amount": 1}], "a part has no owner"),
        ([{"owner": " ", "amount": 1}], "a part has no owner"),
        ([{"owner": "a", "amount": 1, "BillingCurrency": "EUR"}], "BillingCurrency EUR of a charge that has USD"),
        ([{"owner": "a", "amount": 1, "metric": "BilledCost"}], "metric BilledCost of a charge that has EffectiveCost"),
    ],
)
def test_parts_that_cannot_be_parts_of_their_charge(parts, said, monkeypatch):
    monkeypatch.setattr(Thirds, "attribute_cost", lambda *_: parts)
    with pytest.raises(PluginOutputError, match=said):
        Thirds().attribute([{"EffectiveCost": Decimal(2), "BillingCurrency": "USD"}])


def test_a_metric_that_is_none_and_the_provider_of_a_newer_version(monkeypatch):
    entry = {"EffectiveCost": Decimal(3), "ProviderName": None, "ServiceProviderName": "AWS"}
    assert {part["ProviderName"] for part in Thirds().attribute([entry])} == {"AWS"}
    monkeypatch.setattr(Thirds, "metric", "EfectiveCost")
    with pytest.raises(FinopsError, match="EfectiveCost, the metric of thirds, is not a cost") as wrong:
        Thirds().attribute([entry])
    assert wrong.value.hint == 'metric = "EffectiveCost"'


def test_charges_at_hand_from_several_threads(small):
    plugin = small.load("tag-rules", rules=[{"owner_tag": "team"}])
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda n: plugin.attribute_cost({"EffectiveCost": n, "Tags": {"team": f"t{n}"}}), range(1, 13)))
    assert [[(part["owner"], part["amount"]) for part in found] for found in parts] == [[(f"t{n}", n)] for n in range(1, 13)]


# ---- what is told of them


@pytest.fixture(scope="module")
def told(small):
    small.load("shared-costs", rules=RULES, pools=[{**STORAGE, "split": "proportional"}])
    small.attribute("shared-costs")
    return small


def test_showback_is_by_owner_or_anything_else(told):
    found = told.showback(plugin="shared-costs")
    assert found.columns.tolist() == ["period", "BillingCurrency", "owner", "amount", "share"]
    assert found.owner.tolist() == ["data", "web"]
    assert found.share.sum() == pytest.approx(1)
    assert found.amount.sum() == Decimal("93.3000000028")
    by_service = told.showback(["owner", "ServiceName"], "2026-01", plugin="shared-costs")
    assert set(zip(by_service.owner, by_service.ServiceName, strict=True)) >= {("web", "Amazon S3"), ("data", "Virtual Machines")}
    assert len(told.showback(grain="day", plugin="shared-costs")) == 28 * 2
    assert len(told.showback(month="2026-02", plugin="shared-costs")) == 0


def test_chargeback_tells_direct_from_shared(told):
    found = told.chargeback("2026-01", plugin="shared-costs").set_index("owner")
    assert found.columns.tolist() == ["period", "BillingCurrency", "direct", "shared", "total"]
    assert (found.direct["data"], found.direct["web"]) == (56, Decimal("34.5000000028"))
    assert found.shared.sum() == Decimal("2.8")


def test_an_owners_bill_is_explained_from_the_total_down(told):
    found = told.explain_allocation("web", "2026-01", plugin="shared-costs")
    assert found.columns.tolist() == ["BillingCurrency", "level", "parent", "label", "method", "amount", "share"]
    assert found.level.tolist() == ["total", "rule", "service", "pool", "service"]
    assert found.label.tolist() == ["web", "web", "Amazon EC2", "storage", "Amazon S3"]
    total, rule, of_rule, pool, of_pool = found.amount
    assert total == rule + pool
    assert (rule, pool) == (of_rule, of_pool)
    assert found.share[0] == 1


def test_questions_without_an_answer(told):
    with pytest.raises(FinopsError, match="wed has no allocations in 2026-01") as wrong:
        told.explain_allocation("wed", "2026-01", plugin="shared-costs")
    assert wrong.value.hint == "did you mean web?"
    with pytest.raises(FinopsError, match="January is not a month"):
        told.explain_allocation("web", "January")
    with pytest.raises(FinopsError) as wrong:
        told.showback("ownr")
    assert wrong.value.hint == 'by="owner"'
    with pytest.raises(FinopsError) as wrong:
        told.showback(grain="mont")
    assert wrong.value.hint == 'grain="month"'
    with new_session() as session, pytest.raises(FinopsError, match="Nothing is allocated yet"):
        session.showback()


def test_the_settings_in_the_guide_can_be_used(tmp_path):
    guide = (Path(__file__).parents[2] / "docs" / "ALLOCATION.md").read_text()
    blocks = "\n".join(part.split("```")[0] for part in guide.split("```toml\n")[1:])
    tables = tomllib.loads(blocks)["plugins"]
    with new_session() as session:
        assert len(session.load("tag-rules", config=tables["tag-rules"]).config.rules) == 3
        assert [pool.split for pool in session.load("shared-costs", config=tables["shared-costs"]).config.pools] == [
            "proportional",
            "fixed",
            "usage",
            "even",
        ]
