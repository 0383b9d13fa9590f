"""Pools, and the proof: whatever the rules and pools are, the allocations add up to the costs."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from finopsnb.analysis.allocation import UNALLOCATED, SharedCosts, prove, usage_of
from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.errors import FinopsError
from tests.analysis.allocating import allocated, charge, owners
from tests.analysis.rule_sets import RULE_SETS, add, settings_of

BY_TEAM = [{"owner_tag": "team"}]
SUPPORT = [{"column": "ServiceName", "exact": "Support"}]


def team(name, cost, **values):
    return charge(cost, Tags={"team": name}, **values)


def support(cost, **values):
    return charge(cost, ServiceName="Support", **values)


def pool(name="support", when=SUPPORT, **values):
    return {"name": name, "when": when, **values}


def test_even_is_among_those_with_direct_cost_or_those_named():
    charges = [team("a", "1"), team("b", "2"), charge("4"), support("90")]
    assert owners(allocated(charges, rules=BY_TEAM, pools=[pool()])) == {"a": 46, "b": 47, UNALLOCATED: 4}
    named = allocated(charges, rules=BY_TEAM, pools=[pool(owners=["a", "b", "c"])])
    assert owners(named, "pool", "method", "rule") == {
        ("a", None, "rule", "rule 1"): 1,
        ("b", None, "rule", "rule 1"): 2,
        (UNALLOCATED, None, "unallocated", None): 4,
        **{(owner, "support", "even", "support"): 30 for owner in "abc"},
    }


def test_fixed_shares_as_percent_or_weights():
    whole = allocated([support("1000000")], pools=[pool(split="fixed", shares={"a": 10, "b": "87.5", "c": "2.5"})])
    assert owners(whole) == {"a": Decimal("100000.00"), "b": 875000, "c": 25000}
    weighed = allocated([support("90")], pools=[pool(split="fixed", shares={"a": 1, "b": 2}, unit="weights")])
    assert owners(weighed) == {"a": 30, "b": 60}


def test_a_million_charges_of_ten_cents_add_up():
    one = charge("0.10", ServiceName="Support")
    table = costs_at_hand([one]).cross_join(ibis.range(1_000_000).unnest().name("n").as_table()).drop("n")
    from finopsnb.analysis.allocation import allocate

    config = SharedCosts.model_validate({"pools": [pool(owners=["a", "b", "c"])]})
    rows = allocate(table, config, execute_at_hand).to_pylist()
    assert sum(row["amount"] for row in rows) == Decimal("100000.00")
    assert sorted(row["amount"] for row in rows)[0] == Decimal("33333.333333333333333333")


def test_proportional_is_by_direct_cost_within_period_and_currency():
    february = {"BillingPeriodStart": "2025-02-01", "ChargePeriodStart": "2025-02-03"}
    charges = [team("a", "3"), team("b", "1"), support("8"), team("b", "5", **february), support("2", **february)]
    charges += [team("a", "1", BillingCurrency="EUR"), support("6", BillingCurrency="EUR")]
    rows = [row for row in allocated(charges, rules=BY_TEAM, pools=[pool(split="proportional")]) if row["pool"]]
    assert owners(rows, "BillingCurrency", "method") == {
        ("a", "USD", "proportional"): 6,
        ("b", "USD", "proportional"): 4,
        ("a", "EUR", "proportional"): 6,
    }


@pytest.mark.parametrize("costs", [("0", "0"), ("-1", "0"), ("-1", "-5")])
def test_a_base_of_zero_or_less_is_shared_evenly_and_says_so(costs):
    charges = [team("a", costs[0]), team("b", costs[1]), support("8")]
    rows = [row for row in allocated(charges, rules=BY_TEAM, pools=[pool(split="proportional")]) if row["pool"]]
    assert owners(rows, "method") == {("a", "proportional: even, no base"): 4, ("b", "proportional: even, no base"): 4}


def test_an_owner_below_zero_pays_nothing_and_nobody_is_paid():
    charges = [team("a", "3"), team("b", "-1"), support("8")]
    assert owners(row for row in allocated(charges, rules=BY_TEAM, pools=[pool(split="proportional")]) if row["pool"]) == {"a": 8}


def test_cost_that_nobody_could_pay_stays_in_sight():
    rows = allocated([charge("1"), support("8")], rules=BY_TEAM, pools=[pool(split="proportional")])
    assert owners(rows, "method", "pool") == {
        (UNALLOCATED, "unallocated", None): 1,
        (UNALLOCATED, "proportional: no owner", "support"): 8,
    }


def test_usage_is_by_month():
    february = {"BillingPeriodStart": "2025-02-01"}
    march = {"BillingPeriodStart": "2025-03-01"}
    lines = ["a 2025-01 2", "b 2025-01-01 1", "a 2025-02 0", "b 2025-02 0", "b 2025-01-31 1"]
    table = pa.Table.from_pylist([dict(zip(("owner", "period", "quantity"), line.split(), strict=True)) for line in lines])

    def usage(pool):
        return usage_of(ibis.memtable(table), pool.usage)

    rows = allocated([support("8"), support("4", **february), support("2", **march)], usage, pools=[pool(split="usage", usage="requests")])
    assert owners(rows, "method") == {
        ("a", "usage"): 4,
        ("b", "usage"): 4,
        ("a", "usage: even, no base"): 2,
        ("b", "usage: even, no base"): 2,
        (UNALLOCATED, "usage: no owner"): 2,
    }
    with pytest.raises(FinopsError, match="no tables at hand"):
        allocated([support("8")], pools=[pool(split="usage", usage="requests")])


def test_a_usage_table_without_its_columns():
    with pytest.raises(FinopsError, match="requests has no column quantity") as wrong:
        usage_of(ibis.memtable(pa.table({"owner": ["a"], "period": ["2025-01"], "quantities": [1]})), "requests")
    assert wrong.value.hint == "rename quantities to quantity"


def used(*lines):
    """A usage table as text: owner, period and quantity in each line."""
    rows = [dict(zip(("owner", "period", "quantity"), line.split(","), strict=True)) for line in lines]
    return lambda pool: usage_of(ibis.memtable(pa.Table.from_pylist(rows)), pool.usage)


@pytest.mark.parametrize("later", [False, True])
def test_a_usage_table_may_name_pools(later):
    pools = [pool("security", [], split="fixed", shares={"a": 100}), pool(split="usage", usage="requests")]
    given = [team("a", "1"), support("8")]
    table = used(" security ,2025-01,1", "b,2025-01,3", ",2025-01,")
    rows = allocated(given, table, rules=BY_TEAM, pools=pools[:: -1 if later else 1])
    assert owners(rows, "pool") == {("a", None): 1, ("a", "support > security"): 2, ("b", "support"): 6}


def test_a_circle_through_a_usage_table_is_named():
    pools = [pool("security", [], owners=["support"]), pool(split="usage", usage="requests")]
    with pytest.raises(FinopsError, match=r"circle: security → support → security"):
        allocated([support("8")], used("security,2025-01,1"), pools=pools)
    pools[1]["owners"] = ["b"]
    assert owners(allocated([support("8")], used("security,2025-01,1", "b,2025-01,1"), pools=pools)) == {"b": 8}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (" ,2025-01,1", "do not tell who pays"),
        ("(unallocated),2025-01,1", "do not tell who pays"),
        ("b,202501,1", "do not tell the month"),
        ("b,2025-13,1", "do not tell the month"),
        ("b,2025-01,NaN", "do not tell the quantity"),
        ("b,2025-01,many", "do not tell the quantity"),
    ],
)
def test_a_row_of_a_usage_table_that_cannot_be_used_is_quoted(line, said):
    with pytest.raises(FinopsError, match=f"1 rows of requests, by which the pool support is split, {said}") as wrong:
        allocated([support("8")], used("a,2025-01,1", line), pools=[pool(split="usage", usage="requests")])
    assert repr(line) in wrong.value.why


@pytest.mark.parametrize(
    "first", [{"split": "proportional", "owners": ["b", "c"]}, {"split": "usage", "usage": "requests"}, {"owners": ["b"]}]
)
@pytest.mark.parametrize("second", [{"split": "even"}, {"split": "proportional"}, {"split": "fixed", "shares": {"a": 100}}])
def test_pools_of_any_two_kinds_go_together(first, second):
    def usage(_):
        return usage_of(ibis.memtable(pa.table({"owner": ["b"], "period": ["2025-01"], "quantity": [3]})), "requests")

    pools = [pool("one", [{"column": "ServiceName", "exact": "One"}], **first), pool("two", **second)]
    rows = allocated([team("a", "1"), charge("4", ServiceName="One"), support("2")], usage, rules=BY_TEAM, pools=pools)
    assert {key: value for key, value in owners(rows, "pool").items() if key[1] == "two"} == {("a", "two"): 2}
    assert sum(row["amount"] for row in rows if row["pool"] == "one") == 4


def test_pools_feed_pools_and_rules_feed_pools():
    rules = [{"owner": "security", "when": [{"column": "ServiceName", "exact": "GuardDuty"}]}, *BY_TEAM]
    pools = [
        pool("security", [], split="fixed", shares={"a": 25, "b": 75}),
        pool("support", split="fixed", shares={"security": 40, "a": 60}),
    ]
    charges = [team("a", "1"), support("100"), charge("8", ServiceName="GuardDuty")]
    rows = allocated(charges, rules=rules, pools=pools)
    assert owners(rows, "pool") == {
        ("a", None): 1,
        ("a", "support"): 60,
        ("a", "support > security"): 10,
        ("b", "support > security"): 30,
        ("a", "security"): 2,
        ("b", "security"): 6,
    }


def test_the_first_pool_takes_a_charge_and_may_ask_for_its_owner():
    unknown = [{"column": "owner", "exact": UNALLOCATED}]
    pools = [pool(owners=["a"]), pool("rest", unknown, split="fixed", shares={"b": 100})]
    rows = allocated([support("1"), support("2", Tags={"team": "c"}), charge("4"), team("c", "8")], rules=BY_TEAM, pools=pools)
    assert owners(rows, "pool") == {("a", "support"): 3, ("b", "rest"): 4, ("c", None): 8}


def test_a_refund_and_a_pool_that_comes_to_nothing():
    charges = [support("10"), support("-10", ChargePeriodStart="2025-01-06"), support("-0.000000000000000001")]
    rows = allocated(charges, pools=[pool(owners=["a", "b", "c"])])
    assert sum(row["amount"] for row in rows) == Decimal("-0.000000000000000001")


@pytest.mark.parametrize(
    ("pools", "said"),
    [
        ([pool("a", owners=["b"]), pool("b", owners=["c"]), pool("c", owners=["x", "a"])], "a → b → c → a"),
        ([pool("a", owners=["a"])], "a → a"),
        ([pool("x", owners=["a"]), pool("a", owners=["b"]), pool("b", owners=["a"])], "a → b → a"),
        ([pool("a"), pool("a")], "two pools are called a"),
        ([pool(split="fixed", shares={"a": 50, "b": 40})], "add up to 90 %, not to 100 %"),
        ([pool(split="fixed", shares={"a": -1, "b": 101})], "below zero for a"),
        ([pool(split="fixed", shares={"a": 0}, unit="weights")], "all zero"),
        ([pool(split="fixed")], "has shares when it is split"),
        ([pool(shares={"a": 100})], "has shares when it is split"),
        ([pool(split="usage")], "has usage when it is split"),
        ([pool(split="fixed", shares={"a": 100}, owners=["b"])], "name its owners already"),
        ([pool(owners=["a", "a"])], "names a twice"),
        ([pool(owners=[UNALLOCATED])], "which is no owner"),
        ([pool(owners=[" "])], "no letters"),
        ([pool(split="fixed", shares={"": 100})], "no letters"),
        ([pool(split="fixed", shares={"a": 50, " a": 50})], "names a twice"),
        ([pool(" ")], "no letters"),
        ([pool(split="fixed", shares={"a": "0.1234567890123456789"}, unit="weights")], "18 decimal places"),
    ],
)
def test_pools_that_cannot_be(pools, said):
    with pytest.raises(ValidationError, match=said.replace("(", r"\(")):
        SharedCosts.model_validate({"pools": pools})


def test_the_proof_names_what_does_not_add_up():
    costs = costs_at_hand([charge("3"), charge("1", BillingCurrency="EUR")])
    rows = costs.select("BillingPeriodStart", "BillingCurrency", amount=costs.EffectiveCost)
    prove(rows, costs, "EffectiveCost", execute_at_hand)
    with pytest.raises(FinopsError, match="do not add up") as wrong:
        prove(rows.filter(rows.BillingCurrency == "USD"), costs, "EffectiveCost", execute_at_hand)
    assert "EUR: EffectiveCost 1.000000000000000000, allocated 0E-18" in wrong.value.why


# ---- whatever the rules are

services, teams = ["EC2", "S3", "Support", None], ["a", "b", "", "A", None]
keys = ["team", "Team", " TEAM", "squad", "namespace", "k8s-namespace"]
money = st.decimals(-(10**9), 10**9, places=18, allow_nan=False) | st.decimals(-100, 100, places=2, allow_nan=False)
charges = st.lists(
    st.builds(
        lambda cost, tags, **values: charge(str(cost), Tags={k: v for k, v in tags.items() if v is not None}, **values),
        money,
        st.dictionaries(st.sampled_from(keys), st.sampled_from(teams), max_size=3),
        ServiceName=st.sampled_from(services),
        BillingCurrency=st.sampled_from(["USD", "EUR", None]),
        BillingPeriodStart=st.sampled_from(["2025-01-01", "2025-02-01", None]),
        ChargePeriodStart=st.sampled_from(["2025-01-05T10:00:00Z", "2025-01-31", "2025-02-01", None]),
        ResourceId=st.sampled_from(["i-1", "i-2", None]),
        SubAccountId=st.sampled_from(["1", "2", None]),
    )
    | st.just(charge(None)),
    min_size=1,
    max_size=15,
)
asked = settings_of(
    [{"column": "ServiceName"}, {"column": "SubAccountId"}, {"tag": "team"}], ["a", "EC2", "1", "S32"], "team", ["2025-01-20", "2025-01-31"]
)
USED = {
    "used": [("a", "2025-01", 3), ("z", "2025-01-31", 1), ("a", "2025-02", 0), ("z", "2025-02", 0)],
    "fed": [("two", "2025-01", 1), ("x", "2025-01", 2)],
}


def usage_table(pool):
    rows = [dict(zip(("owner", "period", "quantity"), row, strict=True)) for row in USED[pool.usage]]
    return usage_of(ibis.memtable(pa.Table.from_pylist(rows)), pool.usage)


@pytest.mark.parametrize("part", range(4))  # so that they may run side by side
def test_allocations_add_up_to_the_costs_for_any_rules_and_pools(part):
    @seed(part)
    @given(charges, asked)
    @settings(max_examples=RULE_SETS // 4, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    def prove_it(charges, drawn):
        sums, spent = {}, {}
        for row in allocated(charges, usage_table, **drawn):
            assert row["owner"] not in {pool["name"] for pool in drawn["pools"]}
            start = row["BillingPeriodStart"]
            add(sums, (start and start.date().isoformat(), row["BillingCurrency"]), row["amount"])
        for one in charges:
            add(spent, (one["BillingPeriodStart"], one["BillingCurrency"]), one["EffectiveCost"])
        assert {key: amount for key, amount in sums.items() if amount} == {key: amount for key, amount in spent.items() if amount}

    prove_it()
