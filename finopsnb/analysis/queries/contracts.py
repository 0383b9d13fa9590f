"""Contract commitments: what was committed to, and how charges burn it down, by ContractApplied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import column, elements, number, of_category, stated, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "report-on-initial-contract-commitments",
    "Report on initial contract commitments",
    "1.3-1.4",
    "ChargeCategory ChargePeriodEnd ChargePeriodStart ContractApplied ServiceProviderName",
    essential="ContractApplied",
    order="ServiceProviderName ContractId ContractCommitmentId",
)
def initial_commitments(costs: ir.Table) -> ir.Table:
    """What each contract commitment was bought for: applied cost, or applied quantity in its unit, and from when to when.

    Cost and quantity are null where the provider does not state them.
    """
    rows = _applied(of_category(costs, "Purchase"), "ChargePeriodStart", "ChargePeriodEnd")
    span = {"ChargePeriodStart": rows.ChargePeriodStart.min(), "ChargePeriodEnd": rows.ChargePeriodEnd.max()}
    names = ("ServiceProviderName", "ContractId", "ContractCommitmentId", "unit")
    return summed(rows, *names, of=("applied_cost", "applied_quantity"), **span)


@query(
    "track-contract-commitment-burn-down-over-time",
    "Track contract commitment burn-down over time",
    "1.3-1.4",
    "BillingAccountId BillingPeriodStart ContractApplied EffectiveCost ServiceProviderName",
    essential="ContractApplied",
    period="billing",
    order="ServiceProviderName BillingAccountId ContractCommitmentId unit BillingCurrency BillingPeriodStart",
)
def burn_down(costs: ir.Table) -> ir.Table:
    """What was applied to each contract commitment per billing period, and in sum up to it: burned_cost and burned_quantity.

    EffectiveCost is that of the charges that were applied; a charge applied to two commitments stands under both.
    """
    import ibis

    rows = _applied(costs, "BillingPeriodStart", "BillingAccountId", "EffectiveCost")
    names = ("ServiceProviderName", "BillingAccountId", "ContractCommitmentId", "unit")
    sums = summed(rows, "BillingPeriodStart", *names, of=("applied_cost", "applied_quantity", "EffectiveCost"))
    so_far = ibis.cumulative_window(group_by=[*names, "BillingCurrency"], order_by="BillingPeriodStart")
    return sums.mutate(burned_cost=sums.applied_cost.sum().over(so_far), burned_quantity=sums.applied_quantity.sum().over(so_far))


def _applied(costs: ir.Table, *names: str) -> ir.Table:
    """A row per charge and commitment that it was applied to: ``names``, provider, currency, the ids, cost, quantity and unit."""
    charges = costs.filter(costs.ContractApplied.notnull())
    kept = {name: column(charges, name) for name in (*names, "ServiceProviderName", "BillingCurrency")}
    rows = charges.select(**kept, one=elements(charges.ContractApplied, "Elements").unnest())
    told = rows.select(
        *kept,
        # FOCUS 1.3 writes ID, 1.4 Id
        ContractId=stated(rows.one, "ContractId").coalesce(stated(rows.one, "ContractID")),
        ContractCommitmentId=stated(rows.one, "ContractCommitmentId").coalesce(stated(rows.one, "ContractCommitmentID")),
        applied_cost=number(stated(rows.one, "ContractCommitmentAppliedCost")),
        applied_quantity=number(stated(rows.one, "ContractCommitmentAppliedQuantity")),
        unit=stated(rows.one, "ContractCommitmentAppliedUnit"),
    )
    return told.filter(told.ContractCommitmentId.notnull())
