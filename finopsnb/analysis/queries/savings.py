"""What discounts save: negotiated rates between list and contracted cost, commitments between contracted and effective cost.

All of it is over usage: the purchase of a commitment is in the EffectiveCost of the usage that it covers, and what of it nobody
used is a row of usage whose EffectiveCost counts and which has no equivalent on demand. Taxes and credits are no prices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import not_corrections, not_unused, of_category, ratio, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

_PRICED = "ChargeCategory CommitmentDiscountStatus ContractedCost EffectiveCost ListCost"
_ACCOUNT = ("ServiceProviderName", "BillingAccountId", "BillingAccountName", "ServiceName")
_BY_SERVICE = "BilledCost BillingAccountId BillingAccountName ChargeClass ServiceName ServiceProviderName"


@query("effective-savings-rate", "Determine Effective Savings Rate", "1.0-1.4", _PRICED)
def effective_savings_rate(costs: ir.Table) -> ir.Table:
    """The Effective Savings Rate: (ListCost - EffectiveCost) / ListCost over all usage, null where ListCost is 0.

    ``savings`` is ListCost - EffectiveCost, ``effective_savings_rate_over_contract`` the same rate with ContractedCost in place of
    ListCost: what commitments save beyond negotiated prices. Unused commitments count in EffectiveCost, and not in the others.
    """
    return _with_rate(_priced(costs))


@query(
    "effective-savings-rate-services",
    "Determine Effective Savings Rate by Service",
    "1.0-1.4",
    f"{_PRICED} ServiceName ServiceProviderName",
    order="-savings",
)
def effective_savings_rate_by_service(costs: ir.Table) -> ir.Table:
    """The Effective Savings Rate of each provider's services; columns as in effective-savings-rate."""
    return _with_rate(_priced(costs, "ServiceProviderName", "ServiceName"))


@query(
    "discount-effectiveness-by-service",
    "Discount Effectiveness by Service",
    "1.4",
    f"{_PRICED} {_BY_SERVICE}",
    period="billing",
    order="-total_discount",
)
def discount_effectiveness(costs: ir.Table) -> ir.Table:
    """What negotiated rates and commitments took off each service's list cost, as amounts and as shares of ListCost.

    ``negotiated_discount`` is ListCost - ContractedCost, ``commitment_discount`` ContractedCost - EffectiveCost (below 0 where more
    was committed than used), ``total_discount`` both. Corrections of earlier billing periods are left out.
    """
    sums = _priced(not_corrections(costs), *_ACCOUNT, billed=True)
    told = sums.mutate(
        negotiated_discount=sums.ListCost - sums.ContractedCost,
        commitment_discount=sums.ContractedCost - sums.EffectiveCost,
        total_discount=sums.ListCost - sums.EffectiveCost,
    )
    return told.mutate(**{f"{name}_rate": ratio(told[f"{name}_discount"], told.ListCost) for name in ("negotiated", "commitment", "total")})


@query(
    "verify-discount-accuracy-for-a-previously-invoiced-billing-period-corrections-excluded",
    "Verify discount accuracy for a previously invoiced billing period (corrections excluded)",
    "1.3-1.4",
    f"{_PRICED} {_BY_SERVICE}",
    period="billing",
)
@query(
    "verify-discounts-applied",
    "Verify discount accuracy for previously invoiced billing period",
    "1.0-1.2",
    f"{_PRICED} {_BY_SERVICE}",
    period="billing",
)
def discounts(costs: ir.Table) -> ir.Table:
    """What usage was billed and cost beside its list cost, by account and service: discount and discount_rate, of ListCost.

    Corrections of earlier billing periods are left out; charges without a ChargeClass are not.
    """
    sums = _priced(not_corrections(costs), *_ACCOUNT, billed=True).drop("ContractedCost")
    discount = sums.ListCost - sums.EffectiveCost
    return sums.mutate(discount=discount, discount_rate=ratio(discount, sums.ListCost))


def _priced(costs: ir.Table, *names: str, billed: bool = False) -> ir.Table:
    """ListCost and ContractedCost of what was used, EffectiveCost of that and of unused commitments, and BilledCost if wanted."""
    usage = of_category(costs, "Usage")
    used = not_unused(usage)
    on_demand = {name: usage[name].sum(where=used).fill_null(0) for name in ("ListCost", "ContractedCost")}
    return summed(usage, *names, of=("BilledCost",) if billed else (), **on_demand, EffectiveCost=usage.EffectiveCost.sum())


def _with_rate(sums: ir.Table) -> ir.Table:
    return sums.mutate(
        savings=sums.ListCost - sums.EffectiveCost,
        effective_savings_rate=ratio(sums.ListCost - sums.EffectiveCost, sums.ListCost),
        effective_savings_rate_over_contract=ratio(sums.ContractedCost - sums.EffectiveCost, sums.ContractedCost),
    )
