"""Machines that are larger than their use, and the cheapest type that leaves them room.

    hours, EffectiveCost and ListCost of the recent days     from costs, of one type each
    cpu_p95, memory_p95, cpu_max                             from a utilisation table
    vcpus, memory, hourly_price                              from a price table, of the type there is and of those there could be

Cores and memory that are billed apart, as Google Cloud does, are one machine, and its hours those of a core. A burstable type is taken
only where its baseline bears the use.

A machine is left alone when nothing is known of its use, when its type changed or it began within the days that are looked at, when a
commitment or the spot market pays for it (a smaller one saves nothing, or not what its price says), when it is scaled by a machine, when
it is tagged ``finopsnb:keep``, and when its peaks would not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from finopsnb.analysis import units
from finopsnb.analysis.money import MONEY
from finopsnb.analysis.recommendations.burstable import BASELINES
from finopsnb.analysis.recommendations.given import USE_NAMES, given_table
from finopsnb.analysis.recommendations.ids import plain_id
from finopsnb.analysis.recommendations.window import AUTOSCALED, KEEP, described, first_seen, recent, tagged
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Fit", "machine_prices", "machine_use", "rightsizing", "saved_by"]

_USE = {"ResourceId": "string", "cpu_p95": "float64"}
_USE_TOO = {
    "memory_p95": "float64",
    "cpu_max": "float64",
    "cpu_p99": "float64",
    "cpu_mean": "float64",
    "days": "int64",
    "instance_type": "string",
    "autoscaled": "boolean",
}
_PRICES = {"type": "string", "hourly_price": MONEY, "vcpus": "float64", "memory": "float64"}
_PRICES_TOO = {"region": "string", "family": "string", "currency": "string", "gpus": "float64", "architecture": "string"}
_PRICES_TOO |= {"baseline": "float64"}
_OF_TYPE = ("type", "family", "vcpus", "memory", "hourly_price", "gpus", "architecture", "baseline")
_PRICE_NAMES = {"instance_type": "type", "price": "hourly_price", "price_per_hour": "hourly_price", "vcpu": "vcpus"}
_PRICE_NAMES |= {"memory_gib": "memory", "memory_gb": "memory", "billingcurrency": "currency", "regionid": "region"}
#: shares may be a little more than the whole: machines burst, and clocks are not exact
_MOST = 1.05
#: for so many days a machine may rest
_REST = 3
#: Standard_D4s_v5, E4-2ds_v5, B2ms
_AZURE_TYPE = r"^(standard_|basic_)?([a-z]+)(\d+(?:-\d+)?)([a-z]*)((?:_v\d+)?)$"
_CORES = r"(?i)\b(core|cpu)s?\b"
_MIRRORED = r"(?i)multi-?[ _]?az|zone[ -]?redundant|high availability"


@dataclass(frozen=True)
class Fit:
    """How full a smaller machine may be, and how long one must have been looked at."""

    cpu: float = 0.7
    memory: float = 0.8
    peak: float = 1.0
    days: int = 30
    least_days: int = 14
    any_family: bool = False


def machine_use(given: Any, execute: Execute) -> ir.Table | None:
    """A utilisation table: ResourceId and cpu_p95, where known memory_p95, cpu_max and cpu_mean (all from 0 to 1), days, instance_type,
    autoscaled.

    Raises FinopsError for shares that are no shares.
    """
    import ibis

    table = given_table(given, "The utilisation table", _USE, _USE_TOO, execute, USE_NAMES)
    if table is None:
        return None
    shares = [table[name].fill_null(0) for name in ("cpu_p95", "memory_p95", "cpu_max")]
    beyond = [(share > _MOST) | (share < 0) for share in shares]
    wrong = execute(table.filter(beyond[0] | beyond[1] | beyond[2]).limit(1))
    if wrong.num_rows:
        row = wrong.to_pylist()[0]
        raise FinopsError(
            "The utilisation table has shares that are not between 0 and 1.",
            why=f"{row['ResourceId']} has cpu_p95 {row['cpu_p95']}, memory_p95 {row['memory_p95']}, cpu_max {row['cpu_max']}.",
            hint="divide percentages by 100",
        )
    peak = ibis.greatest(table.cpu_max, table.cpu_p99)
    return _once(table.mutate(cpu_max=ibis.coalesce(peak, table.cpu_max, table.cpu_p99)).drop("cpu_p99"))


def machine_prices(given: Any, execute: Execute) -> ir.Table | None:
    """A price table: type, hourly_price, vcpus, memory (GiB), where known region, family, currency, gpus, architecture and baseline.

    ``baseline`` is how much of each CPU a burstable type has for good, from 0 to 1; those of AWS and Azure are known.

    A family that is not given is that of the name: m6i of m6i.xlarge, ds_v5 of Standard_D4s_v5, n2-standard of n2-standard-4.
    """
    import ibis

    table = given_table(given, "The price table", _PRICES, _PRICES_TOO, execute, _PRICE_NAMES)
    if table is None:
        return None
    usable = table.filter(table.hourly_price > 0, table.vcpus > 0, table.memory > 0, table.type.notnull())
    family = ibis.coalesce(usable.family.lower(), _family(usable.type.lower()))
    usable = usable.mutate(gpus=usable.gpus.fill_null(0), family=family, key=_plain_type(usable.type), region=usable.region.lower())
    return usable.mutate(baseline=ibis.coalesce(usable.baseline, usable.key.cases(*BASELINES.items(), else_=None)))


def rightsizing(costs: ir.Table, use: ir.Table, prices: ir.Table, fit: Fit) -> ir.Table:
    """One row per machine that can be smaller: what it is and cost in ``days`` days, what it could be, and its figures.

    Columns: ResourceId, BillingCurrency, ResourceName, ServiceName, RegionId, SubAccountId, ProviderName, days, hours, cost, list_cost,
    type, vcpus, memory, hourly_price, those with ``new_`` before them, cpu_p95, memory_p95, cpu_max, known_days.
    """
    import ibis

    known = _machines(costs, use, prices, fit)
    known = known.mutate(_id=plain_id(known.ResourceId))
    there = known.join(_by_id(use).drop("days", "instance_type", "autoscaled"), "_id").drop("_id")
    now = there.join(prices, [there.type_key == prices.key, _there(there, prices)]).select(
        there, *(prices[name] for name in (*_OF_TYPE, "currency"))
    )
    # hours of its cores, where these are billed one by one
    now = now.mutate(hours=ibis.ifelse(now.by_core, (now.hours.cast("float64") / now.vcpus).cast(MONEY), now.hours)).drop("by_core")
    news = prices.rename(**{f"new_{name}": name for name in (*_OF_TYPE, "key")})
    both = now.join(news, [_there(now, news), now.hourly_price > news.new_hourly_price])
    found = both.filter(_fits(both, fit))
    place = ibis.row_number().over(
        group_by=["ResourceId", "BillingCurrency"], order_by=["new_hourly_price", ibis.desc("new_memory"), "new_type"]
    )
    best = found.mutate(_place=place).filter(ibis._["_place"] == 0)
    return best.order_by(["BillingCurrency", "ResourceId"])


def saved_by(row: Mapping[str, Any]) -> Decimal:
    """What the recent days would have cost less on the new type: the same hours at its price, with the discount that there was.

    ``hours x (price - new price) x cost / list cost``, and never more than that share of the cost by which the new price is lower; which
    is all that prices without a currency tell, and what counts where a second machine in another zone is billed with the first.
    """
    with localcontext(prec=60):
        now, new, cost = row["hourly_price"], row["new_hourly_price"], row["cost"]
        most: Decimal = cost * (now - new) / now
        listed = row["list_cost"] or row["hours"] * now
        exactly: Decimal = row["hours"] * (now - new) * cost / listed
        return min(most, exactly) if row["currency"] and not row["mirrored"] else most


def _there(rows: Any, prices: Any) -> ir.BooleanValue:
    """The prices of the region and currency of a row; one without region or currency is of all."""
    currency = prices.currency.isnull() | (prices.currency == rows.BillingCurrency)
    return currency & (prices.region.isnull() | (prices.region == rows.RegionId.lower()))


def _fits(both: ir.Table, fit: Fit) -> ir.BooleanValue:
    import ibis

    cpu = both.new_vcpus * fit.cpu >= both.cpu_p95 * both.vcpus
    peak = both.cpu_max.isnull() | (both.new_vcpus * fit.peak >= both.cpu_max * both.vcpus)
    enough = both.new_memory * fit.memory >= both.memory_p95 * both.memory
    memory = (both.memory_p95.isnull() & (both.new_memory >= both.memory)) | enough.fill_null(False)
    family = both.new_family == both.family
    # a burstable type has that much of its CPU for good; above it, it lives on what it saved before
    steady = ibis.coalesce(both.cpu_mean, both.cpu_p95) * both.vcpus <= both.new_vcpus * both.new_baseline.fill_null(1)
    # what is made for another processor does not run, and a machine with a GPU is there for it
    alike = steady & (both.new_gpus >= both.gpus) & (both.new_architecture == both.architecture).fill_null(True)
    return alike & cpu & peak & memory & (family | fit.any_family)


def _machines(costs: ir.Table, use: ir.Table, prices: ir.Table, fit: Fit) -> ir.Table:
    """The machines that may be changed, each with its hours and cost of the recent days, and its type."""
    import ibis

    rows = recent(costs, fit.days)
    told = _by_id(use).select("_id", "instance_type", "autoscaled", known_days=use.days)
    rows = rows.mutate(_id=plain_id(rows.ResourceId)).join(told, "_id")
    rows = rows.mutate(instance_type=_plain_type(rows.instance_type), told_type=_plain_type(_told_type(rows)))
    told = rows.told_type.isin(prices.key) | (_names_a_type(rows) & _hours(rows).notnull())
    typed = rows.mutate(type_key=ibis.cases((told, rows.told_type), (_is_machine(rows) | _is_memory(rows), rows.instance_type), else_=None))
    machines = typed.filter(typed.type_key.notnull())
    sums = machines.group_by("ResourceId", "BillingCurrency").aggregate(
        **described(machines),
        hours=_hours(machines).sum(),
        cost=machines.EffectiveCost.sum(),
        list_cost=machines.ListCost.sum(),
        by_core=machines.SkuMeter.re_search(_CORES).fill_null(False).any(),
        mirrored=_said(machines).re_search(_MIRRORED).any(),
        type_key=machines.type_key.max(),
        types=machines.type_key.nunique(),
        start=machines.start.max(),
        last=machines["last"].max(),
        until=machines.ChargePeriodStart.max(),
        charged=machines.ChargePeriodStart.truncate("D").nunique(),
        since=machines.ChargePeriodStart.min(),
        known_days=machines.known_days.max(),
        instance_type=machines.instance_type.max(),
        left_alone=(_paid_otherwise(machines) | tagged(machines, [KEEP, *AUTOSCALED]) | machines.autoscaled.fill_null(False)).any(),
    )
    seen = sums.join(first_seen(costs), "ResourceId")
    days = (seen["last"].epoch_seconds() - ibis.greatest(seen.seen, seen.start).truncate("D").epoch_seconds()) // 86_400 + 1
    counted = seen.mutate(days=days)
    return counted.filter(
        ~counted.left_alone,
        counted.types == 1,
        counted.days >= fit.least_days,
        _goes_on(counted),
        counted.known_days.fill_null(fit.least_days) >= fit.least_days,
        # what is known of the use of another type tells nothing of this one
        counted.instance_type.fill_null(counted.type_key) == counted.type_key,
        counted.hours > 0,
        counted.cost > 0,
    ).drop("left_alone", "types", "start", "last", "until", "charged", "since", "seen", "instance_type")


def _names_a_type(rows: ir.Table) -> ir.BooleanValue:
    """A type stands in the charge, be it one with a price or not."""
    details = rows.SkuPriceDetails.cast("string").contains('InstanceType"')
    return details.fill_null(False) | rows.SkuMeter.contains(":").fill_null(False)


def _goes_on(rows: ir.Table) -> ir.BooleanValue:
    """It ran on the last day; one that rests on some days may have rested for a few."""
    day = 86_400
    behind = (rows["last"].epoch_seconds() - rows.until.truncate("D").epoch_seconds()) // day
    span = (rows.until.truncate("D").epoch_seconds() - rows.since.truncate("D").epoch_seconds()) // day + 1
    return (behind <= 0) | ((rows.charged < span) & (behind <= _REST))


def _told_type(rows: ir.Table) -> ir.StringValue:
    """The type that a charge names: InstanceType of SkuPriceDetails, else what is behind the colon of SkuMeter, or all of it."""
    import ibis

    details = rows.SkuPriceDetails.cast("string").re_extract(r'"(?:x_)?InstanceType"\s*:\s*"([^"]*)"', 1).nullif("")
    meter = rows.SkuMeter.re_extract(r"([^:]*)$", 1).nullif("")
    return ibis.coalesce(details, meter)


def _plain_type(name: ir.StringValue) -> ir.StringValue:
    """A type however it is written: Standard_D4s_v5 and D4s v5 are one."""
    return name.lower().re_replace(r"^standard_|[\s_]+", "")


def _family(kind: ir.StringValue) -> ir.StringValue:
    """Of a type in small letters, without its size: what is before the dot, before a last number, or around Azure's first number."""
    import ibis

    return ibis.cases(
        (kind.contains("."), kind.split(".")[0]),
        (kind.re_search(_AZURE_TYPE), kind.re_replace(_AZURE_TYPE, r"\2\4\5")),
        else_=kind.re_replace(r"-\d+$", ""),
    )


