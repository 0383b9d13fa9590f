"""Capacity reservations: what of compute runs on them, and what of them nobody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "analyze-capacity-reservations-on-compute-costs",
    "Analyze capacity reservations on compute costs",
    "1.1-1.4",
    "BilledCost BillingAccountId CapacityReservationId CapacityReservationStatus EffectiveCost ServiceCategory ServiceProviderName",
    essential="CapacityReservationId",
)
def compute_by_reservation(costs: ir.Table) -> ir.Table:
    """What compute cost with a capacity reservation, without one, and for reserved capacity that was not used.

    ``status`` says which of the three; a row per reservation, and one without.
    """
    import ibis

    compute = costs.filter(costs.ServiceCategory == "Compute")
    reserved, unused = compute.CapacityReservationId.notnull(), compute.CapacityReservationStatus.identical_to("Unused")
    status = ibis.cases(
        (reserved & unused, "unused capacity reservation"),
        (reserved, "compute on a capacity reservation"),
        else_="compute without a capacity reservation",
    )
    names = ("ServiceProviderName", "BillingAccountId", "CapacityReservationId")
    return summed(compute, *names, of=("BilledCost", "EffectiveCost"), leading={"status": status})


@query(
    "identify-unused-capacity-reservations",
    "Identify unused capacity reservations",
    "1.1-1.4",
    "BilledCost BillingAccountId CapacityReservationId CapacityReservationStatus CommitmentDiscountStatus EffectiveCost "
    "ServiceProviderName",
    essential="CapacityReservationId CapacityReservationStatus",
    order="-EffectiveCost",
)
def unused_reservations(costs: ir.Table) -> ir.Table:
    """What reserved capacity cost that was not used, and whether a commitment discount applied to it or was unused as well."""
    unused = costs.filter(costs.CapacityReservationStatus == "Unused")
    names = ("ServiceProviderName", "BillingAccountId", "CapacityReservationId", "CommitmentDiscountStatus")
    return summed(unused, *names, of=("BilledCost", "EffectiveCost"))
