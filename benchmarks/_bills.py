"""Bills as wide as they come, made in the engine: thousands of services, hundreds of accounts, 400 days, and what plugins find in them."""

from __future__ import annotations

from typing import Any

__all__ = ["DASHBOARDS", "fill"]

#: every first-party dashboard, and options that make the most of a wide bill
DASHBOARDS: dict[str, dict[str, Any]] = {
    "cost-overview": {"months": 14, "top": 10},
    "allocation": {"months": 14},
    "ai-costs-overview": {"months": 14, "top": 9, "grain": "day"},
    "anomalies-overview": {"days": 400, "top": 30, "series": 6},
    "budgets": {"most": 20},
    "commitments-overview": {"months": 14, "grain": "day", "top": 30},
    "compliance": {"months": 14, "top": 30},
    "forecast": {"history": 400, "horizon": 366, "top": 12},
    "savings": {"top": 30},
    "executive": {"top": 30},
    "finance": {"top": 30},
    "engineering": {"top": 30},
    "product": {"top": 30},
    "finops": {"top": 30},
}

_TAGS = """insert into tag_sets select i, '', map(['team', 'env', 'application', 'cost-center'],
    ['team-' || (i % 400), ['prod', 'dev', 'test'][1 + i % 3], 'app-' || i, 'cc-' || (i % 90)]) from range(3000) r(i)"""
_COSTS = """insert into cost_rows by name with r as (
    select i, (hash(i) % 1000003)::bigint as k, (i % $days) as day from range($rows) r(i))
    select 'Provider ' || (k % 6) as ProviderName, 'service number ' || (k % $services) as ServiceName,
    'Category ' || (k % 15) as ServiceCategory, 'account-' || (k % $accounts) as SubAccountId,
    'Account ' || (k % $accounts) as SubAccountName,
    'billing-' || (k % 6) as BillingAccountId, 'region-' || (k % 40) as RegionId, 'Region ' || (k % 40) as RegionName,
    'resource-' || (k % 50000) as ResourceId, 'Resource ' || (k % 50000) as ResourceName,
    case when k % 97 = 0 then 'Credit' when k % 53 = 0 then 'Tax' else 'Usage' end as ChargeCategory,
    'Usage-Based' as ChargeFrequency, if(k % 10 < 3, 'Committed', 'Standard') as PricingCategory,
    if(k % 10 < 3, 'sp-' || (k % 300), null) as CommitmentDiscountId, if(k % 10 < 3, 'Plan ' || (k % 300), null) as CommitmentDiscountName,
    if(k % 10 < 3, if(k % 20 = 0, 'Unused', 'Used'), null) as CommitmentDiscountStatus,
    if(k % 10 < 3, 'Spend', null) as CommitmentDiscountCategory,
    if(k % $services < 40, 'Tokens', 'Hours') as ConsumedUnit, (1000 + k)::decimal(38, 18) as ConsumedQuantity,
    if(k % $services < 40, 'model-' || (k % 40), null) as SkuMeter, 'sku-' || (k % 4000) as SkuId,
    if(k % 100 < 95, 'USD', 'EUR') as BillingCurrency,
    date_trunc('month', timestamptz '2025-01-01 00:00:00+00' + interval 1 day * day) as BillingPeriodStart,
    date_trunc('month', timestamptz '2025-01-01 00:00:00+00' + interval 1 day * day) + interval 1 month as BillingPeriodEnd,
    timestamptz '2025-01-01 00:00:00+00' + interval 1 day * day as ChargePeriodStart,
    timestamptz '2025-01-01 00:00:00+00' + interval 1 day * (day + 1) as ChargePeriodEnd,
    ((k % 9973 + day) * 0.001)::decimal(38, 18) as BilledCost, ((k % 9973 + day) * 0.0009)::decimal(38, 18) as EffectiveCost,
    ((k % 9973 + day) * 0.0012)::decimal(38, 18) as ListCost, ((k % 9973 + day) * 0.001)::decimal(38, 18) as ContractedCost,
    (k % 3000)::int as _tag_id, 1 as _run_id from r"""
