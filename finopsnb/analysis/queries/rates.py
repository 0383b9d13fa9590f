"""What a unit costs: unit prices by SKU, cost per core, and unit economics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import not_unused, number, of_category, parsed, ratio, stated, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

_PRICED = "EffectiveCost ListCost ListUnitPrice PricingQuantity PricingUnit ServiceProviderName SkuId SkuPriceId"
_SUMS = ("PricingQuantity", "ListCost", "EffectiveCost")


@query(
    "resource-costs-sku",
    "Analyze resource costs by SKU",
    "1.0-1.4",
    _PRICED,
    essential="SkuId",
    order="-EffectiveCost",
)
def cost_by_sku(costs: ir.Table) -> ir.Table:
    """Quantity, list cost and effective cost of each SKU at each of its list prices; SkuId is null for charges without one.

    ``rate`` is EffectiveCost per PricingUnit.
    """
    sums = summed(costs, "ServiceProviderName", "SkuId", "SkuPriceId", "PricingUnit", "ListUnitPrice", of=_SUMS)
    return sums.mutate(rate=ratio(sums.EffectiveCost, sums.PricingQuantity))


@query(
    "analyze-the-different-metered-costs-for-a-particular-sku",
    "Analyze the different metered costs for a particular SKU",
    "1.1-1.4",
    f"{_PRICED} SkuMeter",
    essential="SkuId",
    order="SkuId period",
)
def metered_costs(costs: ir.Table, *, grain: str = "month") -> ir.Table:
    """What each meter and price of a SKU cost over time; name the SKU by ``sku``."""
    metered = costs.filter(costs.SkuId.notnull())
    names = ("ServiceProviderName", "SkuId", "SkuMeter", "SkuPriceId", "PricingUnit", "ListUnitPrice")
    return summed(metered, *names, of=_SUMS, grain=grain)


@query(
    "calculate-average-rate-of-a-component-resource",
    "Calculate average rate of a component resource",
    "1.2-1.4",
    "ChargeCategory CommitmentDiscountStatus EffectiveCost PricingQuantity PricingUnit RegionName ServiceName ServiceProviderName "
    "SkuPriceDetails",
    essential="PricingQuantity SkuPriceDetails",
)
def component_rate(costs: ir.Table, *, component: str = "CoreCount") -> ir.Table:
    """What one core (or GiB of memory, or GPU) costs per PricingUnit, by region and InstanceSeries.

    ``quantity`` is the component times PricingQuantity: core hours where the unit is hours. ``rate`` is EffectiveCost / quantity.
    Usage counts whose SkuPriceDetails state the component; the unused part of a commitment is no usage.
    """
    sums = _components(costs, component)
    return sums.mutate(rate=ratio(sums.EffectiveCost, sums.quantity))


@query(
    "quantify-usage-of-a-component-resource",
    "Quantify usage of a component resource",
    "1.2-1.4",
    "ChargeCategory CommitmentDiscountStatus EffectiveCost PricingQuantity PricingUnit RegionName ServiceName ServiceProviderName "
    "SkuPriceDetails",
    essential="PricingQuantity SkuPriceDetails",
)
def component_quantity(costs: ir.Table, *, component: str = "CoreCount") -> ir.Table:
    """How many core (or GiB, or GPU) hours were used, by region and InstanceSeries; quantities as in the rate of a component."""
    return _components(costs, component).drop("EffectiveCost")


@query(
    "calculate-unit-economics",
    "Calculate unit economics",
    "1.2-1.4",
    "BilledCost ChargeDescription ChargePeriodStart ConsumedQuantity ConsumedUnit",
    essential="ConsumedQuantity ConsumedUnit",
    order="period",
)
def unit_economics(costs: ir.Table, *, grain: str = "month", unit: str | None = None) -> ir.Table:
    """What one consumed unit was billed, by ChargeDescription and ConsumedUnit: ``cost_per_unit``, null where nothing was consumed.

    ``unit`` keeps one ConsumedUnit, as GB. Charges without a quantity are left out, with their cost.
    """
    measured = costs.filter(costs.ConsumedQuantity.notnull(), costs.ConsumedUnit.notnull())
    wanted = measured.filter(measured.ConsumedUnit == unit) if unit else measured
    sums = summed(wanted, "ChargeDescription", "ConsumedUnit", of=("BilledCost", "ConsumedQuantity"), grain=grain)
    return sums.mutate(cost_per_unit=ratio(sums.BilledCost, sums.ConsumedQuantity))


def _components(costs: ir.Table, component: str) -> ir.Table:
    usage = of_category(costs, "Usage")
    used = usage.filter(not_unused(usage), usage.SkuPriceDetails.notnull())
    names = ("ServiceProviderName", "ServiceName", "RegionName", "PricingUnit")
    # by the text of the details first: JSON is read once per text, not once per charge
    sums = summed(used, *names, "SkuPriceDetails", of=("PricingQuantity", "EffectiveCost"))
    details = parsed(sums.SkuPriceDetails)
    each = number(stated(details, component), "decimal(12, 4)")
    counted = sums.mutate(InstanceSeries=stated(details, "InstanceSeries"), each=each).filter(lambda told: told.each.notnull())
    # the product is exact in decimals, so that their sum does not depend on the order of the rows
    quantity = (counted.PricingQuantity * counted.each).sum().cast("float64")
    return summed(counted, *names, "InstanceSeries", of=("EffectiveCost",), quantity=quantity)
