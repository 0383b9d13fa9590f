"""How much was used, each unit by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import of_category, summed, with_previous
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "compare-usage-month-over-month",
    "Compare resource usage month over month",
    "1.0-1.4",
    "ChargeCategory ConsumedQuantity ConsumedUnit ResourceId ServiceName ServiceProviderName SkuId",
    essential="ConsumedQuantity ConsumedUnit",
    order="ServiceProviderName ServiceName ResourceId SkuId ConsumedUnit period",
    currency="",
)
def month_over_month(costs: ir.Table) -> ir.Table:
    """How much of each resource and SKU was consumed per month, in its unit, and how that changed from the month before."""
    usage = of_category(costs, "Usage")
    measured = usage.filter(usage.ConsumedQuantity.notnull())
    names = ("ServiceProviderName", "ServiceName", "ResourceId", "SkuId", "ConsumedUnit")
    sums = summed(measured, *names, of=("ConsumedQuantity",), currency="", grain="month")
    return with_previous(sums, "ConsumedQuantity", "period")
