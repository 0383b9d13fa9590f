"""Days on which a sub account cost much more, or less, than it usually does.

A first look with means and deviations. The plugin ``anomalies`` knows weeks, months and trends, and explains what it finds.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import of_category, summed, within
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

#: so many days with cost are needed before anything is usual
_LEAST = 7


@query(
    "daily-anomaly-subaccount",
    "Identify anomalous daily spending by subaccount",
    "1.0-1.4",
    "ChargeCategory ChargePeriodStart EffectiveCost ServiceProviderName SubAccountId",
    essential="SubAccountId",
    period="",
    order="period",
)
def by_sub_account(
    costs: ir.Table, *, start: datetime | None = None, end: datetime | None = None, days: int = 28, threshold: Decimal = Decimal(3)
) -> ir.Table:
    """The days on which the usage of a sub account cost unusually much or little, by provider.

    ``usual`` is the mean and ``deviation`` the standard deviation of the days with cost among the ``days`` before, also of those
    before start; ``score`` says how many deviations the day is off. Days after fewer than 7 such days are not judged, nor
    days of a series that never varied. Purchases, taxes and credits are left out.
    """
    return _unusual(costs, ("ServiceProviderName", "SubAccountId"), start, end, days, threshold)


@query(
    "daily-anomaly-region",
    "Identify anomalous daily spending by subaccount and region",
    "1.0-1.4",
    "ChargeCategory ChargePeriodStart EffectiveCost RegionId RegionName ServiceProviderName SubAccountId",
    essential="SubAccountId RegionId",
    period="",
    order="period",
)
def by_region(
    costs: ir.Table, *, start: datetime | None = None, end: datetime | None = None, days: int = 28, threshold: Decimal = Decimal(3)
) -> ir.Table:
    """The days on which the usage of a sub account in a region cost unusually much or little; as daily-anomaly-subaccount."""
    return _unusual(costs, ("ServiceProviderName", "SubAccountId", "RegionId", "RegionName"), start, end, days, threshold)


@query(
    "daily-anomaly-services",
    "Identify anomalous daily spending by subaccount, region, and service",
    "1.0-1.4",
    "ChargeCategory ChargePeriodStart EffectiveCost RegionId RegionName ServiceName ServiceProviderName SubAccountId",
    essential="SubAccountId RegionId",
    period="",
    order="period",
)
def by_service(
    costs: ir.Table, *, start: datetime | None = None, end: datetime | None = None, days: int = 28, threshold: Decimal = Decimal(3)
) -> ir.Table:
    """The days on which a service in a sub account and region cost unusually much or little; as daily-anomaly-subaccount."""
    names = ("ServiceProviderName", "SubAccountId", "RegionId", "RegionName", "ServiceName")
    return _unusual(costs, names, start, end, days, threshold)


def _unusual(
    costs: ir.Table, names: tuple[str, ...], start: datetime | None, end: datetime | None, days: int, threshold: Decimal
) -> ir.Table:
    import ibis

    daily = summed(within(of_category(costs, "Usage"), "ChargePeriodStart", None, end), *names, of=("EffectiveCost",), grain="day")
    before = ibis.window(
        group_by=[*names, "BillingCurrency"],
        order_by="period",
        range=(-ibis.interval(days=days), -ibis.interval(days=1)),
    )
    cost = daily.EffectiveCost.cast("float64")
    judged = daily.mutate(
        known=daily.count().over(before), usual=cost.mean().over(before), deviation=cost.std(how="sample").over(before), cost=cost
    )
    scored = judged.mutate(score=(judged.cost - judged.usual) / judged.deviation.nullif(0))
    told = scored.filter(scored.score.abs() >= float(threshold), scored.known >= _LEAST) if threshold else scored
    dated = told.filter(told.period >= start.date()) if start else told
    return dated.drop("known", "cost")
