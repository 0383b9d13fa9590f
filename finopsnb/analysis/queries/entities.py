"""Who takes part: whose service, on whose infrastructure, through which marketplace, on whose invoice, for which account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finopsnb.analysis.queries.parts import of_category, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

_ENTITIES = "HostProviderName InvoiceIssuerName ProviderName PublisherName ServiceProviderName"


@query(
    "analyze-cost-by-participating-entities",
    "Analyze cost by participating entities",
    "1.3-1.4",
    "BilledCost BillingPeriodEnd BillingPeriodStart HostProviderName InvoiceIssuerName ServiceName ServiceProviderName",
    essential="HostProviderName",
    period="billing",
    order="BillingPeriodStart -BilledCost",
)
def cost_by_entities(costs: ir.Table) -> ir.Table:
    """What was billed per billing period, by provider, issuer of the invoice, host and service."""
    names = ("ServiceProviderName", "InvoiceIssuerName", "HostProviderName", "ServiceName")
    return summed(costs, "BillingPeriodStart", "BillingPeriodEnd", *names)


@query(
    "marketplace-vendors-costs",
    "Analyze marketplace vendors costs",
    "1.0-1.4",
    f"EffectiveCost {_ENTITIES}",
    order="period -EffectiveCost",
)
def vendor_costs(costs: ir.Table, *, grain: str = "month") -> ir.Table:
    """What vendors cost that sell through somebody else's marketplace, by host and issuer of the invoice.

    ``vendor`` is ServiceProviderName and ``host`` HostProviderName, or PublisherName and ProviderName before FOCUS 1.3. A charge
    is of a marketplace where its vendor is neither its host nor the issuer of its invoice.
    """
    sold, entities = _marketplace(costs)
    return summed(sold, "InvoiceIssuerName", of=("EffectiveCost",), grain=grain, leading=entities)


@query(
    "track-marketplace-purchases-across-providers",
    "Track marketplace purchases across providers",
    "1.3-1.4",
    f"BilledCost ChargeCategory ResourceId ServiceName {_ENTITIES}",
    order="-BilledCost",
)
def marketplace_purchases(costs: ir.Table) -> ir.Table:
    """What was bought and used through marketplaces, by vendor, host, issuer, service and ChargeCategory, of how many resources.

    A charge is of a marketplace as in marketplace-vendors-costs.
    """
    sold, entities = _marketplace(of_category(costs, "Purchase", "Usage"))
    return summed(sold, "InvoiceIssuerName", "ServiceName", "ChargeCategory", leading=entities, resources=sold.ResourceId.nunique())


@query(
    "understand-the-billing-account-or-sub-account-entity",
    "Understand the billing account or sub account entity",
    "1.2-1.4",
    "BillingAccountId BillingAccountName BillingAccountType ServiceProviderName SubAccountId SubAccountName SubAccountType",
    essential="BillingAccountType",
    currency="",
)
def accounts(costs: ir.Table) -> ir.Table:
    """The billing accounts and the sub accounts in them, what each provider calls them, and how many charges each has."""
    names = ("BillingAccountId", "BillingAccountName", "BillingAccountType", "SubAccountId", "SubAccountName", "SubAccountType")
    return summed(costs, "ServiceProviderName", *names, of=(), currency="", charges=costs.count())


def _marketplace(costs: ir.Table) -> tuple[ir.Table, dict[str, Any]]:
    """The charges of marketplaces, and their ``vendor`` and ``host``."""
    vendor, host = _vendor_and_host(costs)
    others = ~vendor.identical_to(host) & ~vendor.identical_to(costs.InvoiceIssuerName)
    sold = costs.filter(vendor.notnull() & others)
    return sold, dict(zip(("vendor", "host"), _vendor_and_host(sold), strict=True))


def _vendor_and_host(costs: ir.Table) -> tuple[Any, Any]:
    vendor = costs.ServiceProviderName.coalesce(costs.PublisherName)
    return vendor, costs.ServiceProviderName.isnull().ifelse(costs.ProviderName, costs.HostProviderName)
