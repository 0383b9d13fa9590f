"""The unit prices of each SKU day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finopsnb.analysis.days import DAY
from finopsnb.analysis.purchases.windows import windowed

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["KEYS", "PRICES", "unit_prices"]

#: what has a price of its own: usage under a commitment has another than usage on demand, and each commitment its own
KEYS = (
    *("provider", "ServiceName", "SkuId", "SkuPriceId", "RegionId", "PricingUnit", "PricingCategory", "CommitmentDiscountId"),
    "BillingCurrency",
)
#: the prices, and the columns that they are read from: the unit price, else the cost by quantity
PRICES = {
    "list": ("ListUnitPrice", "ListCost"),
    "contracted": ("ContractedUnitPrice", "ContractedCost"),
    "effective": ("", "EffectiveCost"),
}
#: below it a price of a day is not read from its cost
_TINY = 0.01
#: within one day prices that differ by more are those of tiers
_TIERS = 1.001


def unit_prices(costs: ir.Table, days: int, *, doubt: float = 0.005) -> ir.Table:
    """One row per SKU (KEYS, "" for null) and day: day (since the first of ``days``), first (day since 1970), days, name, quantity, cost,
    and ``list``, ``contracted`` and ``effective``, the prices of a PricingUnit as floats, null where a day does not tell one.

    A price is that of the unit price columns where they are, else cost by PricingQuantity. A day does not tell a price that comes from
    less than a cent, or from cents whose rounding could have moved it by more than ``doubt``, or when there were several list prices.
    Spot prices, corrections and what is unused of commitments are left out. ``rate`` is what one of the PricingCurrency came to in the
    BillingCurrency, null where they are the same or it is not known.
    """
    import ibis

    rows = windowed(costs, days)
    day = (rows.ChargePeriodStart.epoch_seconds() - rows.window) // DAY
    texts = {name: rows[name].fill_null("") for name in KEYS if name != "BillingCurrency"}
    name = ibis.coalesce(rows.SkuMeter, rows.ChargeDescription, rows.SkuId)
    named = rows.mutate(day=day, first=rows.window // DAY, name=name, **texts)
    used = named.filter(
        named.day.between(0, named.days - 1),
        named.PricingQuantity > 0,
        (named.SkuId != "") | (named.SkuPriceId != ""),
        named.PricingCategory != "Dynamic",
        ~named.CommitmentDiscountStatus.identical_to("Unused"),
        ~named.ChargeClass.identical_to("Correction"),
    )
    sums = used.group_by([*KEYS, "day"]).aggregate(
        first=used["first"].max(),
        days=used.days.max(),
        name=used.name.max(),
        quantity=used.PricingQuantity.sum().cast("float64"),
        cost=used.EffectiveCost.sum(),
        rate=_rate(used),
        lowest=used.ListUnitPrice.min().cast("float64"),
        highest=used.ListUnitPrice.max().cast("float64"),
        **{kind: _price(used, *columns, doubt) for kind, columns in PRICES.items()},
    )
    tiers = (sums.highest > sums.lowest * _TIERS).fill_null(False)
    told = {kind: ibis.ifelse(tiers, ibis.null("float64"), sums[kind]) for kind in PRICES}
    return sums.mutate(**told).drop("lowest", "highest")


def _rate(rows: ir.Table) -> Any:
    """By what was paid in both currencies."""
    import ibis

    other = (rows.PricingCurrency != rows.BillingCurrency).fill_null(False) & (rows.PricingCurrencyEffectiveCost > 0).fill_null(False)
    paid, priced = (rows[name].sum(where=other).cast("float64") for name in ("EffectiveCost", "PricingCurrencyEffectiveCost"))
    return ibis.ifelse(other.all() & (paid > 0), paid / priced, ibis.null("float64"))


def _price(rows: ir.Table, unit_price: str, cost: str, doubt: float) -> Any:
    """The mean of the unit prices by quantity, where all rows have one, else cost by quantity."""
    import ibis

    quantity, paid = rows.PricingQuantity.cast("float64"), rows[cost]
    whole = paid.sum().cast("float64")
    is_in_cents = (paid * 100 % 1 == 0).fill_null(True).all()
    doubtful = (whole < _TINY) | (is_in_cents & (rows.count() * 0.005 > doubt * whole)) | paid.isnull().any()
    divided = ibis.ifelse(doubtful, ibis.null("float64"), whole / quantity.sum())
    if not unit_price:
        return divided
    price = rows[unit_price].cast("float64")
    return ibis.ifelse(price.isnull().any(), divided, (price * quantity).sum() / quantity.sum())
