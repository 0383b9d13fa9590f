"""The recent complete days of each provider and currency, what its resources cost in them, and which are to be left alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import provider
from finopsnb.analysis.whole_days import last_whole_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["AUTOSCALED", "KEEP", "described", "first_seen", "on_standby", "recent", "tagged"]

#: a resource with this tag is never recommended anything
KEEP = "finopsnb:keep"
#: tags that those who scale machines by themselves leave on them
AUTOSCALED = (
    *("aws:autoscaling:groupName", "eks:nodegroup-name", "karpenter.sh/nodepool", "k8s.io/cluster-autoscaler/enabled"),
    *("aks-managed-poolName", "goog-k8s-cluster-name", "goog-k8s-node-pool-name", "autoscaled"),
)
#: tags whose value says that a resource waits for another one to fail
_ROLES = ("role", "Role", "purpose", "Purpose", "tier", "usage", "environment", "Environment", "env")
_STANDS_BY = ("standby", "Standby", "dr", "DR")
_STANDBY = r"(?i)(^|[^a-z])(stand-?by|passive|fail-?over|dr|disaster[ _-]?recovery)([^a-z]|$)"


def recent(costs: ir.Table, days: int) -> ir.Table:
    """The charges for usage of resources in the last ``days`` complete days of their provider and currency.

    With ``_provider``, ``last`` (the beginning of the last of these days, :mod:`finopsnb.analysis.whole_days`) and ``start`` (that of
    the first). What nobody used of a commitment is no resource's.
    """
    import ibis

    named = costs.mutate(_provider=provider(costs).fill_null(""))
    used = named.filter(named.ChargeCategory == "Usage")
    ends = last_whole_days(used, "_provider", "BillingCurrency")
    ends = ends.mutate(start=(ends.last - ibis.interval(days=days - 1)).cast(ends.last.type()))
    mine = used.filter(used.ResourceId.notnull(), used.CommitmentDiscountStatus.fill_null("") != "Unused")
    both = mine.join(ends, ["_provider", "BillingCurrency"])
    after = (both["last"] + ibis.interval(days=1)).cast(both["last"].type())
    return both.filter(both.ChargePeriodStart >= both.start, both.ChargePeriodStart < after)


def first_seen(costs: ir.Table) -> ir.Table:
    """ResourceId and the beginning of its first charge ever, ``seen``."""
    return costs.filter(costs.ResourceId.notnull()).group_by("ResourceId").aggregate(seen=costs.ChargePeriodStart.min())


def tagged(costs: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    """Whether a charge has one of these tags, with a value other than false."""
    import ibis

    if not names or "Tags" not in costs.columns:
        return ibis.literal(False)
    found = [costs.Tags.get(name, ibis.null("string")).fill_null("false").lower() != "false" for name in names]
    return ibis.or_(*found)


def on_standby(costs: ir.Table) -> ir.BooleanValue:
    """Whether a tag, or its name, says that a resource waits for another one to fail."""
    import ibis

    named = costs.ResourceName.fill_null("").re_search(_STANDBY)
    if "Tags" not in costs.columns:
        return named
    found = [costs.Tags.get(name, ibis.null("string")).fill_null("").re_search(_STANDBY) for name in _ROLES]
    return ibis.or_(named, *found, tagged(costs, _STANDS_BY))


def described(rows: ir.Table) -> dict[str, Any]:
    """What the columns of a recommendation say of a resource, as aggregates over its charges."""
    return {
        "ResourceName": rows.ResourceName.max(),
        "ServiceName": rows.ServiceName.max(),
        "RegionId": rows.RegionId.max(),
        "SubAccountId": rows.SubAccountId.max(),
        "ProviderName": rows["_provider"].nullif("").max(),
    }
