"""Stores that are read so seldom that another class of storage is cheaper, with what reading and leaving early cost there.

    GB and EffectiveCost of the recent days             from costs: charges by gigabyte and month
    reads, read_gb a month, tier, lifetime_days         from a utilisation table: without it nothing is recommended
    storage_price, retrieval_price, request_price, ...  from a price table, of the class there is and of those there could be

What a month costs in a class is GB x storage_price x (what is paid now / list price) + read_gb x retrieval_price
+ reads / 1000 x request_price. A class with a minimum duration that the objects do not live to is paid for until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import groupby
from typing import TYPE_CHECKING, Any

from finopsnb.analysis import units
from finopsnb.analysis.money import MONEY
from finopsnb.analysis.recommendations.given import given_table
from finopsnb.analysis.recommendations.ids import plain_id
from finopsnb.analysis.recommendations.months import a_month
from finopsnb.analysis.recommendations.window import KEEP, described, first_seen, recent, tagged

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["InMonth", "cheapest", "in_a_month", "storage_prices", "storage_use", "tiering"]

_USE = {"ResourceId": "string", "reads": MONEY, "read_gb": MONEY}
_USE_TOO = {"tier": "string", "lifetime_days": "float64", "days": "int64"}
_PRICES = {"tier": "string", "storage_price": MONEY}
_PRICES_TOO = {
    **{"region": "string", "currency": "string", "provider": "string", "retrieval_price": MONEY, "request_price": MONEY},
    **{"minimum_days": "float64", "hours_to_read": "float64"},
}
_UNIT = Decimal("1e-18")
_FIGURES = ("storage_price", "retrieval_price", "request_price", "minimum_days", "hours_to_read")


def storage_use(given: Any, execute: Execute) -> ir.Table | None:
    """A utilisation table: ResourceId, reads and read_gb of a month, where known tier, lifetime_days (of the objects) and days."""
    table = given_table(given, "The utilisation table", _USE, _USE_TOO, execute)
    if table is None:
        return None
    usable = table.filter(table.ResourceId.notnull(), table.reads.notnull(), table.read_gb.notnull())
    return usable.group_by(_id=plain_id(usable.ResourceId)).aggregate(
        ResourceId=usable.ResourceId.min(),
        reads=usable.reads.max(),
        read_gb=usable.read_gb.max(),
        tier=usable.tier.max(),
        lifetime_days=usable.lifetime_days.min(),
        known_days=usable.days.min(),
    )


def storage_prices(given: Any, execute: Execute) -> ir.Table | None:
    """A price table: tier and storage_price (a GB and month), where they apply retrieval_price (a GB), request_price (1000 reads),
    minimum_days, hours_to_read, region, provider and currency."""
    table = given_table(given, "The price table", _PRICES, _PRICES_TOO, execute)
    if table is None:
        return None
    zeros = {name: table[name].fill_null(0) for name in _FIGURES[1:]}
    named = table.filter(table.tier.notnull(), table.storage_price > 0).mutate(**zeros)
    return named.mutate(key=_plain(named.tier), region=named.region.lower(), provider=named.provider.lower())


def tiering(costs: ir.Table, use: ir.Table, prices: ir.Table, *, days: int = 30, lifetime: float = 30, slowest: float = 0) -> ir.Table:
    """A row per store and class of storage that it could be in: its figures, and those of both classes, the new ones with ``new_``.

    Columns: ResourceId, BillingCurrency, ResourceName, ServiceName, RegionId, SubAccountId, ProviderName, days, gb (a month), cost (of
    the days), reads, read_gb, lifetime, tier, and of both classes storage_price, retrieval_price, request_price, minimum_days,
    hours_to_read. Objects of which it is not known how long they live are taken to live ``lifetime`` days; classes that take more
    than ``slowest`` hours to read are left out.
    """
    stores = _stores(costs, use, days, lifetime)
    now = stores.join(prices, [stores.tier_key == prices.key, _there(stores, prices)])
    now = now.select(stores, *(prices[name] for name in ("tier", "currency", *_FIGURES)))
    news = prices.rename(**{f"new_{name}": name for name in ("tier", "key", *_FIGURES)})
    both = now.join(news, [_there(now, news), now.tier_key != news.new_key])
    found = both.filter(both.new_hours_to_read <= slowest).select(*now.columns, *(f"new_{name}" for name in ("tier", *_FIGURES)))
    return found.drop("tier_key").order_by(["BillingCurrency", "ResourceId", "new_tier"])


@dataclass(frozen=True)
class InMonth:
    """A store in a month: its gigabytes, and what it costs where it is and where it could be."""

    gb: Decimal
    now: Decimal
    new: Decimal


def cheapest(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], InMonth]]:
    """Of the rows of :func:`tiering` for each store that with the least cost, where that is less than it costs now."""
    for _, group in groupby(rows, key=lambda row: (row["BillingCurrency"], row["ResourceId"])):
        choices = [(row, in_a_month(row)) for row in group]
        best = min(choices, key=lambda one: (one[1].new, one[0]["new_tier"]))
        if best[1].new < best[1].now:
            yield best


def in_a_month(row: Mapping[str, Any]) -> InMonth:
    """What a month costs in both classes; the discount on the list price of storage stays what it is."""
    with localcontext(prec=60):
        gb, kept = a_month(row["gb"], row["days"]), a_month(row["cost"], row["days"])
        discount = kept / (gb * row["storage_price"])
        early = Decimal(str(max(1.0, row["new_minimum_days"] / row["lifetime"])))
        # prices without a currency are brought to that of the bill by what is paid
        worth = Decimal(1) if row["currency"] else discount
        now, new = (_reading(row, which) * worth for which in ("", "new_"))
        new += gb * row["new_storage_price"] * discount * early
        return InMonth(gb, (kept + now).quantize(_UNIT, ROUND_HALF_EVEN), new.quantize(_UNIT, ROUND_HALF_EVEN))


def _reading(row: Mapping[str, Any], which: str) -> Decimal:
    read: Decimal = row["read_gb"] * row[f"{which}retrieval_price"] + row["reads"] / 1000 * row[f"{which}request_price"]
    return read


def _stores(costs: ir.Table, use: ir.Table, days: int, lifetime: float) -> ir.Table:
    """Each store with its gigabytes and the cost of keeping them; those of one class, that are not young or to be kept."""
    import ibis

    rows = recent(costs, days)
    rows = rows.mutate(_id=plain_id(rows.ResourceId)).join(use.drop("ResourceId"), "_id")
    kept = rows.filter(_is_keeping(rows))
    told = kept.SkuPriceDetails.cast("string").re_extract(r'"StorageClass"\s*:\s*"([^"]*)"', 1).nullif("")
    classed = kept.mutate(tier_key=_plain(ibis.coalesce(kept.tier, told)))
    sums = classed.group_by("ResourceId", "BillingCurrency").aggregate(
        **described(classed),
        gb=_amount(classed).sum(),
        cost=classed.EffectiveCost.sum(),
        tier_key=classed.tier_key.max(),
        tiers=classed.tier_key.nunique(),
        left_alone=tagged(classed, [KEEP]).any(),
        until=classed.ChargePeriodStart.max(),
        start=classed.start.max(),
        last=classed["last"].max(),
        **{name: classed[name].max() for name in ("reads", "read_gb", "known_days")},
        lifetime=classed.lifetime_days.min().fill_null(lifetime),
    )
    seen = sums.join(first_seen(costs), "ResourceId")
    ready = seen.filter(
        *(~seen.left_alone, seen.tiers == 1, seen.cost > 0, seen.gb > 0, seen.until >= seen["last"], seen.lifetime > 0),
        *(seen.seen < seen.start + ibis.interval(days=1), seen.known_days.fill_null(days) >= days),
    )
    return ready.drop("left_alone", "tiers", "until", "start", "last", "known_days", "seen").mutate(days=ibis.literal(days))


def _there(rows: Any, prices: Any) -> ir.BooleanValue:
    currency = prices.currency.isnull() | (prices.currency == rows.BillingCurrency)
    provider = prices.provider.isnull() | (prices.provider == rows.ProviderName.lower())
    return currency & provider & (prices.region.isnull() | (prices.region == rows.RegionId.lower()))


def _is_keeping(rows: ir.Table) -> ir.BooleanValue:
    """A charge by gigabyte and month of a store: not of its requests, nor of a disk."""
    return _amount(rows).notnull() & (rows.ServiceSubcategory.fill_null("Object Storage") == "Object Storage")


def _amount(rows: ir.Table) -> ir.Value:
    """Gigabytes for a month; a byte for a second is priced so, too."""
    import ibis

    consumed = units.gigabyte_months(rows.ConsumedUnit, rows.ConsumedQuantity)
    return ibis.coalesce(consumed, units.gigabyte_months(rows.PricingUnit, rows.PricingQuantity))


def _plain(name: ir.StringValue) -> ir.StringValue:
    """A class by its letters and digits: "Standard - Infrequent Access" is "standard_infrequent_access"."""
    return name.lower().re_replace(r"[^a-z0-9]+", "")