_ALLOCATIONS = """insert into allocations by name select 1 as run_id, 'tag-rules' as plugin,
    if(i % 50 = 0, '(unallocated)', 'team-' || (i % 400)) as owner, case when i % 4 = 0 then 'pool' else 'tag' end as method,
    if(i % 4 = 0, 'pool-' || (i % 60), null) as pool, 'rule-' || (i % 200) as rule, 'EffectiveCost' as metric, 'USD' as BillingCurrency,
    timestamptz '2025-01-01 00:00:00+00' + interval 1 day * (i % $days) as ChargePeriodStart,
    timestamptz '2025-01-01 00:00:00+00' + interval 1 day * (i % $days + 1) as ChargePeriodEnd,
    date_trunc('month', timestamptz '2025-01-01 00:00:00+00' + interval 1 day * (i % $days)) as BillingPeriodStart,
    'service number ' || (i % $services) as ServiceName, (i % 977 * 0.01)::decimal(38, 18) as amount from range(200000) r(i)"""
_RECOMMENDATIONS = """insert into recommendations by name select 1 as run_id, if(i % 2 = 0, 'anomalies', 'idle-resources') as plugin,
    'id-' || i as recommendation_id, if(i % 2 = 0, 'anomaly', 'waste') as category, 'Something about service number ' || i as title,
    'resource-' || i as ResourceId, 'Resource ' || i as ResourceName, 'service number ' || (i % $services) as ServiceName,
    if(i % 2 = 0, null, (i % 700)::decimal(38, 18)) as monthly_saving, 'USD' as BillingCurrency, 0.8 as confidence,
    ['open', 'accepted', 'implemented', 'dismissed'][1 + (i // 2) % 4] as status, timestamptz '2025-06-01 00:00:00+00' as created_at,
    if((i // 2) % 4 = 2, timestamptz '2025-09-01 00:00:00+00', null) as implemented_at,
    if(i % 2 = 0, json_object('kind', 'spike', 'start', (date '2025-12-01' + (i % 40)::int)::varchar,
    'end', (date '2025-12-03' + (i % 40)::int)::varchar, 'expected', '10.5', 'actual', (10 + i)::varchar,
    'series', [json_object('service', 'service number ' || (i % $services), 'impact', i::varchar)],
    'drivers', [json_object('value', 'resource-' || i)])::varchar, '{}') as evidence from range(3000) r(i)"""
_VIOLATIONS = """insert into violations by name select 1 as run_id, 'tag-compliance' as plugin, 'v-' || i as violation_id,
    'policy ' || (i % 40) as policy, 'rule ' || (i % 120) as rule, ['low', 'medium', 'high', 'critical'][1 + i % 4] as severity,
    'resource-' || (i % 4000) as ResourceId, 'account-' || (i % $accounts) as SubAccountId, 'a message' as message,
    (i % 300)::decimal(38, 18) as cost, 'USD' as BillingCurrency, 'open' as status, timestamptz '2025-06-01 00:00:00+00' as first_seen,
    timestamptz '2025-12-01 00:00:00+00' as last_seen from range(10000) r(i)"""
_BUDGETS = """insert into budgets by name select 'budget of ' || i as budget, 'team-' || i as owner,
    timestamptz '2025-01-01 00:00:00+00' as period_start, timestamptz '2026-03-01 00:00:00+00' as period_end,
    (20000 + i)::decimal(38, 18) as amount, 'USD' as BillingCurrency, '[0.5, 0.8, 0.95, 1.0]' as thresholds from range(60) r(i)"""


def fill(session: Any, rows: int, services: int = 2_000, accounts: int = 500, days: int = 400) -> None:
    """Put such a bill and what plugins found in it straight into the tables of an open session."""
    connection = session._store._database.con
    given = {"rows": rows, "services": services, "accounts": accounts, "days": days}
    for statement in (_TAGS, _COSTS, _ALLOCATIONS, _RECOMMENDATIONS, _VIOLATIONS, _BUDGETS):
        connection.execute(statement, {name: value for name, value in given.items() if f"${name}" in statement})
