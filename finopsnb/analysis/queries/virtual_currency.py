"""Tokens, credits and other currencies that providers price in: what was bought, used, and saved of them.

PricingCurrency names them. Amounts in different pricing currencies are never added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import of_category, ratio, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

_COST = "PricingCurrencyEffectiveCost"
_PRICES = ("ListUnitPrice", "ContractedUnitPrice", "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice")


@query(
    "analyze-effective-cost-by-pricing-currency",
    "Analyze effective cost by pricing currency",
    "1.2-1.4",
    f"HostProviderName {_COST} ServiceName ServiceProviderName",
    order=f"PricingCurrency -{_COST}",
    currency="PricingCurrency",
)
def cost_by_pricing_currency(costs: ir.Table) -> ir.Table:
    """What each service cost in the currency that it is priced in, amortised."""
    return summed(costs, "ServiceProviderName", "HostProviderName", "ServiceName", of=(_COST,), currency="PricingCurrency")


@query(
    "calculate-consumption-of-virtual-currency-within-a-billing-period",
    "Calculate consumption of virtual currency within a billing period",
    "1.2-1.4",
    f"ChargeCategory {_COST} ServiceProviderName",
    order=f"-{_COST}",
    currency="PricingCurrency",
)
def consumption(costs: ir.Table, *, pricing_currency: str | None = None) -> ir.Table:
    """How much of each pricing currency was used with each provider."""
    usage = _in_currency(of_category(costs, "Usage"), pricing_currency)
    return summed(usage, "ServiceProviderName", of=(_COST,), currency="PricingCurrency")


@query(
    "determine-target-of-virtual-currency-usage",
    "Determine target of virtual currency usage",
    "1.2-1.4",
    f"ChargeDescription HostProviderName {_COST} ServiceName ServiceProviderName",
    order=f"-{_COST}",
    currency="PricingCurrency",
)
def targets(costs: ir.Table, *, pricing_currency: str | None = None) -> ir.Table:
    """What each pricing currency was used for: by provider, host, service and description, the most first."""
    names = ("ServiceProviderName", "HostProviderName", "ServiceName", "ChargeDescription")
    return summed(_in_currency(costs, pricing_currency), *names, of=(_COST,), currency="PricingCurrency")


@query(
    "analyze-purchase-of-virtual-currency",
    "Analyze purchase of virtual currency",
    "1.2-1.4",
    "BilledCost ChargeCategory ChargeDescription CommitmentDiscountId PricingQuantity PricingUnit ServiceProviderName",
    essential="PricingQuantity PricingUnit",
    order="-BilledCost",
)
def purchases(costs: ir.Table, *, unit: str | None = None) -> ir.Table:
    """What was bought in units of a provider, as tokens or credits, and at which ``price`` (BilledCost per PricingUnit).

    ``unit`` is the name of the virtual currency; without it all purchases are told that are not commitment discounts.
    """
    bought = of_category(costs, "Purchase")
    tokens = bought.filter(bought.CommitmentDiscountId.isnull(), bought.PricingUnit.notnull())
    wanted = tokens.filter(tokens.PricingUnit == unit) if unit else tokens
    names = ("ServiceProviderName", "ChargeDescription", "PricingUnit")
    sums = summed(wanted, *names, of=("PricingQuantity", "BilledCost"))
    return sums.mutate(price=ratio(sums.BilledCost, sums.PricingQuantity))


@query(
    "determine-contracted-savings-by-virtual-currency",
    "Determine contracted savings by virtual currency",
    "1.2-1.4",
    f"ChargeDescription ContractedCost ListCost PricingCurrency PricingUnit ServiceName ServiceSubcategory {' '.join(_PRICES)}",
    essential="PricingCurrencyListUnitPrice PricingCurrencyContractedUnitPrice",
    order="-savings",
)
def contracted_savings(costs: ir.Table, *, pricing_currency: str | None = None) -> ir.Table:
    """What negotiated prices save on each list price, per unit and in all, in the billing and in the pricing currency.

    ``savings`` is ListCost - ContractedCost in BillingCurrency; ``savings_per_unit`` and ``pricing_currency_savings_per_unit`` are
    differences of unit prices, ``savings_rate`` the share of the list price, by the prices in PricingCurrency.
    """
    priced = _in_currency(costs, pricing_currency)
    known = priced.filter(priced.PricingCurrencyListUnitPrice.notnull(), priced.PricingCurrencyContractedUnitPrice.notnull())
    names = ("ServiceName", "ServiceSubcategory", "ChargeDescription", "PricingCurrency", "PricingUnit", *_PRICES)
    sums = summed(known, *names, of=("ListCost", "ContractedCost"))
    off = sums.PricingCurrencyListUnitPrice - sums.PricingCurrencyContractedUnitPrice
    return sums.mutate(
        savings=sums.ListCost - sums.ContractedCost,
        savings_per_unit=sums.ListUnitPrice - sums.ContractedUnitPrice,
        pricing_currency_savings_per_unit=off,
        savings_rate=ratio(off, sums.PricingCurrencyListUnitPrice),
    )


def _in_currency(costs: ir.Table, name: str | None) -> ir.Table:
    return costs.filter(costs.PricingCurrency == name) if name else costs
