"""Rules: what they ask, in which order, on which days, and what is wrong with one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from finopsnb.analysis.allocation import UNALLOCATED, AllocationRules, Condition, Rule
from finopsnb.analysis.patterns import glob_regex
from finopsnb.errors import FinopsError
from tests.analysis.allocating import allocated, charge, owners


def owner_of(one, **settings):
    (row,) = allocated([one], **settings)
    return row["owner"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"exact": "web-1"}, True),
        ({"exact": ["x", "web-1"]}, True),
        ({"exact": "web"}, False),
        ({"exact": "WEB-1"}, False),
        ({"prefix": "web"}, True),
        ({"prefix": ["x", "we"]}, True),
        ({"prefix": "eb"}, False),
        ({"glob": "web-*"}, True),
        ({"glob": "w?b-[0-9]"}, True),
        ({"glob": "[!x]*"}, True),
        ({"glob": "web"}, False),
        ({"glob": "web.1"}, False),
        ({"regex": r"web-\d+"}, True),
        ({"regex": "web"}, False),
        ({"regex": "x|web-1"}, True),
        ({"regex": ["a", "web-."]}, True),
        ({"exists": True}, True),
        ({"exists": False}, False),
        ({"exact": "web-1", "negate": True}, False),
        ({"exact": "web", "negate": True}, True),
        ({"exists": True, "negate": True}, False),
    ],
)
def test_what_a_condition_asks(condition, holds):
    for one, place in ((charge(ServiceName="web-1"), {"column": "ServiceName"}), (charge(Tags={"app": "web-1"}), {"tag": "app"})):
        rules = [{"owner": "web", "when": [{**place, **condition}]}]
        assert owner_of(one, rules=rules) == ("web" if holds else UNALLOCATED)


@pytest.mark.parametrize("condition", [{"exact": ""}, {"prefix": ""}, {"glob": "*"}, {"regex": ".*"}, {"exact": "x", "negate": True}])
def test_what_is_missing_matches_nothing(condition):
    for empty in (charge(ServiceName=None), charge(ServiceName="")):
        assert owner_of(empty, rules=[{"owner": "web", "when": [{"column": "ServiceName", **condition}]}]) == UNALLOCATED


def test_the_first_rule_that_holds_decides_and_is_named():
    rules = [
        {"owner": "a", "when": [{"column": "ServiceName", "exact": "S3"}]},
        {
            "name": "AWS",
            "owner": "b",
            "when": [{"column": "ProviderName", "exact": "AWS"}, {"column": "ServiceName", "prefix": "E"}],
        },
        {"owner": "c"},
    ]
    rows = allocated([charge(ServiceName="S3"), charge(), charge(ProviderName="Azure")], rules=rules)
    assert {(row["owner"], row["rule"], row["method"]) for row in rows} == {
        ("a", "rule 1", "rule"),
        ("b", "AWS", "rule"),
        ("c", "rule 3", "rule"),
    }


def test_what_no_rule_knows_is_in_sight():
    (row,) = allocated([charge("2.5")])
    assert (row["owner"], row["rule"], row["method"], row["amount"]) == (UNALLOCATED, None, "unallocated", Decimal("2.5"))


def test_a_virtual_tag_takes_its_owner_from_the_first_that_says_one():
    rules = [{"owner_tag": "team"}, {"owner_column": "SubAccountName"}]
    rows = allocated([charge("1", Tags={"Team": "web"}), charge("2", SubAccountName="Data"), charge("4", Tags={"team": " "})], rules=rules)
    assert owners(rows) == {"web": 1, "Data": 2, UNALLOCATED: 4}


def test_keys_and_values_have_other_spellings():
    settings = {
        "rules": [{"owner_tag": "team"}],
        "tag_aliases": {"Team": ["squad"]},
        "value_aliases": {"TEAM": {"platform": ["plat", "Platform Team"]}},
    }
    tags = [{" TEAM": "PLATFORM"}, {"Squad": "platform team"}, {"team": "plat "}, {"team": "web"}, {"team": "Web"}]
    assert owners(allocated([charge(Tags=one) for one in tags], **settings)) == {"platform": 3, "web": 1, "Web": 1}


@pytest.mark.parametrize("asked", ["team", " Squad", "owner"])
@pytest.mark.parametrize("key", ["Team", "squad", "OWNER "])
def test_an_alias_works_both_ways(asked, key):
    settings = {
        "rules": [{"name": "tag", "owner_tag": asked, "when": [{"tag": asked, "exists": True}]}],
        "tag_aliases": {"team": ["squad", "owner"]},
        "value_aliases": {"squad": {"web": ["www"]}},
        "inherit": ["account"],
    }
    rows = allocated([charge("1", Tags={key: "WWW"}), charge("2"), charge("4", SubAccountId="2")], **settings)
    assert owners(rows, "method") == {
        ("web", "rule"): 1,
        ("web", "inherited from account"): 2,
        (UNALLOCATED, "unallocated"): 4,
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tag_aliases": {"team": ["squad"], "Team": ["owner"]}}, "team means both team and Team"),
        ({"tag_aliases": {"team": ["squad"], "owner": [" Squad"]}}, "squad means both team and owner"),
        ({"tag_aliases": {"team": [" "]}}, "a text without letters"),
        ({"value_aliases": {"team": {"web": ["w"], "wild": ["W"]}}}, "value_aliases of team: w means both web and wild"),
        ({"value_aliases": {"team": {}, "TEAM": {}}}, "value_aliases has team twice"),
        ({"tag_aliases": {"team": ["squad"]}, "value_aliases": {"team": {}, "squad": {}}}, "value_aliases has team twice"),
    ],
)
def test_what_means_two_things_is_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        AllocationRules.model_validate(settings)


def test_owners_have_no_blanks_around_them_and_are_not_nobody():
    rules = [{"owner": " web ", "when": [{"tag": "app", "exists": True}]}, {"owner_column": "SubAccountName"}]
    tagged, blank, named = charge("1", Tags={"app": "x"}), charge("2", SubAccountName="  "), charge("4", SubAccountName=" web")
    assert owners(allocated([tagged, blank, named], rules=rules)) == {"web": 5, UNALLOCATED: 2}
    assert "one of owner, owner_tag and owner_column" in problems(rules=[{"owner": "  "}])["rules.0"]


def test_a_rule_holds_on_its_days_only():
    rules = [
        {"owner": "old", "until": "2025-01-10"},
        {"owner": "new", "from": "2025-01-10", "until": "2025-01-20"},
        {"owner": "newest", "from": "2025-01-20"},
    ]
    days = ["2025-01-09T23:59:59Z", "2025-01-10T00:00:00Z", "2025-01-19T23:00:00Z", "2025-01-20T00:00:00Z"]
    charges = [charge(ChargePeriodStart=day) for day in days]
    for grain in ("day", "month"):
        assert owners(allocated(charges, rules=rules, grain=grain)) == {"old": 1, "new": 2, "newest": 1}


def test_a_resource_hands_its_newest_tag_to_its_other_charges():
    charges = [
        charge("1", ResourceId="i-1", Tags={"team": "web"}),
        charge("2", ResourceId="i-1", Tags={"team": "data"}, ChargePeriodStart="2025-01-07"),
        charge("4", ResourceId="i-1"),
        charge("8", ResourceId="i-2"),
        charge("8", ResourceId="", Tags={"team": "web"}),
        charge("16", ResourceId=""),
    ]
    rows = allocated(charges, rules=[{"owner_tag": "team"}], inherit=["resource"])
    assert owners(rows, "method") == {
        ("web", "rule"): 9,
        ("data", "rule"): 2,
        ("data", "inherited from resource"): 4,
        (UNALLOCATED, "unallocated"): 24,
    }


def test_an_account_and_a_namespace_hand_on_what_all_of_their_tags_agree_on():
    web, data = {"team": "web", "k8s-namespace": "shop"}, {"team": "data"}
    charges = [
        charge("1", SubAccountId="1", Tags=web),
        charge("2", SubAccountId="1"),
        charge("4", SubAccountId="2", Tags=web),
        charge("8", SubAccountId="2", Tags=data),
        charge("16", SubAccountId="2"),
        charge("32", SubAccountId="3", Tags={"Namespace": "shop"}),
    ]
    rows = allocated(charges, rules=[{"owner_tag": "team"}], inherit=["account", "namespace"])
    assert owners(rows, "method") == {
        ("web", "rule"): 5,
        ("data", "rule"): 8,
        ("web", "inherited from account"): 2,
        ("web", "inherited from namespace"): 32,
        (UNALLOCATED, "unallocated"): 16,
    }


def test_the_scope_of_an_allocation_is_as_fine_as_it_is_asked_for():
    charges = [charge(ResourceId=f"i-{n % 2}", ChargePeriodStart=f"2025-01-{n + 1:02}") for n in range(6)]
    assert len(allocated(charges)) == 6
    assert len(allocated(charges, grain="month")) == 1
    rows = allocated(charges, grain="month", by=["ResourceId"])
    assert {row["ResourceId"]: row["amount"] for row in rows} == {"i-0": 3, "i-1": 3}
    assert {(str(row["ChargePeriodStart"].date()), str(row["ChargePeriodEnd"].date())) for row in rows} == {("2025-01-01", "2025-02-01")}


def test_another_cost_is_allocated_where_it_is_asked_for():
    assert [(row["amount"], row["metric"]) for row in allocated([charge()], metric="BilledCost")] == [(7, "BilledCost")]


def problems(**settings):
    with pytest.raises(ValidationError) as wrong:
        AllocationRules.model_validate(settings)
    return {".".join(map(str, error["loc"])): error["msg"] for error in wrong.value.errors()}


def test_all_that_is_wrong_is_said_at_once():
    found = problems(
        rules=[
            {"owner": "a", "when": [{"column": "ServiceNam", "exact": "x"}]},
            {"owner": "a", "when": [{"tag": "team", "regex": "(x"}]},
            {"owner": "a", "owner_tag": "team"},
            {"name": "late", "owner": "a", "from": "2025-02-01", "until": "2025-01-01"},
            {"owner": "a", "when": [{"column": "owner", "exact": "b"}]},
        ],
        grain="week",
    )
    assert "did you mean ServiceName?" in found["rules.0.when.0.column"]
    assert "the regex '(x' cannot be used: missing )" in found["rules.1.when.0.regex"]
    assert "one of owner, owner_tag and owner_column" in found["rules.2"]
    assert "the rule late ends (2025-01-01) before it begins" in found["rules.3"]
    assert "a pool may ask for it" in found["rules.4"]
    assert "grain" in found


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"exact": "x"}, "either column or tag"),
        ({"column": "ServiceName", "tag": "team", "exact": "x"}, "either column or tag"),
        ({"tag": "team"}, "has one of exact"),
        ({"tag": "team", "exact": "x", "prefix": "y"}, "has one of exact"),
        ({"tag": "team", "exact": []}, "no text to compare with"),
        ({"column": "Tags", "exact": "x"}, "key by key"),
        ({"tag": "team", "regex": "(?=x)"}, "cannot be used"),
        ({"tag": "team", "regex": ["x", r"\Qx"]}, "cannot be used"),
        ({"tag": "team", "glob": "[z-a]"}, "cannot be used"),
    ],
)
def test_a_condition_that_asks_nothing_clear(condition, said):
    with pytest.raises(ValidationError, match=said):
        Condition.model_validate(condition)


def test_two_rules_of_one_name_and_a_column_that_costs_do_not_have():
    assert "two rules are called a" in problems(rules=[{"name": "a", "owner": "x"}, {"name": "a", "owner": "y"}])["rules"]
    rules = [{"owner": "a", "when": [{"column": "x_Teem", "exact": "b"}]}]
    with pytest.raises(FinopsError, match="x_Teem, which costs does not have") as wrong:
        allocated([charge(x_Team="b")], rules=rules)
    assert "x_Team" in wrong.value.hint


def test_rules_come_back_from_json_as_they_went():
    rules = AllocationRules(rules=[Rule.model_validate({"owner": "a", "from": "2025-01-01", "when": [{"tag": "t", "glob": "x*"}]})])
    assert AllocationRules.model_validate(rules.model_dump(mode="json", by_alias=True)) == rules


@pytest.mark.parametrize(
    ("glob", "regex"), [("a.b", r"a\.b"), ("*", ".*"), ("[]", r"\[\]"), ("[!]", r"\[!\]"), ("[^a]", r"[\^a]"), ("a[b", r"a\[b")]
)
def test_globs_as_regular_expressions(glob, regex):
    assert glob_regex(glob) == f"(?s:{regex})"


def test_the_namespace_may_be_in_a_tag_or_a_column_of_ones_own():
    charges = [
        charge("1", x_Namespace="shop", Tags={"team": "web", "ns": "a"}),
        charge("2", x_Namespace="shop"),
        charge("4", Tags={"NS": "a"}),
    ]
    for namespace, expected in (("x_Namespace", {"web": 3, UNALLOCATED: 4}), ("ns", {"web": 5, UNALLOCATED: 2})):
        rows = allocated(charges, rules=[{"owner_tag": "team"}], inherit=["namespace"], namespace=namespace)
        assert owners(rows) == expected
