"""Costs, quantities and prices of an Azure export.

Azure's Quantity is in units in some exports and in blocks in others: 4 operations at 0.1 for 10K of them are 4 or 0.0004.
What the row costs tells which: where Quantity times the price is the cost, Quantity is in blocks already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finopsnb.plugins.exports import Raw

from ._azure_charges import COST, Charge
from ._azure_units import block_of, unit_of

__all__ = ["Amounts", "amounts_of", "costs", "has_no_list_cost", "quantities"]

_QUANTITY = ("Quantity", "UsageQuantity")
_UNIT_PRICE = ("UnitPrice", "ResourceRate")
_EFFECTIVE_PRICE = ("EffectivePrice", *_UNIT_PRICE)
_LIST_PRICE, _LIST_COST = ("PayGPrice",), ("paygCostInBillingCurrency",)
_RATE = ("exchangeRatePricingToBilling", "exchangeRate")


@dataclass(frozen=True)
class Amounts:
    """The numbers of a row; prices are in the currency of the bill. ``priced`` is in blocks, ``consumed`` in units."""

    cost: Any
    quantity: Any
    priced: Any
    consumed: Any
    contracted: Any
    #: at list prices; null where the export has none, which it says with a 0
    listed: Any
    unit_price: Any
    list_price: Any


def amounts_of(raw: Raw, charge: Charge) -> Amounts:
    """All the amounts of a row."""
    from finopsnb.plugins.exports import values as v

    cost, quantity = raw.number(*COST), raw.number(*_QUANTITY)
    unit, listed, effective = (_billed(raw, price) for price in (_UNIT_PRICE, _LIST_PRICE, _EFFECTIVE_PRICE))
    measure = raw.text("UnitOfMeasure").fill_null("")
    block = raw.named("block", v.choose((_is_single(measure), 1), otherwise=block_of(measure)))
    about, units = raw.about(*_QUANTITY), block.cast("float64")
    in_blocks = raw.named("in_blocks", _in_blocks(raw.about(*COST), about, _about(raw, _EFFECTIVE_PRICE), units))
    share = (1 / units).cast("decimal(18, 15)")
    priced = raw.named("priced", v.choose((in_blocks, quantity), otherwise=v.times(quantity, share, (about, 1 / units))))
    counted = in_blocks & (block != 1)
    consumed = v.choose((counted, v.times(quantity, block.cast("decimal(38, 15)"), (about, units))), otherwise=quantity)
    about_priced = v.choose((in_blocks, about), otherwise=about / units)

    def at(price: Any, name: tuple[str, ...], otherwise: Any) -> Any:
        product = v.times(priced, price, (about_priced, _about(raw, name)))
        return _cost_at(cost, product, price, effective, charge, otherwise)

    contracted = raw.named("contracted", at(unit, _UNIT_PRICE, cost))
    said = raw.named("said", raw.number(*_LIST_COST).coalesce(at(listed, _LIST_PRICE, v.nothing(cost))))
    known = v.choose(((said != v.ZERO) | (cost == v.ZERO), said), otherwise=v.nothing(cost))
    return Amounts(cost, quantity, priced, consumed, contracted, raw.named("listed", known), unit, listed)


def _cost_at(cost: Any, product: Any, price: Any, effective: Any, charge: Charge, otherwise: Any) -> Any:
    """What the row would cost at a price; where it did cost that, the cost, of which Azure rounds less than of quantities.

    ``product`` is the quantity times that price; without a price it is ``otherwise``.
    """
    from finopsnb.plugins.exports import values as v

    paid = (~charge.covered & (price == effective)).fill_null(False)
    return v.choose((paid, cost), ((price > 0).fill_null(False), product), otherwise=otherwise)


def _is_single(measure: Any) -> Any:
    return measure.startswith("1 ") | measure.startswith("1/") | (measure == "")


def _billed(raw: Raw, price: tuple[str, ...]) -> Any:
    """A price in the currency of the bill; exports of one currency have no rate."""
    from finopsnb.plugins.exports import values as v

    one, rate = raw.number(*price), raw.number(*_RATE)
    exchanged = v.choose(((rate != v.decimal(1)).fill_null(False), v.times(one, rate)), otherwise=one)
    return raw.named(f"billed_{price[0]}", exchanged) if raw.has(*_RATE) else one


def _about(raw: Raw, price: tuple[str, ...]) -> Any:
    """The same price as a float."""
    one = raw.about(*price)
    return one * raw.about(*_RATE).coalesce(1.0) if raw.has(*_RATE) else one


def _in_blocks(cost: Any, quantity: Any, price: Any, block: Any) -> Any:
    """Whether Quantity times the price is nearer to the cost than the same for a block; all of them floats."""
    from finopsnb.plugins.exports import values as v

    product = quantity * price
    nearer = (product - cost).abs() < (product / block - cost).abs()
    return v.choose((block == 1, True), otherwise=nearer.fill_null(False))


def costs(charge: Charge, amounts: Amounts, alone: Any) -> dict[str, Any]:
    """``alone`` is whether there is no amortised cost of the row's bill: then both costs are what the row says."""
    from finopsnb.plugins.exports import values as v

    cost, sold = amounts.cost, (charge.usage | charge.purchase) & ~charge.unused
    none = v.nothing(cost)
    return {
        "BilledCost": v.choose((~alone & (charge.covered | charge.unused), v.ZERO), otherwise=cost),
        "EffectiveCost": v.choose((~alone & charge.bought, v.ZERO), otherwise=cost),
        "ContractedCost": v.choose((charge.unused, v.ZERO), otherwise=amounts.contracted),
        "ListCost": v.choose((charge.unused, v.ZERO), otherwise=amounts.listed.coalesce(amounts.contracted)),
        "ContractedUnitPrice": v.choose((sold & (amounts.unit_price > 0), amounts.unit_price), otherwise=none),
        "ListUnitPrice": v.choose((sold & (amounts.list_price > 0), amounts.list_price), otherwise=none),
    }


def has_no_list_cost(charge: Charge, amounts: Amounts) -> Any:
    """Whether ListCost is filled with what is contracted."""
    return ~charge.unused & amounts.listed.isnull() & amounts.cost.notnull()


def quantities(raw: Raw, charge: Charge, amounts: Amounts) -> dict[str, Any]:
    """In units (consumed) and in blocks (priced); what nobody used was not consumed."""
    from finopsnb.plugins.exports import values as v

    used, sold = charge.usage & ~charge.unused, charge.usage | charge.purchase
    measure = raw.text("UnitOfMeasure")
    unit = raw.named("unit", v.choose((measure.notnull(), unit_of(measure)), otherwise=v.nothing(measure)))
    counted = amounts.quantity if raw.has("UsageQuantity") else amounts.consumed
    nothing, nowhere = v.nothing(amounts.cost), v.nothing(measure)
    return {
        "ConsumedQuantity": v.choose((used, v.decimal(counted)), otherwise=nothing),
        "ConsumedUnit": v.choose((used, unit), otherwise=nowhere),
        "PricingQuantity": v.choose((sold, v.decimal(amounts.priced)), otherwise=nothing),
        "PricingUnit": v.choose((sold, unit), otherwise=nowhere),
    }
