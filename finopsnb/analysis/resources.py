"""What is paid for: one row per resource, from the cost rows that name it; and the charges that name none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import METRICS, provider

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["resources", "without_resource"]

_KEYS = ("ResourceId", "SubAccountId", "ServiceName", "RegionId", "BillingCurrency")
_DESCRIBED = ("ResourceName", "ResourceType", "ServiceCategory", "SubAccountName", "ProviderName", "Tags")
#: charges of these kinds are for nothing that could be tagged or moved
_FOR_NOTHING = ("Tax", "Credit", "Adjustment")


def resources(costs: ir.Table) -> ir.Table:
    """One row per ResourceId, SubAccountId, ServiceName, RegionId and BillingCurrency.

    Columns: these keys; ResourceName, ResourceType, ServiceCategory, SubAccountName, ProviderName (which is
    ServiceProviderName where there is one) and Tags, all as one of the newest charges has them: of several that begin at the
    same time one with tags, then the one that says most, so that equal costs give equal resources in whatever order they lie;
    BilledCost, EffectiveCost, ContractedCost and ListCost as sums in BillingCurrency; first_seen and last_seen (UTC).
    Rows without a ResourceId are left out.
    """
    named = _described(costs.filter(costs.ResourceId.notnull()))
    found = named.group_by(list(_KEYS)).aggregate(_newest=_order(named).max(), **_sums(named))
    return _in_order(found.mutate(**{name: found["_newest"][name] for name in _DESCRIBED}))


def without_resource(costs: ir.Table) -> ir.Table:
    """The charges that name no resource, with the columns of :func:`resources`: one row for all that are described alike.

    Taxes, credits and adjustments are left out: they are for nothing that could be tagged or moved.
    """
    nameless = costs.filter(costs.ResourceId.isnull(), ~costs.ChargeCategory.isin(_FOR_NOTHING).fill_null(False))
    described = _described(nameless)
    return _in_order(described.group_by([*_KEYS, *_DESCRIBED]).aggregate(**_sums(described)))


def _described(costs: ir.Table) -> ir.Table:
    return costs.mutate(ProviderName=provider(costs))


def _order(costs: ir.Table) -> ir.StructColumn:
    """What each charge says of its resource; the greatest is the one that counts."""
    import ibis

    filled = sum((costs[name].notnull().cast("int8") for name in _DESCRIBED), ibis.literal(0, "int8"))
    tagged = (costs.Tags.length() > 0).fill_null(False)
    return ibis.struct({"_at": costs.ChargePeriodStart, "_tagged": tagged, "_filled": filled, **{name: costs[name] for name in _DESCRIBED}})


def _sums(costs: ir.Table) -> dict[str, Any]:
    begun = costs.ChargePeriodStart
    return {metric: costs[metric].sum() for metric in METRICS} | {"first_seen": begun.min(), "last_seen": begun.max()}


def _in_order(found: ir.Table) -> ir.Table:
    return found.select(*_KEYS, *_DESCRIBED, *METRICS, "first_seen", "last_seen")
