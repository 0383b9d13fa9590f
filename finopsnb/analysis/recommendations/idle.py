"""What is paid for and not used, from costs alone where these tell it, and from a utilisation table where one is given.

    address          a charge says that an address is idle, unused or not attached, or the table does
    unattached       a charge says that a volume is not attached, or the table does, and did so on as many days
    stopped          a charge says that a machine is stopped, or the table does, on as many days, and its time is billed all the same
    load-balancer    hours of a load balancer or gateway are billed, and no traffic in a month, where others of the service have traffic
    no-usage         every charge of a month has a ConsumedQuantity of 0 and costs something
    unused           the table has no requests, no connections, or hardly any CPU and little memory

Words are looked for in ChargeDescription, SkuMeter, SkuPriceDetails and ResourceType, by ``PATTERNS``. A resource is idle when it is
so on each of the days that are looked at. Left alone is what began within them, what waits for another one to fail (by its tags or its
name), what is tagged ``finopsnb:keep``, and what is stopped and billed for what it stores only, for that is what stopping is for. What a
commitment pays for saves nothing when it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from finopsnb.analysis import units
from finopsnb.analysis.recommendations.given import USE_NAMES, given_table
from finopsnb.analysis.recommendations.ids import plain_id
from finopsnb.analysis.recommendations.window import KEEP, described, first_seen, on_standby, recent, tagged

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["KINDS", "PATTERNS", "idle", "idle_use"]

#: what the words of a charge say; matched in lower case
PATTERNS = {
    "address": r"idle ?-?address|idle public ip|unused (static )?(external )?(ip|address)|static ip charge"
    r"|(static|elastic|external) ?ip.*(not attached|unattached|unused|idle)|(ip|address).*not (attached|in use)",
    "unattached": r"unattached|not attached to (any|an) |detached (disk|volume)|state\"\s*:\s*\"(available|detached)\"",
    "stopped": r"\bstopped\b|deallocated|hibernated",
}
_BALANCER = r"load ?-?balancer|loadbalancerusage|forwarding rule|nat ?-?gateway|application gateway|vpn connection"
_IP = r"\bip(v4|v6)?\b|\bip address"
_VOLUME = r"\bvolume|\bdisks?\b|\bebs\b"
_TRAFFIC = r"\blcu|bytes|data processed|data processing|data transfer|capacity unit|requests|gi?b\b"
#: kinds by how sure they are, the surest first
KINDS = ("address", "unattached", "stopped", "load-balancer", "no-usage", "unused")
_NEEDED = {"ResourceId": "string"}
_USE = {
    **{"cpu_p95": "float64", "cpu_max": "float64", "requests": "float64", "connections": "float64", "network_gb": "float64"},
    **{"memory_p95": "float64", "attached": "boolean", "state": "string", "days": "int64"},
}
#: in days; who is asked once a month is in use
_MONTH = 31
#: what a machine that does nothing may keep of its memory
_MEMORY = 0.4
_OFF = ("stopped", "deallocated", "terminated", "suspended", "off")


def idle_use(given: Any, execute: Execute) -> ir.Table | None:
    """A utilisation table: ResourceId, and any of attached, state, requests, connections, network_gb, cpu_p95, cpu_max,
    memory_p95, days."""
    return given_table(given, "The utilisation table", _NEEDED, _USE, execute, USE_NAMES)


def idle(costs: ir.Table, use: ir.Table | None, *, days: int = 14, cpu: float = 0.02) -> ir.Table:
    """One row per resource that is idle: ``kind`` (KINDS), its cost in the last ``days`` days, and what the table says of it.

    Columns: ResourceId, BillingCurrency, ResourceName, ServiceName, RegionId, SubAccountId, ProviderName, kind, cost (EffectiveCost
    without what commitments pay), said (a ChargeDescription), and cpu_p95, requests, connections, network_gb, state of the table.
    """
    import ibis

    found = _with_use(_told(_charges(recent(costs, max(days, _MONTH)), days)), use)
    seen = found.join(first_seen(costs), "ResourceId")
    old = seen.filter(seen.seen < seen.start + ibis.interval(days=1), seen.until >= seen["last"], ~seen.left_alone, seen.cost > 0)
    long = old.days.fill_null(days) >= days
    loose = (~old.attached & long).fill_null(False)
    off = old.state.lower().isin(_OFF).fill_null(False)
    kind = ibis.cases(
        (old.is_address | (loose & old.is_ip), "address"),
        (old.is_unattached | (loose & old.is_volume), "unattached"),
        (old.is_stopped | (off & long & old.ran), "stopped"),
        (old.is_balancer & ~old.has_traffic & old.others_have_traffic, "load-balancer"),
        (old.is_empty, "no-usage"),
        # nothing can be asked of what is off
        (_unused(old, days, cpu) & ~off, "unused"),
        else_=None,
    )
    named = old.mutate(kind=ibis.ifelse(_in_use(old), ibis.null("string"), kind))
    return named.filter(named.kind.notnull()).select(*_COLUMNS).order_by(["BillingCurrency", "ResourceId"])


_COLUMNS = (
    *("ResourceId", "BillingCurrency", "ResourceName", "ServiceName", "RegionId", "SubAccountId", "ProviderName", "kind", "cost", "said"),
    *("cpu_p95", "requests", "connections", "network_gb", "state"),
)


def _charges(rows: ir.Table, days: int) -> ir.Table:
    """Few rows in place of many: one per resource and kind of charge, so that words are looked for once.

    ``lately`` are those of the last ``days`` days, ``start`` is their beginning.
    """
    import ibis

    rows = rows.mutate(start=(rows["last"] - ibis.interval(days=days - 1)).cast(rows["last"].type()))
    rows = rows.mutate(lately=rows.ChargePeriodStart >= rows.start)
    committed = (rows.CommitmentDiscountStatus == "Used").fill_null(False) | (rows.PricingCategory == "Committed").fill_null(False)
    keys = (
        "ResourceId",
        "BillingCurrency",
        "_provider",
        "ServiceName",
        "ServiceSubcategory",
        "SkuMeter",
        "ChargeDescription",
        "ConsumedUnit",
        "lately",
    )
    text = {"details": rows.SkuPriceDetails.cast("string"), "kind_of_resource": rows.ResourceType}
    sums = rows.group_by(*keys, **text).aggregate(
        **{name: value for name, value in described(rows).items() if name != "ServiceName"},
        cost=rows.EffectiveCost.sum(where=~committed).fill_null(0),
        quantity=rows.ConsumedQuantity.abs().sum(),
        counted=rows.ConsumedQuantity.count(),
        left_alone=(tagged(rows, [KEEP]) | on_standby(rows)).any(),
        until=rows.ChargePeriodStart.max(),
        start=rows.start.max(),
        last=rows["last"].max(),
    )
    parts = (sums.SkuMeter, sums.ChargeDescription, sums.details)
    words = parts[0].fill_null("") + " | " + parts[1].fill_null("") + " | " + parts[2].fill_null("")
    thing = sums.kind_of_resource.fill_null("") + " | " + words
    unit = sums.ConsumedUnit.fill_null("")
    by_time = (unit == "") | ((units.is_by_time(unit) | units.is_period(unit)) & ~units.is_of_size(unit))
    return sums.mutate(words=words.lower(), thing=thing.lower(), by_hour=units.is_time(unit), by_time=by_time)


def _told(charges: ir.Table) -> ir.Table:
    """One row per resource, with what all of its charges say."""
    says = {f"says_{name}": charges.thing.re_search(pattern) for name, pattern in PATTERNS.items()}
    balancer = charges.thing.re_search(_BALANCER)
    told = charges.mutate(**says, balancer=balancer, traffic=charges.words.re_search(_TRAFFIC) & (charges.quantity.fill_null(0) > 0))
    told = told.mutate(others_have_traffic=(told.traffic & told.balancer).any().over(group_by=["_provider", "ServiceName"]))
    before = ~told.lately
    return told.group_by("ResourceId", "BillingCurrency").aggregate(
        **{name: told[name].max() for name in ("ResourceName", "ServiceName", "RegionId", "SubAccountId", "ProviderName")},
        cost=told.cost.sum(where=told.lately),
        said=told.ChargeDescription.max(where=told.lately),
        left_alone=told.left_alone.any(),
        until=told.until.max(),
        start=told.start.max(),
        last=told["last"].max(),
        is_address=(told.says_address | before).all(),
        is_unattached=(told.says_unattached | before).all(),
        # and none of its charges is for the hours that it ran
        is_stopped=(told.says_stopped & ~before).any() & (told.says_stopped | ~told.by_hour | before).all(),
        # what is kept while a machine is stopped is not what stopping it was to save
        ran=(told.by_time & ~before).any(),
        # what is told by its costs alone may be asked at the end of a month only: all of a month is looked at
        is_balancer=told.balancer.all(),
        has_traffic=told.traffic.any(),
        others_have_traffic=told.others_have_traffic.any(),
        is_ip=told.thing.re_search(_IP).any(),
        # bills before FOCUS 1.1 have no subcategory
        is_volume=((told.ServiceSubcategory == "Block Storage").fill_null(False) | told.thing.re_search(_VOLUME)).any(),
        is_empty=((told.counted > 0) & (told.quantity == 0)).fill_null(False).all(),
    )


def _with_use(found: ir.Table, use: ir.Table | None) -> ir.Table:
    import ibis

    if use is None:
        return found.mutate(**{name: ibis.null(kind) for name, kind in _USE.items()})
    most = use.filter(use.ResourceId.notnull()).group_by(_id=plain_id(use.ResourceId))
    # of several rows of one resource that counts which says most use
    told = most.aggregate(**{name: use[name].min() if name in ("state", "days") else use[name].max() for name in _USE})
    return found.mutate(_id=plain_id(found.ResourceId)).left_join(told, "_id").drop("_id", "_id_right")


def _unused(rows: ir.Table, days: int, cpu: float) -> ir.BooleanValue:
    """Everything that the table knows is nothing, and it knows enough: requests or connections, or the CPU with its network."""
    nothing = [rows[name].fill_null(0) == 0 for name in ("requests", "connections")]
    served = rows.requests.notnull() | rows.connections.notnull()
    still = (rows.cpu_p95 <= cpu) & (rows.cpu_max.fill_null(rows.cpu_p95) <= 5 * cpu) & (rows.network_gb.fill_null(0) <= 1)
    still &= rows.memory_p95.fill_null(0) <= _MEMORY
    calm = rows.cpu_p95.isnull() | still
    return ((rows.days.fill_null(days) >= days) & nothing[0] & nothing[1] & calm & (served | still.fill_null(False))).fill_null(False)


def _in_use(rows: ir.Table) -> ir.BooleanValue:
    """What the table says is used is used, whatever a charge says."""
    return ((rows.requests.fill_null(0) > 0) | (rows.connections.fill_null(0) > 0)).fill_null(False)
