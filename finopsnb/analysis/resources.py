"""What is paid for: one row per resource, from the cost rows that name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["resources"]

_KEYS = ("ResourceId", "SubAccountId", "ServiceName", "RegionId", "BillingCurrency")
_DESCRIBED = ("ResourceName", "ResourceType", "ServiceCategory", "SubAccountName", "ProviderName", "Tags")


def resources(costs: ir.Table) -> ir.Table:
    """One row per ResourceId, SubAccountId, ServiceName, RegionId and BillingCurrency.

    Columns: these keys; ResourceName, ResourceType, ServiceCategory, SubAccountName, ProviderName and Tags as the
    newest row has them; BilledCost and EffectiveCost as sums in BillingCurrency; first_seen and last_seen (UTC).
    Rows without a ResourceId are left out.
    """
    named = costs.filter(costs.ResourceId.notnull())
    newest = {name: named[name].argmax(named.ChargePeriodStart) for name in _DESCRIBED}
    return named.group_by(list(_KEYS)).aggregate(
        **newest,
        BilledCost=named.BilledCost.sum(),
        EffectiveCost=named.EffectiveCost.sum(),
        first_seen=named.ChargePeriodStart.min(),
        last_seen=named.ChargePeriodStart.max(),
    )
