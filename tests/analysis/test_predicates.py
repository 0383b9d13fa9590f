"""Conditions in SQL that are read, and those that are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pytest

from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.predicates import check_predicate, predicate
from finopsnb.errors import FinopsError
from tests.analysis.allocating import charge

COSTS = costs_at_hand(
    [
        charge("1", ResourceId="a", Tags={"Team": "web"}, RegionId="eu-west-1"),
        charge("20.5", ResourceId="b", ServiceName="S3", RegionId="us-east-1"),
        charge("-3", ResourceId="c", ChargePeriodStart="2025-02-01T00:00:00Z", x_own="100%_it's"),
    ]
)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("ServiceName = 'EC2'", "ac"),
        ("EffectiveCost > 20.4", "b"),
        ("EffectiveCost between 0 and 1", "a"),
        ("abs(EffectiveCost) >= 3 and EffectiveCost * 2 + 1 < -4", "c"),
        ("-EffectiveCost = 3", "c"),
        ("Tags['team'] = 'web'", "a"),
        ("Tags['team'] is null", "bc"),
        ("not Tags['team'] = 'data'", "a"),
        ("Tags['team'] <> 'web'", ""),
        ("RegionId in ('eu-west-1', 'us-east-1')", "ab"),
        ("RegionId not in ('eu-west-1')", "b"),
        ("RegionId is not null and (ServiceName = 'S3' or ServiceName = 'EC2')", "ab"),
        ("RegionId like 'eu-%'", "a"),
        ("upper(RegionId) ilike 'US-%'", "b"),
        ("ChargePeriodStart >= date '2025-02-01'", "c"),
        ("ChargePeriodStart < '2025-01-05T13:30:00+01:00'", ""),
        ("ChargePeriodStart between '2025-01-05' and '2025-01-31'", "ab"),
        ("x_own = '100%_it''s'", "c"),
        ("RegionId not like 'eu-%'", "b"),
        ("RegionId not ilike 'US-%' and not RegionId not like 'eu%'", "a"),
        ("EffectiveCost * EffectiveCost > 1", "bc"),
        ("EffectiveCost * EffectiveCost * EffectiveCost * 1000000000000 > 1e12", "b"),
        ("EffectiveCost * 1.150000001 * 99999999999999999999 > 1", "ab"),
        ("EffectiveCost * 0.1 = 2.05", "b"),
        ("EffectiveCost * (-2) = 6", "c"),
        ("EffectiveCost < 99999999999999999999.999999999999999999", "abc"),
        ("EffectiveCost in (1, 20.5)", "ab"),
        ("EffectiveCost < 20.5004 and EffectiveCost > 20.4996", "b"),
        ("EffectiveCost = 1.000000000000000001", ""),
        (" and ".join(["ServiceName = 'S3'"] * 90), "b"),
        ("true", "abc"),
    ],
)
def test_a_condition_chooses_the_rows_that_it_chooses_in_sql(text, chosen):
    rows = execute_at_hand(COSTS.filter(predicate(COSTS, text)))
    assert "".join(sorted(rows["ResourceId"].to_pylist())) == chosen
    assert check_predicate(text) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Servicename = 'S3'", "did you mean ServiceName"),
        ("costs.ServiceName = 'S3'", "no column"),
        ("ResourceId in (select ResourceId from costs)", "not allowed"),
        ("ResourceId in ()", "list of values"),
        ("EffectiveCost > (select 1)", "not allowed"),
        ("exists (select 1)", "not allowed"),
        ("read_text('/etc/passwd') = ''", "not allowed"),
        ("ServiceName = 'a'; drop table costs", "one condition"),
        ("select 1", "not allowed"),
        ("EffectiveCost", "not true or false"),
        ("ServiceName > ", "cannot|not a condition"),
        ("Tags = 'web'", "not a condition"),
        ("ServiceName['a'] = 'b'", "key of a tag"),
        ("Tags[ServiceName] = 'b'", "key of a tag"),
        ("ServiceName like RegionId", "pattern is a text"),
        ("cast(ServiceName as int) = 1", "not allowed"),
        ("ChargePeriodStart > 'yesterday'", "not a time"),
        ("EffectiveCost / 0 > 1", "not allowed"),
        ("sum(EffectiveCost) > 1", "not allowed"),
        ("x_own = ?", "not allowed"),
        ("", "one condition"),
        ("EffectiveCost between symmetric 5 and 0", "not allowed"),
        ("RegionId like 'eu!-%' escape '!'", "not allowed"),
        ("ServiceName in ('EC2', 5)", "do not fit together"),
        ("EffectiveCost in (1, 'a')", "do not fit together"),
        ("ServiceName * 2 = 'EC2EC2'", "not of numbers"),
        ("EffectiveCost like '1%'", "not a text"),
        ("costs.Tags['team'] = 'web'", "key of a tag"),
        ("EffectiveCost > 1e", "not a number"),
        ("EffectiveCost > 1e400", "more than 20 digits"),
        ("EffectiveCost > 1e-19", "more than 20 digits"),
        ("EffectiveCost > " + "9" * 41, "more than 20 digits"),
        ("(" * 60 + "true" + ")" * 60, "deep within each other"),
        (" and ".join(["true"] * 3000), "deep within each other"),
        ("not " * 2000 + "true", "deep within each other"),
    ],
)
def test_anything_else_is_refused(text, said):
    with pytest.raises(FinopsError, match=said):
        predicate(COSTS, text)
    with pytest.raises(ValueError, match=said):
        check_predicate(text)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("x_discount > 5", "a"),
        ("x_flag", "a"),
        ("not x_flag and x_discount * 2 <= 3", "b"),
        ("x_at >= '2026-01-02' and x_flag = false", "b"),
        ("x_note like 'a%' and x_discount between 7 and 8", "a"),
    ],
)
def test_own_columns_have_the_types_that_they_have_when_it_runs(text, chosen):
    times = pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)], pa.timestamp("us", "UTC"))
    own = {"x_discount": [7.5, 1.5], "x_flag": [True, False], "x_note": ["ab", "b"], "x_at": times}
    table = ibis.memtable(pa.table({"ResourceId": ["a", "b"], **own}))
    assert check_predicate(text) == text
    assert "".join(execute_at_hand(table.filter(predicate(table, text)))["ResourceId"].to_pylist()) == chosen


def test_own_columns_that_do_not_fit_are_refused_when_it_runs():
    table = ibis.memtable(pa.table({"x_discount": ["7.5"]}))
    with pytest.raises(FinopsError, match="do not fit together"):
        predicate(table, check_predicate("x_discount > 5"))
    with pytest.raises(ValueError, match="do not fit together"):
        check_predicate("x_discount > 5 and lower(x_discount) = 'a'")
    many = " and ".join(f"x_{number} > {number}" for number in range(6)) + " and x_note = 'a'"
    assert check_predicate(many) == many
