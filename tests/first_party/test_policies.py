"""The policies that come with finopsnb, and the life of what they find."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice, permutations

import pyarrow as pa
import pytest

from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.resources import resources
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.plugins import PluginMetadata, PluginType, PolicyPlugin, PolicyViolation
from finopsnb.plugins.testing import _store, new_session, sample_costs

EC2, S3, VM = Decimal("34.500000002800000000"), Decimal("2.8"), Decimal(56)


@pytest.fixture(scope="module")
def session():
    """28 days: 34.50 of i-1 (team web, AWS), 2.80 of bucket-1 (no tag, AWS), 56.00 of vm-1 (team data, Microsoft)."""
    with new_session() as opened:
        _store(opened, sample_costs())
        yield opened


def found(session, name, **settings):
    """What the plugin finds with these settings: rule, resource and cost."""
    session.load(name, **settings)
    rows = session.evaluate(name, frames="arrow").to_pylist()
    return {(row["rule"], row["ResourceId"]): row["cost"] for row in rows}


def rule(where, **settings):
    return {"name": "r", "where": where} | settings


@pytest.mark.parametrize(
    ("plugin", "settings", "expected"),
    [
        ("tag-compliance", {}, {}),
        ("tag-compliance", {"required": [" TEAM "]}, {(" TEAM  is required", "bucket-1"): S3}),
        ("tag-compliance", {"required": ["squad"], "tag_aliases": {"Squad": ["team"]}}, {("squad is required", "bucket-1"): S3}),
        ("tag-compliance", {"required": ["team"], "tag_aliases": {"Squad": ["team"]}}, {("team is required", "bucket-1"): S3}),
        ("tag-compliance", {"required": ["team"], "minimum_spend": "2.81"}, {}),
        ("tag-compliance", {"allowed": {"team": ["web", " ops "]}}, {("team is allowed", "vm-1"): VM}),
        ("tag-compliance", {"minimum_coverage": {"team": 0.98}}, {("team coverage", None): S3}),
        ("tag-compliance", {"minimum_coverage": {"team": 0.97}}, {}),
        ("region-policy", {}, {}),
        ("region-policy", {"rules": [{"allowed": ["EU-*"]}]}, {}),
        ("region-policy", {"rules": [{"allowed": ["us-*"], "providers": ["microsoft"]}]}, {("regions", "vm-1"): VM}),
        ("region-policy", {"rules": [{"forbidden": ["eu-west-?"], "accounts": ["222-1"]}]}, {("regions", "vm-1"): VM}),
        ("region-policy", {"rules": [{"allowed": ["eu-*"], "forbidden": ["eu-west-1"], "accounts": ["222-1"]}]}, {("regions", "vm-1"): VM}),
        ("region-policy", {"rules": [{"allowed": ["eu-west"], "providers": ["Microsoft"]}]}, {("regions", "vm-1"): VM}),
        ("spend-rules", {}, {}),
        ("spend-rules", {"rules": [rule("Tags['team'] is null")]}, {("r", "bucket-1"): S3}),
        ("spend-rules", {"rules": [rule("EffectiveCost < 0")]}, {("r", "i-1"): Decimal("-0.5")}),
        (
            "spend-rules",
            {"rules": [rule("EffectiveCost > 0.05", minimum_spend=35)]},
            {("r", "i-1"): EC2 + Decimal("0.5"), ("r", "vm-1"): VM},
        ),
        ("spend-rules", {"rules": [rule("true")], "minimum_spend": 40}, {("r", "vm-1"): VM}),
    ],
)
def test_what_a_policy_finds(session, plugin, settings, expected):
    assert found(session, plugin, **settings) == expected


@pytest.mark.parametrize(
    ("plugin", "settings", "said"),
    [
        ("tag-compliance", {"minimum_coverage": {"team": 90}}, "share from 0 to 1"),
        ("tag-compliance", {"allowed": {"team": []}}, "no value of team"),
        ("tag-compliance", {"required": [" "]}, "no letters"),
        ("tag-compliance", {"required": ["team"], "tag_aliases": {"team": ["a"], "b": ["A"]}}, "a means both team and b"),
        ("region-policy", {"rules": [{"name": "x"}]}, "neither allows nor forbids"),
        ("region-policy", {"rules": [{"allowed": ["eu-[z-a]"]}]}, "cannot be used"),
        ("region-policy", {"rules": [{"allowed": ["a"]}, {"allowed": ["b"]}]}, "two rules are called"),
        ("spend-rules", {"rules": [rule("Servicename = 'x'")]}, "did you mean ServiceName"),
        ("spend-rules", {"rules": [rule("(select 1) = 1")]}, "not allowed"),
        ("spend-rules", {"rules": [rule("true"), rule("false")]}, "two rules are called"),
    ],
)
def test_settings_that_make_no_sense_are_refused(session, plugin, settings, said):
    with pytest.raises(PluginConfigError, match=said):
        session.load(plugin, **settings)


@pytest.mark.parametrize("metric", ["BilledCost", "EffectiveCost", "ContractedCost", "ListCost"])
@pytest.mark.parametrize(
    ("plugin", "settings"),
    [
        ("tag-compliance", {"required": ["team"], "minimum_coverage": {"team": 1}}),
        ("region-policy", {"rules": [{"allowed": ["x"]}]}),
        ("spend-rules", {"rules": [rule("Tags['team'] is null")]}),
        ("budget-policy", {}),
    ],
)
def test_any_cost_may_be_what_a_violation_affects(session, plugin, settings, metric):
    spent = session.sql(f"select sum({metric}) from costs where ResourceId = 'bucket-1'", frames="arrow").to_pydict()
    costs = found(session, plugin, metric=metric, **settings)
    assert {cost for (_, resource), cost in costs.items() if resource == "bucket-1"} <= {value for (value,) in spent.values()}
    assert costs or plugin == "budget-policy"


def test_an_option_that_is_none_is_refused(session):
    session.load("region-policy", rules=[{"allowed": ["x"]}])
    for option in ("foo", "context", "resources"):
        with pytest.raises(FinopsError, match=f"no option {option}"):
            session.evaluate("region-policy", **{option: 1})


def charge(resource, day, **values):
    start = f"2026-01-{day:02}T00:00:00Z"
    return {"ResourceId": resource, "ChargePeriodStart": start, "EffectiveCost": 1, "BillingCurrency": "USD"} | values


def test_a_resource_is_as_one_of_its_newest_charges_says_in_whatever_order_they_lie():
    rows = [
        charge("i", 1, Tags={"team": "old"}, ResourceName="old"),
        charge("i", 2, Tags={"team": "web"}, ResourceName="b"),
        charge("i", 2, Tags={"team": "data"}, ResourceName="c", ResourceType="vm"),
        charge("i", 2, ResourceName="z", ResourceType="vm"),
        charge("gone", 1, Tags={"team": "web"}),
        charge("gone", 2),
    ]
    names = ("ResourceId", "ResourceName", "ResourceType", "Tags", "EffectiveCost")
    seen = {
        str(execute_at_hand(resources(costs_at_hand(turn)).order_by("ResourceId").select(*names)).to_pylist())
        for turn in islice(permutations(rows), 0, None, 97)
    }
    gone = {
        "ResourceId": "gone",
        "ResourceName": None,
        "ResourceType": None,
        "Tags": None,
        "EffectiveCost": Decimal("2.000000000000000000"),
    }
    newest = {
        "ResourceId": "i",
        "ResourceName": "c",
        "ResourceType": "vm",
        "Tags": [("team", "data")],
        "EffectiveCost": Decimal("4.000000000000000000"),
    }
    assert seen == {str([gone, newest])}


def test_the_provider_of_a_newer_version_counts_and_charges_without_a_resource_do():
    new = {"ServiceProviderName": "AWS", "RegionId": "us-east-1", "SubAccountId": "1"}
    rows = [
        charge("i", 1, **new),
        charge(None, 1, **new, ChargeCategory="Usage"),
        charge(None, 2, **new),
        charge(None, 3, **new, ChargeCategory="Tax"),
    ]
    rows.append(charge(None, 1, **new, Tags='{"team": "web"}'))
    given = [dict.fromkeys(("BilledCost", "ListCost", "ContractedCost"), 1) | row for row in rows]
    costs = sample_costs(1)
    with new_session() as session:
        _store(session, pa.Table.from_pylist([dict(costs.to_pylist()[0], ProviderName=None, Tags="{}") | row for row in given]))
        assert found(session, "region-policy", rules=[{"allowed": ["eu-*"], "providers": ["aws"]}]) == {
            ("regions", "i"): 1,
            ("regions", None): 3,
        }
        assert found(session, "tag-compliance", required=["team"]) == {("team is required", "i"): 1, ("team is required", None): 2}


def test_running_twice_changes_nothing_and_what_is_mended_is_resolved_and_returns(session):
    heard = []
    undo = session.hooks.on("policy_violated", lambda rows, table: heard.append((rows, sorted(table["ResourceId"].to_pylist()))))
    settings = {"rules": [rule("ServiceName = 'Amazon S3' or ServiceName = 'Virtual Machines'", name="life")]}
    found(session, "spend-rules")
    first = lives(session, **settings)
    assert heard == [(2, ["bucket-1", "vm-1"])]
    assert lives(session, **settings) == first
    mended = lives(session, rules=[rule("ServiceName = 'Virtual Machines'", name="life")])
    assert {key: status for key, (status, _) in mended.items()} == {"bucket-1": "resolved", "vm-1": "open"}
    assert len(heard) == 1
    assert lives(session, **settings) == first
    assert heard[1:] == [(1, ["bucket-1"])]
    undo()


def lives(session, **settings):
    found(session, "spend-rules", **settings)
    rows = session.sql("select ResourceId, status, first_seen from violations where rule = 'life'", frames="arrow").to_pylist()
    return {row["ResourceId"]: (row["status"], row["first_seen"]) for row in rows}


class Expensive(PolicyPlugin):
    """As one writes it in a cell: one resource at a time."""

    metadata = PluginMetadata(name="expensive", version="1.0.0", plugin_type=PluginType.POLICY)
    limit = Decimal(30)

    def evaluate_policy(self, resource, context=None):
        cost = resource["EffectiveCost"]
        if cost < self.limit:
            return None
        said = f"costs {cost} and not less than {self.limit}"
        named = {name: resource[name] for name in ("ResourceId", "SubAccountId", "ProviderName", "BillingCurrency")}
        return PolicyViolation(policy="expensive", rule="limit", message=said, cost=cost, **named)


def test_a_plugin_in_a_cell_has_the_same_life(session):
    session.plugins.registry.register(Expensive)
    plugin = session.load("expensive")
    first = session.evaluate("expensive", frames="arrow")
    assert dict(zip(first["ResourceId"].to_pylist(), first["cost"].to_pylist(), strict=True)) == {"i-1": EC2, "vm-1": VM}
    plugin.limit = Decimal(40)
    assert session.evaluate("expensive", frames="arrow")["violation_id"].to_pylist() == [
        first["violation_id"].to_pylist()[i] for i in (0, 1) if first["ResourceId"].to_pylist()[i] == "vm-1"
    ]
    plugin.limit = Decimal(20)
    again = session.evaluate("expensive", frames="arrow")
    known = ("violation_id", "first_seen", "status")
    assert sorted(map(str, again.select(known).to_pylist())) == sorted(map(str, first.select(known).to_pylist()))


@pytest.mark.parametrize(
    ("plugin", "settings", "said"),
    [
        ("tag-compliance", {"required": ["team"]}, "has no tag team"),
        ("region-policy", {"rules": [{"allowed": ["eu-*"]}]}, "in us-east-1, which regions does not allow"),
        ("spend-rules", {"rules": [rule("EffectiveCost > 1", message="too much")]}, "too much"),
    ],
)
def test_one_resource_at_hand(session, plugin, settings, said):
    resource = {"ResourceId": "i-9", "RegionId": "us-east-1", "EffectiveCost": "2.5", "BillingCurrency": "USD", "Tags": {"env": "test"}}
    violation = session.load(plugin, **settings).evaluate_policy(resource)
    assert (violation.message, violation.cost, violation.ResourceId) == (said, Decimal("2.5"), "i-9")
    fine = resource | {"RegionId": "eu-west-1", "EffectiveCost": "1", "Tags": {"Team": "web"}}
    assert session.load(plugin, **settings).evaluate_policy(fine) is None


def test_one_resource_that_breaks_several_rules(session):
    rules = [rule("true", name="any"), rule("EffectiveCost > 1", name="grave", severity="critical"), rule("EffectiveCost > 2", name="x")]
    violation = session.load("spend-rules", rules=rules).evaluate_policy({"ResourceId": "i-9", "EffectiveCost": 3})
    assert (violation.rule, violation.severity) == ("grave", "critical")
    assert violation.message.startswith("grave: charges where EffectiveCost > 1; ")
    assert "any: charges where true" in violation.message


def test_budgets_that_are_spent_or_will_be(session):
    period = {"period_start": "2026-01-01", "period_end": "2026-02-01"}
    scopes = {"spent": ("50", "Tags['team'] = 'data'"), "soon": ("60", "Tags['team'] = 'data'"), "fine": ("70", "Tags['team'] = 'data'")}
    session.budgets([{"budget": name, "amount": amount, "scope": scope, **period} for name, (amount, scope) in scopes.items()])
    session.load("budget-policy")
    rows = {row["rule"].split()[0]: row for row in session.evaluate("budget-policy", frames="arrow").to_pylist()}
    assert {name: (row["severity"], row["cost"]) for name, row in rows.items()} == {"spent": ("high", VM), "soon": ("medium", VM)}
    assert rows["spent"]["message"] == "112.0% of 50 USD is spent until 2026-02-01"
    for day in ("2026-01-05", datetime(2026, 1, 5, 22, tzinfo=UTC), date(2026, 1, 5)):
        assert {row["cost"] for row in session.evaluate("budget-policy", as_of=day, frames="arrow").to_pylist()} == {Decimal(10)}
    with pytest.raises(FinopsError, match="tomorrow is not a day"):
        session.evaluate("budget-policy", as_of="tomorrow")


def test_coverage_of_the_focus_sample_is_by_spend(shared_data):
    with new_session() as session:
        session.load("focus-files", path=str(shared_data / "focus" / "focus_sample_1.0.csv"))
        session.collect("focus-files", frames="none")
        settings = {"minimum_coverage": {"business_unit": 0.87}, "metric": "BilledCost"}
        session.load("tag-compliance", **settings)
        rows = session.evaluate("tag-compliance", frames="arrow").to_pylist()
    assert [row["message"] for row in rows] == ["business_unit is on 86.91 % of the BilledCost and has to be on 87 %"]
