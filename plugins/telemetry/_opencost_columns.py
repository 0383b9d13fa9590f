"""The FOCUS columns of what OpenCost says."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.exports import Raw

__all__ = ["allocation", "cloud_cost"]

_PARTS = {"Cpu": "cpu", "Gpu": "gpu", "Ram": "ram", "PersistentVolume": "pv", "Network": "network", "LoadBalancer": "loadBalancer"}
_QUANTITIES = ("CpuCoreHours", "GpuHours", "RamByteHours", "PvByteHours", "CpuEfficiency", "RamEfficiency", "TotalEfficiency")
_PROVIDERS = {"AWS": "AWS", "GCP": "Google Cloud", "Azure": "Microsoft", "Oracle": "Oracle", "Alibaba": "Alibaba Cloud"}
_CATEGORIES = {
    "Compute": "Compute",
    "Virtual Machine": "Compute",
    "Cluster Management": "Compute",
    "Network": "Networking",
    "Load Balancer": "Networking",
    "Storage": "Storage",
    "Disk": "Storage",
    "Management": "Management and Governance",
}


def allocation(raw: Raw) -> dict[str, Any]:
    """One row of an allocation; ``totalCost`` is the cost, and its parts stand beside it."""
    from finopsnb.plugins.exports import values as v

    name, cost = raw.text("name"), raw.number("totalCost")
    idle = name.contains("__idle__")
    special = v.choose((idle, "__idle__"), (name.contains("__unallocated__"), "__unallocated__"), otherwise=v.nothing(name))
    namespace = raw.text("namespace").coalesce(special)
    found = [raw.text(one) for one in ("container", "pod", "controller", "namespace", "cluster")]
    kinds = ["Container", "Pod", raw.text("controllerKind").fill_null("controller").capitalize(), "Namespace", "Cluster"]
    parts = {f"x_{part}Cost": v.decimal(_added(raw, f"{key}Cost", f"{key}CostAdjustment")) for part, key in _PARTS.items()}
    return {
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost),
        "BillingAccountType": "Cluster",
        "SubAccountId": namespace,
        "SubAccountName": namespace,
        "SubAccountType": v.choose((namespace.notnull(), "Namespace"), otherwise=v.nothing(name)),
        **dict.fromkeys(("ProviderName", "PublisherName", "InvoiceIssuerName"), "Kubernetes"),
        "ServiceName": "Kubernetes",
        "ServiceCategory": "Compute",
        "ServiceSubcategory": "Containers",
        "ChargeDescription": v.choose((idle, "Idle capacity"), otherwise=name),
        "ResourceId": name,
        "ResourceName": special.coalesce(*found, name),
        "ResourceType": v.choose(
            (idle, "Idle capacity"),
            (special.notnull(), "Unallocated"),
            *((value.notnull(), kind) for value, kind in zip(found, kinds, strict=True)),
            otherwise="Allocation",
        ),
        **parts,
        "x_SharedCost": raw.number("sharedCost"),
        "x_ExternalCost": raw.number("externalCost"),
        **{f"x_{one}": raw.number(one) for one in _QUANTITIES},
        "x_NodeProviderId": raw.text("providerID"),
        "x_RanFrom": raw.instant("ranFrom"),
        "x_RanUntil": raw.instant("ranUntil"),
    }


def cloud_cost(raw: Raw) -> dict[str, Any]:
    """One row of a cloud cost."""
    from finopsnb.plugins.exports import values as v

    billed, provider = raw.number("netCost"), raw.text("provider")
    named = v.looked_up(provider, _PROVIDERS).coalesce(provider, "Unknown")
    return {
        **dict.fromkeys(("BilledCost", "ContractedCost"), billed),
        "EffectiveCost": raw.number("amortizedNetCost").coalesce(billed),
        "ListCost": raw.number("listCost").coalesce(billed),
        "SubAccountId": raw.text("accountID"),
        **dict.fromkeys(("ProviderName", "PublisherName", "InvoiceIssuerName"), named),
        "ServiceName": raw.text("service").coalesce(raw.text("name")),
        "ServiceCategory": v.looked_up(raw.text("category"), _CATEGORIES).fill_null("Other"),
        "ChargeDescription": raw.text("name"),
        "ResourceId": raw.text("providerID"),
        "RegionId": raw.text("regionID"),
        "AvailabilityZone": raw.text("availabilityZone"),
        "x_InvoicedCost": raw.number("invoicedCost"),
        "x_AmortizedCost": raw.number("amortizedCost"),
        "x_KubernetesPercent": raw.number("kubernetesPercent"),
    }


def _added(raw: Raw, name: str, adjustment: str) -> Any:
    """A part of the cost with its adjustment; null where the reply says neither."""
    from finopsnb.plugins.exports import values as v

    cost, change = raw.number(name), raw.number(adjustment)
    return v.decimal(v.decimal(cost.fill_null(v.ZERO)) + v.decimal(change.fill_null(v.ZERO)))
