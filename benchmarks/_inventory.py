"""Resources with savings that are planted, and others that only look like it: drawn from a seed, with the tables that go with them.

What is planted says its saving a month from the prices that it was drawn with, not from what the plugins do. A trap is never to be
flagged, an ordinary resource is neither.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

__all__ = ["MACHINES", "STORAGE", "Inventory", "draw"]

LAST, DAYS = datetime(2026, 3, 31, tzinfo=UTC), 45
_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32}
_FAMILIES = {"m6i": (Decimal("0.048"), 4), "c6i": (Decimal("0.0425"), 2), "r6i": (Decimal("0.063"), 8)}
#: the price table of machines: price and memory go with the CPUs
MACHINES = [
    {"type": f"{family}.{size}", "region": "eu-west-1", "hourly_price": str(price * cpus), "vcpus": cpus, "memory": cpus * gib}
    | {"family": family, "currency": "USD"}
    for family, (price, gib) in _FAMILIES.items()
    for size, cpus in _SIZES.items()
]
#: the price table of object storage
_TIER = ("tier", "storage_price", "retrieval_price", "request_price", "minimum_days", "hours_to_read")
STORAGE: list[dict[str, Any]] = [
    dict(zip(_TIER, ("Standard", "0.023", "0", "0.0004", 0, 0), strict=True)),
    dict(zip(_TIER, ("Infrequent", "0.0125", "0.01", "0.001", 30, 0), strict=True)),
    dict(zip(_TIER, ("Instant", "0.004", "0.03", "0.01", 90, 0), strict=True)),
    dict(zip(_TIER, ("Deep", "0.00099", "0.02", "0.1", 180, 12), strict=True)),
]
_PRICE = {row["type"]: Decimal(str(row["hourly_price"])) for row in MACHINES}


@dataclass
class Inventory:
    """Cost rows, the utilisation tables by plugin, what is planted (plugin and resource to saving a month), and traps by what they are."""

    costs: list[dict[str, Any]] = field(default_factory=list)
    use: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"rightsizing": [], "idle-resources": [], "storage-tiering": []})
    planted: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    traps: dict[tuple[str, str], str] = field(default_factory=dict)


def draw(seed: int, each: int = 8) -> Inventory:
    """``each`` resources of every kind."""
    random_, found = random.Random(seed), Inventory()
    for number in range(each):
        for place, kind in enumerate((*_MACHINES, *_IDLE, *_STORES)):
            _DRAW[kind](found, random_, f"{kind.replace(' ', '-')}-{number}-{place}", kind)
    random_.shuffle(found.costs)
    return found


def _bill(found: Inventory, name: str, daily: Decimal, quantity: Any, *, days: int = DAYS, until: int = 0, **columns: Any) -> None:
    """A charge a day; ``quantity`` of each."""
    for back in range(until, days):
        begun = LAST - timedelta(days=back)
        row = {"ResourceId": name, "ResourceName": name, "EffectiveCost": str(daily), "BilledCost": str(daily), "ChargeCategory": "Usage"}
        row |= {"ListCost": str(daily), "ContractedCost": str(daily), "BillingCurrency": "USD"}
        row |= {"RegionId": "eu-west-1", "ProviderName": "AWS"}
        row |= {"ChargePeriodStart": begun.isoformat(), "ChargePeriodEnd": (begun + timedelta(days=1)).isoformat(), "SubAccountId": "111"}
        row |= {"ConsumedQuantity": str(quantity), "PricingCategory": "Standard", "BillingAccountId": "1"}
        row |= {"BillingPeriodStart": begun.replace(day=1).isoformat(), "BillingPeriodEnd": "2026-04-01T00:00:00Z"}
        found.costs.append(row | columns)


# machines: what they use of their 8 or 16 CPUs, and what is odd about them
_MACHINES = {
    "oversized": {},
    "oversized office hours": {"hours": 10},
    "oversized with discount": {"discount": Decimal("0.82")},
    "memory bound": {"memory_p95": 0.75},
    "memory unknown": {"memory_p95": None},
    "spiky": {"cpu_max": 0.98},
    "committed": {"columns": {"CommitmentDiscountStatus": "Used", "PricingCategory": "Committed", "CommitmentDiscountId": "sp-1"}},
    "spot": {"columns": {"PricingCategory": "Dynamic"}},
    "changed": {"changed": 9},
    "new machine": {"days": 6},
    "autoscaled": {"columns": {"Tags": {"aws:autoscaling:groupName": "web"}}},
    "kept": {"columns": {"Tags": {"finopsnb:keep": "true"}}},
    "busy": {"cpu_p95": 0.62, "memory_p95": 0.7},
    "no figures": {"unknown": True},
    "short look": {"seen": 4},
}
_FITS = ("oversized", "oversized office hours", "oversized with discount")


def _machine(found: Inventory, random_: random.Random, name: str, kind: str) -> None:
    about = _MACHINES[kind]
    family, size = random_.choice(list(_FAMILIES)), random_.choice(["2xlarge", "4xlarge"])
    cpus, small = _SIZES[size], random_.choice([2, 4])
    used = random_.uniform(0.45, 0.65) * small / cpus if kind != "busy" else about["cpu_p95"]
    memory = about.get("memory_p95", random_.uniform(0.5, 0.75) * small / cpus)
    hours, discount, days = about.get("hours", 24), about.get("discount", Decimal(1)), about.get("days", DAYS)
    columns = {"ServiceName": "Amazon EC2", "ServiceSubcategory": "Virtual Machines", "ConsumedUnit": "Hours", **about.get("columns", {})}
    price = _PRICE[f"{family}.{size}"]
    for first, last, type_ in (
        ((days, 0, f"{family}.{size}"),)
        if "changed" not in about
        else (*((days, about["changed"], f"{family}.8xlarge"), (about["changed"], 0, f"{family}.{size}")),)
    ):
        meter = {
            "SkuMeter": f"{'SpotUsage' if kind == 'spot' else 'BoxUsage'}:{type_}",
            "SkuPriceDetails": f'{{"InstanceType": "{type_}"}}',
        }
        listed = _PRICE[type_] * hours
        _bill(found, name, listed * discount, hours, days=first, until=last, **columns, **meter, ListCost=str(listed))
    # what it sends is billed under its name, and goes on in another type
    transfer = {"ServiceName": "AWS Data Transfer", "ServiceSubcategory": "Network Connectivity", "ConsumedUnit": "GB"}
    _bill(found, name, Decimal("1.7"), 19, days=days, **transfer, SkuMeter="DataTransfer-Out-Bytes")
    if not about.get("unknown"):
        peak = about.get("cpu_max", used * random_.uniform(1.05, 1.3))
        row = {"ResourceId": name, "cpu_p95": used, "memory_p95": memory, "cpu_max": peak, "days": about.get("seen", 30)}
        found.use["rightsizing"].append(row)
    if kind in _FITS:
        found.planted["rightsizing", name] = price * (cpus - small) / cpus * hours * discount * 730 / 24
    elif kind not in ("busy", "no figures"):
        found.traps["rightsizing", name] = kind


# idle: service, what a charge says, a day's cost, and what the utilisation table knows
_VM = {"ServiceName": "Amazon EC2", "ServiceSubcategory": "Virtual Machines", "ConsumedUnit": "Hours", "SkuMeter": "BoxUsage:t9.other"}
_EBS = {"ServiceName": "Amazon EBS", "ServiceSubcategory": "Block Storage", "ConsumedUnit": "GB-Months", "SkuMeter": "EBS:VolumeUsage.gp3"}
_ELB = {"ServiceName": "Elastic Load Balancing", "ServiceSubcategory": "Application Networking", "ResourceType": "Load Balancer"}
_HOURS = {"SkuMeter": "LoadBalancerUsage", "ConsumedUnit": "Hours", "ChargeDescription": "$0.0225 per Application LoadBalancer-hour"}
_LCU = {"SkuMeter": "LCUUsage", "ConsumedUnit": "LCU-Hours", "ChargeDescription": "$0.008 per used Application load balancer LCU-hour"}
_IP = {"ServiceName": "Amazon VPC", "ServiceSubcategory": "Network Infrastructure", "ConsumedUnit": "Hours"}
_IDLE_IP = {**_IP, "SkuMeter": "PublicIPv4:IdleAddress", "ChargeDescription": "$0.005 per Idle public IPv4 address per hour"}
_DB = {"ServiceName": "Amazon RDS", "ServiceSubcategory": "Relational Databases", "ConsumedUnit": "Hours", "SkuMeter": "InstanceUsage:db.x"}
_IDLE: dict[str, dict[str, Any]] = {
    "idle address": {"charge": _IDLE_IP, "idle": True},
    "unattached volume": {"charge": _EBS, "use": {"attached": False}, "idle": True},
    "unattached disk by its words": {"charge": {**_EBS, "ChargeDescription": "Unattached disk P10"}, "idle": True},
    "stopped": {"charge": {**_VM, "ChargeDescription": "Stopped instance, disk and address kept"}, "idle": True},
    "stopped by the table": {"charge": _DB, "use": {"state": "stopped"}, "idle": True},
    "load balancer without traffic": {"charge": {**_ELB, **_HOURS}, "idle": True},
    "billed without usage": {"charge": {**_DB, "SkuMeter": "ProvisionedUnits"}, "quantity": 0, "idle": True},
    "database without connections": {"charge": _DB, "use": {"connections": 0, "cpu_p95": 0.01, "cpu_max": 0.03}, "idle": True},
    "machine without work": {"charge": _VM, "use": {"cpu_p95": 0.008, "cpu_max": 0.02, "network_gb": 0.1}, "idle": True},
    "address in use": {"charge": {**_IP, "SkuMeter": "PublicIPv4:InUseAddress", "ChargeDescription": "$0.005 per In-use IPv4 address"}},
    "attached volume": {"charge": _EBS, "use": {"attached": True}},
    "load balancer with traffic": {"charge": {**_ELB, **_HOURS}, "also": {**_ELB, **_LCU}},
    "new volume": {"charge": _EBS, "use": {"attached": False}, "days": 5},
    "new address": {"charge": _IDLE_IP, "days": 8},
    "standby database": {"charge": {**_DB, "Tags": {"role": "standby"}}, "use": {"connections": 0, "cpu_p95": 0.01, "cpu_max": 0.02}},
    "kept address": {"charge": {**_IDLE_IP, "Tags": {"finopsnb:keep": "yes"}}},
    "batch machine": {"charge": _VM, "use": {"cpu_p95": 0.01, "cpu_max": 0.9, "network_gb": 0.5}},
    "quiet gateway": {"charge": _VM, "use": {"cpu_p95": 0.01, "cpu_max": 0.03, "network_gb": 900}},
    "database of little use": {"charge": _DB, "use": {"connections": 2, "cpu_p95": 0.01, "cpu_max": 0.02}},
    "looked at for three days": {"charge": _DB, "use": {"connections": 0, "days": 3}},
    "committed and idle": {
        "charge": {**_DB, "CommitmentDiscountStatus": "Used", "PricingCategory": "Committed"},
        "use": {"connections": 0, "cpu_p95": 0.01},
    },
    "gone": {"charge": _IDLE_IP, "until": 4},
}


def _idler(found: Inventory, random_: random.Random, name: str, kind: str) -> None:
    about = _IDLE[kind]
    daily = Decimal(random_.randrange(100, 2000)) / 100
    _bill(found, name, daily, about.get("quantity", 24), days=about.get("days", DAYS), until=about.get("until", 0), **about["charge"])
    if "also" in about:
        _bill(found, name, Decimal("0.4"), 3, **about["also"])
    if "use" in about:
        found.use["idle-resources"].append({"ResourceId": name, "days": 30, **about["use"]})
    if about.get("idle"):
        found.planted["idle-resources", name] = daily * 730 / 24
    else:
        found.traps["idle-resources", name] = kind


# stores: terabytes, what of them is read a month, how long objects live
_STORES: dict[str, dict[str, Any]] = {
    "cold store": {"read": Decimal("0.01"), "lifetime": 400, "tier": "Instant"},
    "cool store": {"read": Decimal("0.6"), "lifetime": 400, "tier": "Infrequent"},
    "hot store": {"read": Decimal(2), "lifetime": 400},
    "short lived store": {"read": Decimal("0.01"), "lifetime": 8},
    "store without figures": {"read": None},
    "kept store": {"read": Decimal("0.01"), "lifetime": 400, "columns": {"Tags": {"finopsnb:keep": "true"}}},
    "store of many small reads": {"read": Decimal("0.01"), "lifetime": 400, "reads": 600_000_000},
    "new store": {"read": Decimal("0.01"), "lifetime": 400, "days": 9},
}


def _store(found: Inventory, random_: random.Random, name: str, kind: str) -> None:
    about = _STORES[kind]
    gb = Decimal(random_.randrange(2_000, 20_000))
    columns = {"ServiceName": "Amazon S3", "ServiceCategory": "Storage", "ServiceSubcategory": "Object Storage"}
    columns |= {"ConsumedUnit": "GB-Months", "SkuMeter": "TimedStorage-ByteHrs", "SkuPriceDetails": '{"StorageClass": "Standard"}'}
    columns |= about.get("columns", {})
    # a day of a month of 730 hours
    quantity = gb * 24 / 730
    daily = (quantity * Decimal("0.023")).quantize(Decimal("1e-12"))
    _bill(found, name, daily, quantity.quantize(Decimal("1e-12")), days=about.get("days", DAYS), **columns)
    if about["read"] is not None:
        read, reads = gb * about["read"], about.get("reads", 20_000)
        found.use["storage-tiering"].append({"ResourceId": name, "reads": reads, "read_gb": str(read), "lifetime_days": about["lifetime"]})
    if "tier" not in about:
        found.traps["storage-tiering", name] = kind
        return
    new = next(row for row in STORAGE if row["tier"] == about["tier"])
    reading = read * Decimal(str(new["retrieval_price"])) + Decimal(20) * (Decimal(str(new["request_price"])) - Decimal("0.0004"))
    found.planted["storage-tiering", name] = gb * (Decimal("0.023") - Decimal(str(new["storage_price"]))) - reading


_DRAW = {**dict.fromkeys(_MACHINES, _machine), **dict.fromkeys(_IDLE, _idler), **dict.fromkeys(_STORES, _store)}
