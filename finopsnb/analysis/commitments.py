"""How well commitments are used, and how much of the usage they cover.

Definitions: utilization and coverage as in the capability Rate Optimization of the FinOps Framework, from the columns
CommitmentDiscountStatus and PricingCategory of the FOCUS specification 1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["commitment_coverage", "commitment_utilization"]


def commitment_utilization(costs: ir.Table, *by: str) -> ir.Table:
    """What of the commitments was used: ``by`` (CommitmentDiscountId unless said), BillingCurrency, used, unused, utilization.

    ``used`` and ``unused`` are EffectiveCost in the currency of the row, ``utilization`` is used / (used + unused), 0 to 1,
    null where nothing was committed. Purchases do not count: what they paid for is in the rows of usage.
    """
    keys = [*(by or ("CommitmentDiscountId",)), "BillingCurrency"]
    committed = costs.filter((costs.ChargeCategory == "Usage") & costs.CommitmentDiscountStatus.notnull())
    sums = committed.group_by(keys).aggregate(
        used=committed.EffectiveCost.sum(where=committed.CommitmentDiscountStatus == "Used").fill_null(0),
        unused=committed.EffectiveCost.sum(where=committed.CommitmentDiscountStatus == "Unused").fill_null(0),
    )
    used = sums.used.cast("float64")
    return sums.mutate(utilization=used / (used + sums.unused.cast("float64")).nullif(0)).order_by(keys)


def commitment_coverage(costs: ir.Table, *by: str, measure: str = "ListCost") -> ir.Table:
    """What of the usage was covered by commitments: ``by``, BillingCurrency, covered, uncovered, coverage.

    ``measure`` says how usage is weighed: ListCost, in the currency of the row, or ConsumedQuantity where all of it has one
    unit. ``coverage`` is covered / (covered + uncovered), 0 to 1, null where there was no usage. What nobody used is no usage.
    """
    keys = [*by, "BillingCurrency"]
    usage = costs.filter((costs.ChargeCategory == "Usage") & (costs.CommitmentDiscountStatus.fill_null("") != "Unused"))
    weight, committed = usage[measure], (usage.PricingCategory == "Committed").fill_null(False)
    sums = usage.group_by(keys).aggregate(
        covered=weight.sum(where=committed).fill_null(0),
        uncovered=weight.sum(where=~committed).fill_null(0),
    )
    covered = sums.covered.cast("float64")
    return sums.mutate(coverage=covered / (covered + sums.uncovered.cast("float64")).nullif(0)).order_by(keys)
