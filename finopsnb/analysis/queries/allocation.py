"""Whose cost it is: by application tag, by tag coverage, and by the provider's own split cost allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.coverage import coverage
from finopsnb.analysis.queries.parts import of_category, summed, tagged, with_previous
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "allocate-application-multi-currency",
    "Allocate multi-currency charges per application",
    "1.0-1.4",
    "BilledCost BillingAccountId BillingAccountName ServiceProviderName Tags",
    essential="Tags",
    period="billing",
)
def application_by_currency(costs: ir.Table, *, tag: str = "application") -> ir.Table:
    """What each application was billed by provider and billing account, in each currency by itself.

    ``application`` is the value of the tag, null for charges without it, so that the rows add up to the bill.
    """
    return tagged(costs, tag, "ServiceProviderName", "BillingAccountId", "BillingAccountName", of="BilledCost")


@query(
    "application-cost",
    "Report application cost month over month",
    "1.0-1.4",
    "BillingPeriodStart EffectiveCost ServiceName Tags",
    essential="Tags",
    order="application ServiceName BillingCurrency BillingPeriodStart",
)
def application_cost(costs: ir.Table, *, tag: str = "application") -> ir.Table:
    """What each application cost per billing period and service, amortised, and how that changed from the month before."""
    return with_previous(tagged(costs, tag, "ServiceName", "BillingPeriodStart", of="EffectiveCost"), "EffectiveCost", "BillingPeriodStart")


@query(
    "analyze-tag-coverage",
    "Analyze tag coverage",
    "1.0-1.4",
    "EffectiveCost ServiceProviderName Tags",
    essential="Tags",
)
def tag_coverage(costs: ir.Table, *, tag: str = "application", metric: str = "EffectiveCost") -> ir.Table:
    """How much of the positive cost of each provider carries the tag: cost, tagged, and coverage from 0 to 1.

    Credits and refunds are left out on both sides, so that coverage is never more than 1.
    """
    return coverage(costs, tag, by=("provider",), metric=metric).rename(ServiceProviderName="provider")


@query(
    "analyze-total-cost-by-allocated-resource",
    "Analyze total cost by allocated resource",
    "1.3-1.4",
    "AllocatedMethodId AllocatedResourceId AllocatedResourceName ChargeCategory EffectiveCost ResourceId",
    essential="AllocatedMethodId AllocatedResourceId",
    order="-EffectiveCost",
)
def cost_by_allocated_resource(costs: ir.Table) -> ir.Table:
    """What the provider's split cost allocation gave each AllocatedResourceId, from which ResourceId, in how many charges."""
    usage = of_category(costs, "Usage")
    shared = usage.filter(usage.AllocatedMethodId.notnull(), usage.AllocatedResourceId.notnull())
    names = ("AllocatedResourceId", "AllocatedResourceName", "ResourceId")
    return summed(shared, *names, of=("EffectiveCost",), charges=shared.count())


@query(
    "identify-resources-with-shared-cost-allocation",
    "Identify resources with shared cost allocation",
    "1.3-1.4",
    "AllocatedMethodId ChargeCategory ResourceId ResourceName",
    essential="AllocatedMethodId",
    order="ResourceId",
    currency="",
)
def shared_resources(costs: ir.Table) -> ir.Table:
    """The resources whose cost the provider splits, the method of each, and in how many charges."""
    usage = of_category(costs, "Usage")
    shared = usage.filter(usage.AllocatedMethodId.notnull())
    return summed(shared, "ResourceId", "ResourceName", "AllocatedMethodId", of=(), currency="", charges=shared.count())
