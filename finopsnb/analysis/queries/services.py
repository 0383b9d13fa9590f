"""What services cost: by category, region, zone, sub account, resource and period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import ratio, summed, with_previous
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

_ACCOUNT = ("ServiceProviderName", "BillingAccountId", "BillingAccountName")
_SPENDING = "BilledCost BillingAccountId BillingAccountName BillingPeriodStart ServiceCategory ServiceName ServiceProviderName"


@query(
    "costs-service-category",
    "Report costs by service category",
    "1.0-1.4",
    "BilledCost ServiceCategory ServiceProviderName",
    period="billing",
    order="BillingPeriodStart -BilledCost",
)
def by_category(costs: ir.Table) -> ir.Table:
    """What each provider billed per billing period and service category."""
    return summed(costs, "BillingPeriodStart", "ServiceProviderName", "ServiceCategory")


@query(
    "report-costs-by-service-category-and-subcategory",
    "Report costs by service category and subcategory",
    "1.1-1.4",
    "BilledCost ServiceCategory ServiceProviderName ServiceSubcategory",
    period="billing",
    order="BillingPeriodStart -BilledCost",
)
def by_subcategory(costs: ir.Table) -> ir.Table:
    """What each provider billed per billing period, service category and subcategory."""
    return summed(costs, "BillingPeriodStart", "ServiceProviderName", "ServiceCategory", "ServiceSubcategory")


@query(
    "costs-service-name",
    "Analyze costs by service name",
    "1.0-1.4",
    "BilledCost EffectiveCost ServiceName ServiceProviderName SubAccountId SubAccountName",
    period="billing",
    order="BillingPeriodStart",
)
def by_service(costs: ir.Table) -> ir.Table:
    """What each service was billed and cost, amortised, per billing period and sub account; name one by ``service``."""
    names = ("ServiceProviderName", "SubAccountId", "SubAccountName", "ServiceName")
    return summed(costs, "BillingPeriodStart", *names, of=("BilledCost", "EffectiveCost"))


@query(
    "report-spending-across-billing-periods-for-a-service-provider-by-service-category",
    "Report spending across billing periods for a service provider by service category",
    "1.3-1.4",
    _SPENDING,
    order="BillingPeriodStart -BilledCost",
)
@query(
    "report-spending-across-billing-periods-by-service-category",
    "Report spending across billing periods for a provider by service category",
    "1.0-1.2",
    _SPENDING,
    order="BillingPeriodStart -BilledCost",
)
def spending(costs: ir.Table) -> ir.Table:
    """What each billing account was billed per billing period, service category and service; name a ``provider`` to keep one."""
    return summed(costs, "BillingPeriodStart", *_ACCOUNT, "ServiceCategory", "ServiceName")


@query(
    "service-costs-month-over-month",
    "Analyze service costs month over month",
    "1.0-1.4",
    "EffectiveCost ServiceName ServiceProviderName",
    order="period -EffectiveCost",
)
def month_over_month(costs: ir.Table) -> ir.Table:
    """What each service cost per month of the charges, and how that changed from the month before.

    A month in which a service cost nothing has no row; the one after it has the previous cost 0.
    """
    return with_previous(
        summed(costs, "ServiceProviderName", "ServiceName", of=("EffectiveCost",), grain="month"), "EffectiveCost", "period"
    )


@query(
    "service-costs-subaccount",
    "Analyze service costs by subaccount",
    "1.0-1.4",
    "EffectiveCost ServiceName SubAccountId SubAccountName",
    essential="SubAccountId",
    order="-EffectiveCost",
)
def by_sub_account(costs: ir.Table) -> ir.Table:
    """What each service cost in each sub account, the most expensive first."""
    return summed(costs, "SubAccountId", "SubAccountName", "ServiceName", of=("EffectiveCost",))


@query(
    "report-service-costs-by-providers-subaccount",
    "Report service costs by providers subaccount",
    "1.0-1.4",
    "ChargePeriodStart EffectiveCost ServiceName ServiceProviderName SubAccountId",
    essential="SubAccountId",
    period="billing",
    order="period",
)
def by_provider_and_sub_account(costs: ir.Table, *, grain: str = "day") -> ir.Table:
    """What each service cost over time in the sub accounts of each provider; keep one by ``sub_account`` and ``provider``."""
    return summed(costs, "ServiceProviderName", "SubAccountId", "ServiceName", of=("EffectiveCost",), grain=grain)


@query(
    "analyze-service-costs-by-region",
    "Analyze service costs by region",
    "1.0-1.4",
    "EffectiveCost RegionId ServiceName ServiceProviderName",
    essential="RegionId",
    order="period -EffectiveCost",
)
def by_region(costs: ir.Table, *, grain: str = "month") -> ir.Table:
    """What each service cost by region over time; RegionId is null for charges that have no region."""
    return summed(costs, "ServiceProviderName", "RegionId", "ServiceName", of=("EffectiveCost",), grain=grain)


@query(
    "costs-by-availability-zone",
    "Analyze costs by availability zone for a subaccount",
    "1.0-1.4",
    "AvailabilityZone BillingPeriodStart EffectiveCost RegionName ServiceProviderName SubAccountId",
    essential="AvailabilityZone SubAccountId",
    order="SubAccountId BillingPeriodStart",
)
def by_zone(costs: ir.Table) -> ir.Table:
    """What each sub account cost per billing period, region and availability zone; keep one by ``sub_account``."""
    names = ("ServiceProviderName", "SubAccountId", "RegionName", "AvailabilityZone", "BillingPeriodStart")
    return summed(costs, *names, of=("EffectiveCost",))


@query(
    "report-subaccount-regions",
    "Report subaccounts by region",
    "1.0-1.4",
    "RegionId RegionName ServiceProviderName SubAccountId",
    essential="RegionId SubAccountId",
    currency="",
)
def sub_account_regions(costs: ir.Table) -> ir.Table:
    """The regions in which each sub account has charges, and how many."""
    names = ("ServiceProviderName", "SubAccountId", "RegionId", "RegionName")
    return summed(costs, *names, of=(), currency="", charges=costs.count())


@query(
    "effective-cost-compute",
    "Report effective cost of compute",
    "1.0-1.4",
    "CommitmentDiscountType EffectiveCost ServiceCategory ServiceName ServiceProviderName SubAccountId SubAccountName",
    period="billing",
    order="BillingPeriodStart",
)
def compute(costs: ir.Table) -> ir.Table:
    """What compute cost, amortised, per billing period, service, sub account and kind of commitment (null without one)."""
    rows = costs.filter(costs.ServiceCategory == "Compute")
    names = ("ServiceProviderName", "ServiceName", "SubAccountId", "SubAccountName", "CommitmentDiscountType")
    return summed(rows, "BillingPeriodStart", *names, of=("EffectiveCost",))


@query(
    "cost-compute-subaccount",
    "Analyze cost per compute service for a subaccount",
    "1.0-1.4",
    "EffectiveCost PricingQuantity PricingUnit ResourceId ResourceName ServiceCategory ServiceName SubAccountId",
    essential="PricingQuantity SubAccountId",
    order="-EffectiveCost",
)
def compute_resources(costs: ir.Table) -> ir.Table:
    """What the compute resources of a sub account cost, how much of them, and per unit: ``rate``; keep one by ``sub_account``.

    Each PricingUnit has a row of its own: quantities in different units are not added.
    """
    rows = costs.filter(costs.ServiceCategory == "Compute")
    names = ("SubAccountId", "ServiceName", "ResourceId", "ResourceName", "PricingUnit")
    sums = summed(rows, *names, of=("PricingQuantity", "EffectiveCost"))
    return sums.mutate(rate=ratio(sums.EffectiveCost, sums.PricingQuantity))


@query(
    "resource-component-costs",
    "Analyze costs of components of a resource",
    "1.0-1.4",
    "ChargeDescription EffectiveCost ResourceId ResourceName ResourceType SkuId",
    essential="ResourceId",
    order="-EffectiveCost",
)
def resource_components(costs: ir.Table) -> ir.Table:
    """What the parts of a resource cost, by SKU and description; name it by ``resource``. Charges without a resource are left out."""
    named = costs.filter(costs.ResourceId.notnull())
    return summed(named, "ResourceId", "ResourceName", "ResourceType", "SkuId", "ChargeDescription", of=("EffectiveCost",))