def _is_machine(rows: ir.Table) -> ir.BooleanValue:
    kind = rows.ServiceSubcategory.fill_null("Virtual Machines") == "Virtual Machines"
    return kind & (rows.ServiceCategory.fill_null("Compute") == "Compute") & _hours(rows).notnull()


def _is_memory(rows: ir.Table) -> ir.BooleanValue:
    """The memory of a machine, where it is billed beside its cores."""
    kind = rows.ServiceSubcategory.fill_null("Virtual Machines") == "Virtual Machines"
    by_memory = units.is_memory(rows.ConsumedUnit) | units.is_memory(rows.PricingUnit)
    return kind & (rows.ServiceCategory.fill_null("Compute") == "Compute") & by_memory


def _said(rows: ir.Table) -> ir.StringValue:
    return (
        rows.SkuMeter.fill_null("")
        + " | "
        + rows.ChargeDescription.fill_null("")
        + " | "
        + rows.SkuPriceDetails.cast("string").fill_null("")
    )


def _hours(rows: ir.Table) -> ir.Value:
    import ibis

    return ibis.coalesce(units.hours(rows.ConsumedUnit, rows.ConsumedQuantity), units.hours(rows.PricingUnit, rows.PricingQuantity))


def _paid_otherwise(rows: ir.Table) -> ir.BooleanValue:
    """By a commitment, or at a price that moves."""
    committed = (rows.CommitmentDiscountStatus == "Used").fill_null(False)
    other = rows.PricingCategory.isin(["Committed", "Dynamic"]).fill_null(False)
    return committed | other | rows.SkuMeter.lower().contains("spot").fill_null(False)


def _once(table: ir.Table) -> ir.Table:
    """One row per resource: of several that which says most use."""
    import ibis

    others = [name for name in table.columns if name != "cpu_p95"]
    place = ibis.row_number().over(group_by=plain_id(table.ResourceId), order_by=[ibis.desc("cpu_p95"), *others])
    known = table.filter(table.ResourceId.notnull(), table.cpu_p95.notnull())
    return known.mutate(_place=place).filter(ibis._["_place"] == 0).drop("_place")


def _by_id(use: ir.Table) -> ir.Table:
    return use.mutate(_id=plain_id(use.ResourceId)).drop("ResourceId")
