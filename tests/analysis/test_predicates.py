"""Conditions in SQL that are read, and those that are refused."""

from __future__ import annotations

import pytest

from finopsnb.analysis.allocation import costs_at_hand, execute_at_hand
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
        ("ResourceId in (select ResourceId from costs)", "list of values"),
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
    ],
)
def test_anything_else_is_refused(text, said):
    with pytest.raises(FinopsError, match=said):
        predicate(COSTS, text)
    with pytest.raises(ValueError, match=said):
        check_predicate(text)
