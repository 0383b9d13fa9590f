"""What of savings counts, and what was realised."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.recommendations import PIPELINE, pipeline
from finopsnb.analysis.recommendations.overlapping import beyond
from finopsnb.store.schema import TABLES

D = Decimal
TYPES = {"monthly_saving": pa.decimal128(38, 18), "annual_saving": pa.decimal128(38, 18)}
TYPES |= dict.fromkeys(("created_at", "decided_at", "implemented_at"), pa.timestamp("us", tz="UTC"))
TYPES |= {"run_id": pa.int64(), "confidence": pa.float64()}
FIRST = date(2026, 1, 1)
GIVEN_UP = ("dismissed", "resolved", "expected")


def recommendations(*rows):
    rows = [{"plugin": "p", "status": "open", "BillingCurrency": "USD", "recommendation_id": f"r{n}", **row} for n, row in enumerate(rows)]
    columns = {name: pa.array([row.get(name) for row in rows], TYPES.get(name, pa.string())) for name in TABLES["recommendations"].columns}
    return ibis.memtable(pa.table(columns))


def costs(by_day, resource="i-1", currency="USD"):
    """The cost of each day from FIRST on."""
    rows = [
        {
            "ResourceId": resource,
            "EffectiveCost": cost,
            "BillingCurrency": currency,
            "ChargeCategory": "Usage",
            "ChargePeriodStart": (FIRST + timedelta(days=n)).isoformat(),
        }
        for n, cost in enumerate(by_day)
        if cost is not None
    ]
    return costs_at_hand(rows)


def told(*rows, spent=()):
    table = pipeline(recommendations(*rows), costs(spent), execute_at_hand)
    assert table.column_names == list(PIPELINE)
    return {row["recommendation_id"]: row for row in table.to_pylist()}


def counted(*rows):
    return [one["counted_saving"] for _, one in sorted(told(*rows).items())]


def rec(saving, resource="i-1", **more):
    return {"ResourceId": resource, "monthly_saving": None if saving is None else D(saving), **more}


def test_of_several_on_one_resource_the_largest_counts():
    assert counted(rec(10), rec(30), rec(20), rec(5, "i-2")) == [0, 30, 0, 5]
    assert counted(rec(10), rec(10)) == [10, 0], "of equal ones the first"
    assert counted(rec(10), rec(30, BillingCurrency="EUR")) == [10, 30], "currencies do not meet"
    assert counted(rec(10), rec(30, status="dismissed"), rec(40, status="resolved"), rec(None)) == [10, 0, 0, None]
    assert counted(rec(10), rec(30, status="accepted"), rec(20, status="implemented")) == [0, 10, 20], "30 was found before that"
    assert counted(rec(10, None), rec(30, None)) == [10, 30], "nothing says that they are about one thing"


def on(cost, saving, status="open", day=None, **more):
    """Of a resource whose month costs so much."""
    at = None if day is None else datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(days=day)
    return rec(saving, status=status, implemented_at=at, evidence=json.dumps({"monthly_cost": str(cost)}), **more)


def test_beside_what_is_implemented_only_what_lies_beyond_it_counts():
    done = on(100, 50, "implemented", 10)
    assert counted(done, on(100, 80), on(100, 70, "accepted")) == [50, 30, 0], "both were found on costs from before"
    assert counted(done, on(50, 40)) == [50, 40], "found on later costs"
    assert counted(done, on(75, 40)) == [50, 15], "of 75 the first 25 are saved already"
    assert counted(done, on(100, 30)) == [50, 0]
    assert counted(done, on(200, 160)) == [50, 110], "it has grown since"
    assert counted(on(50, 25, "implemented", 20), done) == [25, 50], "one after the other"
    assert counted(on(100, 80, "implemented", 20), done) == [30, 50]
    assert counted(done, on(100, 80, BillingCurrency="EUR"), on(100, 80, ResourceId="i-2")) == [50, 80, 80]
    assert counted(done, on(100, 80, "dismissed"), rec(None)) == [50, 0, None]


def test_a_commitment_counts_on_what_is_left_where_something_is_implemented():
    place = {"ServiceName": "EC2"}
    rows = [on(100, 50, "implemented", 10, **place), on(50, 40, **place), on(100, 60, **place), commitment(30, "100")]
    assert counted(*rows) == [50, 40, 0, 18]
    assert counted(rows[0], on(100, 60, **place), on(60, 55, **place), commitment(30, "100")) == [50, 0, 45, D("16.5")]


STATES = st.sampled_from(("open", "accepted", "acknowledged", "dismissed", "resolved", "expected", "implemented"))
FINDINGS = st.tuples(st.integers(0, 100), st.integers(0, 100), STATES, st.integers(0, 5) | st.none(), st.booleans())


@given(st.lists(FINDINGS, max_size=6))
@settings(max_examples=200, deadline=None)
def test_what_counts_on_a_resource_is_never_more_than_it_costs(findings):
    rows = [
        on(max(one, two), min(one, two), state, day, plugin="p", recommendation_id=f"r{n}") | ({} if told else {"evidence": None})
        for n, (one, two, state, day, told) in enumerate(findings)
    ]
    # as begun() chooses them
    rows = [row | {"BillingCurrency": "USD"} for row in rows if row["monthly_saving"] > 0 and row["status"] not in GIVEN_UP]
    found = beyond(rows)
    assert set(found) == {("p", row["recommendation_id"]) for row in rows}
    assert all(0 <= found["p", row["recommendation_id"]] <= row["monthly_saving"] for row in rows)
    assert sum(found.values()) <= max((max(one, two) for one, two, *_ in findings), default=0)


def commitment(saving, cost, **more):
    evidence = json.dumps({"monthly_cost": cost} | more.pop("evidence", {}))
    return rec(saving, None, category="commitments", ServiceName="EC2", evidence=evidence, **more)


def test_a_commitment_counts_on_what_others_leave_of_its_cost():
    there, elsewhere = {"ServiceName": "EC2", "RegionId": "eu"}, {"ServiceName": "S3"}
    assert counted(commitment(30, "100"), rec(40, **there), rec(10, **there), rec(50, "b", **elsewhere)) == [18, 40, 0, 50]
    assert counted(commitment(30, "100", RegionId="us"), rec(40, **there)) == [30, 40]
    assert counted(commitment(30, "100"), rec(400, **there)) == [0, 400]
    assert counted(commitment(30, "100", evidence={"scope": {"family": "m5"}}), rec(40, **there)) == [18, 40]
    assert counted(rec(30, None, category="commitment", evidence="no json"), rec(40)) == [30, 40]


def test_of_commitments_about_the_same_the_largest_counts():
    assert counted(commitment(30, "100"), commitment(35, "100"), commitment(5, "100", RegionId="eu")) == [0, 35, 0]
    families = [commitment(saving, "100", evidence={"scope": {"family": name}}) for saving, name in ((30, "m5"), (20, "r5"))]
    assert counted(*families) == [30, 20]


@pytest.mark.parametrize("told", ['{"cost": "720", "days": 30}', '{"monthly_cost": "730"}'])
def test_what_a_month_of_a_scope_costs_is_told_by_evidence(told):
    row = rec(73, None, category="commitments", evidence=told)
    assert counted(row, rec(365)) == [D("36.5"), 365]


@pytest.mark.parametrize(
    "told", ["no json", "[]", "{}", '{"cost": "x", "days": 1}', '{"cost": "1", "days": 0}', '{"cost": 1, "days": null}']
)
def test_evidence_that_does_not_tell_takes_nothing_away(told):
    assert counted(rec(73, None, category="commitments", evidence=told), rec(365)) == [73, 365]


def done(day, **more):
    return rec(1, status="implemented", implemented_at=datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(days=day), **more)


def test_the_realised_saving_is_exact_and_by_day():
    row = told(done(40), spent=["10"] * 40 + ["4"] * 7)["r0"]
    assert (row["realised_saving"], row["realised_days"]) == (D(42), 7)
    assert row["realised_monthly"] == D("182.5")
    third = told(done(3), spent=["1", "1", "1.000000000000000001"] + ["0"] * 8)["r0"]
    assert third["realised_saving"] == D("8.000000000000000003"), "8 of 3.000000000000000001 / 3, rounded at the last digit"


def test_only_thirty_days_before_count_and_a_younger_resource_is_known_by_fewer():
    assert told(done(40), spent=["1000"] * 10 + ["10"] * 30 + ["4"] * 10)["r0"]["realised_saving"] == 60
    assert told(done(10), spent=[None] * 5 + ["10"] * 5 + ["4"] * 10)["r0"]["realised_saving"] == 60
    assert told(done(10), spent=["10"] * 5 + [None] * 5 + ["0"] * 10)["r0"]["realised_saving"] == 50, "a day without a row cost nothing"


def test_what_is_deleted_saves_until_the_last_day_of_the_bill():
    spent = costs(["10"] * 10).union(costs(["1"] * 20, "other"))
    row = pipeline(recommendations(done(10)), spent, execute_at_hand).to_pylist()[0]
    assert (row["realised_saving"], row["realised_days"]) == (100, 10)


def test_a_change_within_a_day_counts_from_the_next_one():
    row = told(done(10.5), spent=["10"] * 10 + ["7"] + ["4"] * 7)["r0"]
    assert (row["realised_saving"], row["realised_days"]) == (42, 7)


@pytest.mark.parametrize(
    ("rows", "spent", "said"),
    [
        ([done(10)], ["10"] * 16, "6 complete days"),
        ([done(10)], ["10"] * 5, "0 complete days"),
        ([done(10, BillingCurrency="EUR")], ["10"] * 30, "no costs of its resource"),
        ([done(0)], ["10"] * 30, "no costs of its resource"),
        ([done(5) | {"ResourceId": None}], ["10"] * 30, "no resource"),
        ([done(5), done(8)], ["10"] * 30, ""),
    ],
)
def test_what_cannot_be_told_yet_says_why(rows, spent, said):
    last = list(told(*rows, spent=spent).values())[-1] if said else told(*rows, spent=spent)["r1"]
    assert (last["realised_saving"], last["realised_monthly"]) == (None, None)
    assert (said or "together with r0") in last["realised_note"]


def test_without_anything_there_is_nothing():
    assert told() == {}
