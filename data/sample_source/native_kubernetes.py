"""Replies of OpenCost: what a cluster's workloads cost in three days (allocation), and what the clouds billed (cloudCost).

They look at the same money from two sides, so they are never added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from charges import DAY
from native_facts import categories, told, total
from writing import binary, plain, write_json

CLUSTER = "shop-eu-0017"
NODE = "ip-10-0-17-4.eu-west-1.compute.internal"
DAYS = tuple(date(2026, 10, 1) + timedelta(days=number) for number in range(3))
HOURS = 24
CPU_PRICE, RAM_PRICE, GPU_PRICE = Decimal("0.031611"), Decimal("0.004237"), Decimal("0.95")
PARTS = ("cpuCost", "gpuCost", "ramCost", "pvCost", "networkCost", "loadBalancerCost", "sharedCost", "externalCost")


@dataclass(frozen=True)
class Workload:
    """One container: its cores, GiB of memory, graphics cards, and what else it costs in a day."""

    namespace: str
    controller: str
    kind: str
    container: str
    cores: str
    memory: str
    cards: int = 0
    volume: str = "0"
    network: str = "0"
    balancer: str = "0"
    labels: tuple[tuple[str, str], ...] = ()
    days: tuple[date, ...] = DAYS


SHOP = (("app", "web"), ("team", "storefront"))
WORKLOADS = (
    Workload("shop", "web", "deployment", "web", "2", "4", network="0.4127", balancer="0.6", labels=SHOP),
    Workload("shop", "web", "deployment", "istio-proxy", "0.1", "0.128", labels=SHOP),
    Workload("shop", "orders", "statefulset", "postgres", "1.5", "8", volume="0.7342", labels=(("app", "orders"), ("team", "payments"))),
    Workload("search", "ranker", "job", "train", "4", "16", cards=1, labels=(("app", "ranker"), ("team", "ml")), days=DAYS[1:2]),
    Workload("kube-system", "coredns", "deployment", "coredns", "0.1", "0.07", labels=(("k8s_app", "kube-dns"),)),
    Workload("kube-system", "node-agent", "daemonset", "agent", "0.05", "0.1"),
)
IDLE = Workload("", "", "", "__idle__", "3.25", "11.5")

PAYERS = {"AWS": "004810275539", "GCP": "01D4E7-5B20AC-9F3310"}
#: provider, account, service, category, and for each day: list, net, amortised net, invoiced, amortised
CLOUD = (
    ("AWS", "017734902218", "AmazonEC2", "Compute", ("41.472", "30.1", "29.8592", "30.1", "29.8592")),
    ("AWS", "017734902218", "AmazonS3", "Storage", ("14.7246", "14.7246", "14.7246", "14.7246", "14.7246")),
    ("GCP", "larkspur-insights-0427", "Compute Engine", "Compute", ("23.3676", "21.498192", "13.319532", "21.498192", "13.319532")),
    ("GCP", "larkspur-insights-0427", "Networking", "Network", ("0.462314", "-0.006336", "-0.006336", "-0.006336", "-0.006336")),
)
COSTS = ("listCost", "netCost", "amortizedNetCost", "invoicedCost", "amortizedCost")


def write(folder: Path) -> dict[str, Any]:
    """A reply of each of the two interfaces; returns the facts by format."""
    sets = [dict(_allocations(day)) for day in DAYS]
    write_json(folder / "opencost" / "allocation.json", {"code": 200, "data": sets})
    write_json(folder / "opencost" / "cloudCost.json", {"code": 200, "data": _cloud_costs()})
    rows = [(workload, day) for day in DAYS for workload in (*WORKLOADS, IDLE) if day in workload.days]
    return {"opencost": _facts(rows)}


def amounts(workload: Workload) -> dict[str, Decimal]:
    """What a workload costs in a day, by part."""
    others = {"pvCost": workload.volume, "networkCost": workload.network, "loadBalancerCost": workload.balancer}
    found = {name: Decimal(0) for name in PARTS} | {name: Decimal(amount) for name, amount in others.items()}
    found["cpuCost"] = Decimal(workload.cores) * HOURS * CPU_PRICE
    found["ramCost"] = Decimal(workload.memory) * HOURS * RAM_PRICE
    found["gpuCost"] = workload.cards * HOURS * GPU_PRICE
    return found


def _allocations(day: date) -> Iterator[tuple[str, dict[str, Any]]]:
    for workload in WORKLOADS:
        if day in workload.days:
            pod = f"{workload.controller}-7d9f"
            name = "/".join((CLUSTER, NODE, workload.namespace, pod, workload.container))
            yield name, _allocation(name, workload, day, _properties(workload, pod))
    yield f"{CLUSTER}/__idle__", _allocation(f"{CLUSTER}/__idle__", IDLE, day, {"cluster": CLUSTER})


def _properties(workload: Workload, pod: str) -> dict[str, Any]:
    where = {"cluster": CLUSTER, "node": NODE, "container": workload.container, "namespace": workload.namespace, "pod": pod}
    labels = {"labels": dict(workload.labels)} if workload.labels else {}
    owner = {"controller": workload.controller, "controllerKind": workload.kind, "providerID": "i-0a31f07c2b9e40d17"}
    return {**where, **owner, "services": [workload.controller], **labels, "namespaceLabels": {"kubernetes_io_metadata_name": "x"}}


def _allocation(name: str, workload: Workload, day: date, properties: dict[str, Any]) -> dict[str, Any]:
    start, end = f"{day}T00:00:00Z", f"{day + DAY}T00:00:00Z"
    costs = amounts(workload)
    adjusted = {f"{part}Adjustment": 0.0 for part in PARTS[:6]}
    return {
        "name": name,
        "properties": properties,
        "window": {"start": start, "end": end},
        "start": start,
        "end": end,
        "minutes": HOURS * 60,
        "cpuCores": float(workload.cores),
        "cpuCoreHours": binary(Decimal(workload.cores) * HOURS),
        "gpuCount": workload.cards,
        "gpuHours": workload.cards * HOURS,
        "ramBytes": float(Decimal(workload.memory) * 2**30),
        "ramByteHours": float(Decimal(workload.memory) * 2**30 * HOURS),
        **{part: binary(cost) for part, cost in costs.items()},
        **adjusted,
        "totalCost": binary(sum(costs.values(), Decimal(0))),
        "totalEfficiency": 0.61,
    }


def _cloud_costs() -> dict[str, Any]:
    sets = [{"cloudCosts": dict(map(_cloud_cost, CLOUD, [day] * len(CLOUD))), **_aggregated(day)} for day in DAYS]
    return {"sets": sets, "window": {"start": f"{DAYS[0]}T00:00:00Z", "end": f"{DAYS[-1] + DAY}T00:00:00Z"}}


def _aggregated(day: date) -> dict[str, Any]:
    return {"aggregationProperties": ["provider", "accountID", "service"], "window": _window(day)}


def _window(day: date) -> dict[str, str]:
    return {"start": f"{day}T00:00:00Z", "end": f"{day + DAY}T00:00:00Z"}


def _cloud_cost(row: tuple[str, str, str, str, tuple[str, ...]], day: date) -> tuple[str, dict[str, Any]]:
    provider, account, service, category, costs = row
    who = {"provider": provider, "accountID": account, "invoiceEntityID": PAYERS[provider], "service": service, "category": category}
    amounts = {name: {"cost": float(cost), "kubernetesPercent": 0.25} for name, cost in zip(COSTS, costs, strict=True)}
    return f"{provider}/{account}/{service}", {"properties": who, "window": _window(day), **amounts}


def _facts(rows: list[tuple[Workload, date]]) -> dict[str, Any]:
    costs = [(workload, sum(amounts(workload).values(), Decimal(0))) for workload, _ in rows]
    whole = sum((cost for _, cost in costs), Decimal(0))
    namespaces: dict[str, Decimal] = defaultdict(Decimal)
    for workload, cost in costs:
        namespaces[workload.namespace or "__idle__"] += cost
    month = DAYS[0].replace(day=1)
    clouds = [
        total(PAYERS[name], month, "USD", Decimal(one["netCost"]), Decimal(one["amortizedNetCost"])) for name, one in _cloud_facts().items()
    ]
    parts = {part: plain(sum((amounts(workload)[part] for workload, _ in rows), Decimal(0))) for part in PARTS}
    return told(
        {"allocation.json": len(rows), "cloudCost.json": len(CLOUD) * len(DAYS)},
        [total(CLUSTER, month, "USD", whole, whole), *clouds],
        categories(["Usage"] * (len(rows) + len(CLOUD) * len(DAYS))),
        special={
            "about": "The account of the cluster is allocation.json, those of the clouds are cloudCost.json: one money, seen twice.",
            "namespaces": {name: plain(cost) for name, cost in sorted(namespaces.items())},
            "parts": parts,
            "idle": plain(namespaces["__idle__"]),
            "cloudCost": _cloud_facts(),
        },
    )


def _cloud_facts() -> dict[str, Any]:
    """By the payer's account, in USD: what was invoiced, and amortised."""
    found = {}
    for provider in ("AWS", "GCP"):
        own = [costs for name, *_, costs in CLOUD if name == provider]
        by_name = {name: sum((Decimal(costs[i]) for costs in own), Decimal(0)) * len(DAYS) for i, name in enumerate(COSTS)}
        found[provider] = {"rows": len(own) * len(DAYS), **{name: plain(cost) for name, cost in by_name.items()}}
    return found
