"""What commitment programs could cover, by CommitmentProgramEligibilityDetails, and what of it they do.

Coverage is that of :mod:`finopsnb.analysis.commitments`, over eligible usage alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.commitments import commitment_coverage
from finopsnb.analysis.queries.parts import elements, not_unused, of_category, ratio, stated, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

#: programs that reserve capacity and discount nothing, as FOCUS and providers call them
_CAPACITY = ("AdvanceResourceCommitment", "ZonalResourceCommitment", "CapacityReservation", "OnDemandCapacityReservation")
_DETAILS = "CommitmentProgramEligibilityDetails"


@query(
    "calculate-commitment-discount-coverage-rate-with-eligibility-adjusted-denominator",
    "Calculate Commitment Discount Coverage Rate with Eligibility-Adjusted Denominator",
    "1.4",
    f"ChargeCategory CommitmentDiscountId CommitmentDiscountStatus {_DETAILS} EffectiveCost ServiceProviderName",
    essential=_DETAILS,
)
def eligible_coverage(costs: ir.Table, *, programs: tuple[str, ...] | None = None) -> ir.Table:
    """What commitments cover of the usage that they could cover, by provider: covered, uncovered, and coverage from 0 to 1.

    Usage counts that a commitment covers, and that is eligible for one of the ``programs``, by EffectiveCost. Unless said these are
    all programs but those that only reserve capacity. The unused part of a commitment is no usage.
    """
    import ibis

    names = ("ServiceProviderName", "ChargeCategory", "CommitmentDiscountStatus", _DETAILS)
    covered = {"covering": costs.CommitmentDiscountId.notnull()}
    # by the text of the details: JSON is read once per text, not once per charge
    sums = summed(costs, *names, of=("EffectiveCost",), leading=covered)
    could = _types(sums[_DETAILS]).filter(lambda program: _is_wanted(program, programs)).length() > 0
    counted = sums.filter(sums.covering | could.fill_null(False))
    priced = counted.mutate(PricingCategory=ibis.ifelse(counted.covering, "Committed", "Standard"))
    return commitment_coverage(priced, "ServiceProviderName", measure="EffectiveCost")


@query(
    "identify-eligible-uncovered-spend-by-program-type",
    "Identify Eligible Uncovered Spend by Program Type",
    "1.4",
    f"BilledCost ChargeCategory CommitmentDiscountId {_DETAILS} ServiceName ServiceProviderName",
    essential=_DETAILS,
    order="-BilledCost",
)
def uncovered_by_program(costs: ir.Table, *, programs: tuple[str, ...] | None = None) -> ir.Table:
    """What was billed for usage that no commitment covers and a program could, by provider, service and program.

    Usage that several programs could cover stands under each of them: the rows of different programs are not to be added.
    """
    usage = of_category(costs, "Usage")
    uncovered = usage.filter(usage.CommitmentDiscountId.isnull())
    return _by_program(uncovered, programs, "ServiceProviderName", "ServiceName", of=("BilledCost",))


@query(
    "compare-commitment-opportunities-across-providers-cross-provider-with-saas",
    "Compare Commitment Opportunities Across Providers (Cross-Provider with SaaS)",
    "1.4",
    f"BilledCost ChargeCategory CommitmentDiscountId CommitmentDiscountStatus {_DETAILS} EffectiveCost ServiceProviderName",
    essential=_DETAILS,
    order="-uncovered",
)
def opportunities(costs: ir.Table, *, programs: tuple[str, ...] | None = None) -> ir.Table:
    """What usage is eligible for each provider's programs, what of it nothing covers, and its rate, by EffectiveCost.

    ``uncovered_billed`` is what the uncovered usage was billed. Usage that several programs could cover stands under each of them.
    """
    usage = of_category(costs, "Usage")
    used = usage.filter(not_unused(usage))
    rows = _by_program(used, programs, "ServiceProviderName", "CommitmentDiscountId", of=("EffectiveCost", "BilledCost"))
    free = rows.CommitmentDiscountId.isnull()
    sums = summed(
        rows,
        *("ServiceProviderName", "program"),
        of=(),
        eligible=rows.EffectiveCost.sum(),
        uncovered=rows.EffectiveCost.sum(where=free).fill_null(0),
        uncovered_billed=rows.BilledCost.sum(where=free).fill_null(0),
    )
    return sums.mutate(uncovered_rate=ratio(sums.uncovered, sums.eligible))


@query(
    "identify-eligible-capacity-reservation-spend",
    "Identify Eligible Capacity Reservation Spend",
    "1.4",
    f"BilledCost CapacityReservationStatus ChargeCategory {_DETAILS} ServiceName ServiceProviderName",
    essential=_DETAILS,
    order="-BilledCost",
)
def eligible_capacity(costs: ir.Table, *, programs: tuple[str, ...] = _CAPACITY) -> ir.Table:
    """What was billed for usage for which capacity could be reserved, by program, and whether it was: CapacityReservationStatus.

    The status is null where there is no reservation, or the provider does not tell.
    """
    names = ("ServiceProviderName", "ServiceName", "CapacityReservationStatus")
    return _by_program(of_category(costs, "Usage"), programs, *names, of=("BilledCost",))


def _by_program(costs: ir.Table, programs: tuple[str, ...] | None, *names: str, of: tuple[str, ...]) -> ir.Table:
    """The sums of ``of`` by ``names``, ``program`` (a charge under each program that it is eligible for, once) and currency."""
    # by the text of the details first: JSON is read once per text, not once per charge
    sums = summed(costs.filter(costs[_DETAILS].notnull()), *names, _DETAILS, of=of)
    rows = sums.mutate(program=_types(sums[_DETAILS]).unnest())
    return summed(rows.filter(_is_wanted(rows.program, programs)), *names, "program", of=of)


def _types(details: ir.Column) -> ir.ArrayColumn:
    """The ProgramType of each program, once."""
    return elements(details, "CommitmentPrograms").map(lambda one: stated(one, "ProgramType")).unique()


def _is_wanted(program: ir.StringValue, programs: tuple[str, ...] | None) -> ir.BooleanValue:
    return program.isin(programs) if programs else program.notin(_CAPACITY)
