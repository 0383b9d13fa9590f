"""What a Cost and Usage Report adds up to, by its columns of money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finopsnb.plugins.exports import Conversion, Further, Raw

from ._aws_lines import COST, DISCOUNTS, FEES, NET

__all__ = ["control"]

_UPFRONT = ("reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod")
_RECURRING = ("reservation/NetUnusedRecurringFee", "reservation/UnusedRecurringFee")


def control(raw: Raw, key: Mapping[str, Any]) -> Conversion:
    """Each amount as it is written: the bill as it was charged, and what the commitments come to, used and unused."""
    from finopsnb.plugins.exports import values as v

    kind, net = raw.text("lineItem/LineItemType"), raw.text(NET)
    discounted = v.is_one_of(kind, DISCOUNTS) & raw.has(NET)
    cost = v.choose((net.notnull(), net), (discounted, "0"), otherwise=raw.text(COST))
    plan = raw.text("savingsPlan/NetSavingsPlanEffectiveCost", "savingsPlan/SavingsPlanEffectiveCost")
    reservation = raw.text("reservation/NetEffectiveCost", "reservation/EffectiveCost")
    fee = v.is_one_of(kind, (*FEES, "SavingsPlanNegation"))
    bought = (kind == "Fee") & raw.text("reservation/ReservationARN").notnull()
    amortised = v.choose(
        (kind == "SavingsPlanCoveredUsage", plan), (kind == "DiscountedUsage", reservation), (fee | bought, "0"), otherwise=cost
    )
    return Conversion(
        {**key, "BilledCost": cost, "EffectiveCost": amortised},
        further=[
            _more(kind == "RIFee", raw.text(*_UPFRONT)),
            _more(kind == "RIFee", raw.text(*_RECURRING)),
            _more(kind == "SavingsPlanRecurringFee", raw.text("savingsPlan/TotalCommitmentToDate")),
            _more(kind == "SavingsPlanRecurringFee", "-" + raw.text("savingsPlan/UsedCommitment")),
        ],
    )


def _more(where: Any, effective: Any) -> Further:
    return Further(where & effective.notnull(), {"BilledCost": "0", "EffectiveCost": effective})
