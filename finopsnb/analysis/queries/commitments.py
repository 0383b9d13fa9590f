"""Commitment discounts: what was bought, and what of it was used.

Utilization is that of :mod:`finopsnb.analysis.commitments`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.commitments import commitment_utilization
from finopsnb.analysis.queries.parts import column, of_category, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "commitment-discount-effective-cost-breakdown",
    "Commitment Discount Effective Cost Breakdown",
    "1.4",
    "ChargeCategory CommitmentDiscountId CommitmentDiscountStatus EffectiveCost ServiceProviderName",
    essential="CommitmentDiscountId CommitmentDiscountStatus",
    order="-total",
)
def effective_cost_breakdown(costs: ir.Table) -> ir.Table:
    """What of each commitment was used and not, in EffectiveCost: used, unused, total, and utilization from 0 to 1."""
    named = costs.mutate(ServiceProviderName=column(costs, "ServiceProviderName"))
    found = commitment_utilization(named, "ServiceProviderName", "CommitmentDiscountId")
    return found.mutate(total=found.used + found.unused).relocate("utilization", after="total")


@query(
    "identify-unused-commitments",
    "Identify unused commitments",
    "1.0-1.4",
    "BilledCost BillingAccountId ChargePeriodEnd ChargePeriodStart CommitmentDiscountId CommitmentDiscountStatus "
    "CommitmentDiscountType EffectiveCost ServiceProviderName",
    essential="CommitmentDiscountId CommitmentDiscountStatus",
    order="-EffectiveCost",
)
def unused_commitments(costs: ir.Table) -> ir.Table:
    """What of each commitment nobody used, in EffectiveCost, and from when to when."""
    unused = costs.filter(costs.CommitmentDiscountStatus == "Unused")
    names = ("ServiceProviderName", "BillingAccountId", "CommitmentDiscountId", "CommitmentDiscountType")
    return summed(unused, *names, of=("BilledCost", "EffectiveCost"), **_span(unused))


@query(
    "commitment-discount-purchases",
    "Report commitment discount purchases",
    "1.1-1.4",
    "BilledCost BillingAccountId ChargeCategory ChargeFrequency ChargePeriodEnd ChargePeriodStart CommitmentDiscountId "
    "CommitmentDiscountQuantity CommitmentDiscountType CommitmentDiscountUnit ServiceProviderName",
    essential="CommitmentDiscountId",
    order="-BilledCost",
)
def purchases(costs: ir.Table) -> ir.Table:
    """What was bought of each commitment: its quantity in its unit, what was billed for it, in how many charges, from when to when."""
    bought = of_category(costs, "Purchase")
    bought = bought.filter(bought.CommitmentDiscountId.notnull())
    names = ("ServiceProviderName", "BillingAccountId", "CommitmentDiscountId", "CommitmentDiscountType")
    terms = ("CommitmentDiscountUnit", "ChargeFrequency")
    return summed(bought, *names, *terms, of=("CommitmentDiscountQuantity", "BilledCost"), charges=bought.count(), **_span(bought))


@query(
    "recurring-commitment-charges",
    "Report recurring charges for commitment-based discounts over a period",
    "1.0-1.2",
    "BilledCost ChargeFrequency CommitmentDiscountId CommitmentDiscountName CommitmentDiscountType",
    essential="CommitmentDiscountId",
    period="billing",
    order="BillingPeriodStart",
)
def recurring_charges(costs: ir.Table) -> ir.Table:
    """What was billed for commitments that are paid again and again, per billing period."""
    recurring = costs.filter(costs.ChargeFrequency == "Recurring", costs.CommitmentDiscountId.notnull())
    return summed(recurring, "BillingPeriodStart", "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountType")


def _span(charges: ir.Table) -> dict[str, ir.Scalar]:
    return {"ChargePeriodStart": charges.ChargePeriodStart.min(), "ChargePeriodEnd": charges.ChargePeriodEnd.max()}
