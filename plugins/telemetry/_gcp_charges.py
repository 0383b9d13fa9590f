"""What a row of Google's billing export is: its kind, what it costs, its credits, and the commitment behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finopsnb.plugins.exports import Further, Raw

__all__ = ["CREDIT", "Charge", "commitment", "costs", "credit_rows", "priced"]

#: the fields of a credit
CREDIT = ("name", "full_name", "id", "type", "amount")

#: credits that lower the price of the very usage that they are on, and so are in its EffectiveCost
_DISCOUNTS = (
    "COMMITTED_USAGE_DISCOUNT",
    "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE",
    "DISCOUNT",
    "FEE_UTILIZATION_OFFSET",
    "FREE_TIER",
    "RESELLER_MARGIN",
    "SUBSCRIPTION_BENEFIT",
    "SUSTAINED_USAGE_DISCOUNT",
)
_BY_USAGE, _BY_SPEND = "COMMITTED_USAGE_DISCOUNT", "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE"


@dataclass(frozen=True)
class Charge:
    """The kind of a row, its credits, what the discounts among them come to, and the first one of a commitment."""

    usage: Any
    fee: Any
    tax: Any
    covered: Any
    credits: Any
    discount: Any
    covering: Any

    @classmethod
    def of(cls, raw: Raw) -> Charge:
        """A row without a cost type is regular; a commitment is told from usage by the name of its SKU alone."""
        from finopsnb.plugins.exports import values as v

        kind = raw.text("cost_type").lower().fill_null("regular")
        bought = raw.text("sku.description").lower().startswith("commitment").fill_null(False)
        credits = raw.objects("credits", *CREDIT, amount="amount")
        discounts = credits.filter(lambda one: v.is_one_of(one["type"], _DISCOUNTS)).map(lambda one: one["amount"])
        covering = raw.named("covering", credits.filter(lambda one: v.is_one_of(one["type"], (_BY_USAGE, _BY_SPEND))))
        regular = kind == "regular"
        usage, fee = raw.named("usage", regular & ~bought), raw.named("fee", regular & bought)
        covered = raw.named("covered", usage & (covering.length() > 0).fill_null(False))
        discount = raw.named("discount", v.decimal(discounts.sums().fill_null(v.ZERO)))
        return cls(usage, fee, kind == "tax", covered, credits, discount, covering[0])

    @property
    def category(self) -> Any:
        from finopsnb.plugins.exports import values as v

        return v.choose((self.usage, "Usage"), (self.fee, "Purchase"), (self.tax, "Tax"), otherwise="Adjustment")


def costs(raw: Raw, charge: Charge) -> dict[str, Any]:
    """The cost is gross on every row; credits that are discounts lower EffectiveCost here, the others where they stand."""
    from finopsnb.plugins.exports import values as v

    cost = raw.number("cost")
    sold, none = charge.usage | charge.fee, v.nothing(cost)
    return {
        "BilledCost": cost,
        "EffectiveCost": v.decimal(cost + charge.discount),
        "ContractedCost": cost,
        "ListCost": raw.number("cost_at_list").fill_null(cost),
        "ContractedUnitPrice": v.choose((sold, _each(raw, "price.effective_price")), otherwise=none),
        "ListUnitPrice": v.choose((sold, _each(raw, "price.list_price")), otherwise=none),
    }


def _each(raw: Raw, name: str) -> Any:
    """A price, which may be for 1000 of the unit, for one of it."""
    from finopsnb.plugins.exports import values as v

    price, block = raw.number(name), raw.number("price.pricing_unit_quantity").fill_null(v.decimal(1))
    return v.choose((block == v.decimal(1), price), otherwise=v.times(price, (1 / block.cast("float64")).cast("decimal(38, 15)")))


def priced(raw: Raw, charge: Charge) -> dict[str, Any]:
    """How much was consumed, and in the unit of the price."""
    from finopsnb.plugins.exports import values as v

    amount, unit = raw.number("usage.amount"), raw.text("usage.unit")
    quantity, measure = raw.number("usage.amount_in_pricing_units"), raw.text("usage.pricing_unit")
    sold = charge.usage | charge.fee
    spot = raw.text("sku.description").contains("Preemptible") | raw.text("sku.description").startswith("Spot ")
    return {
        "ConsumedQuantity": v.choose((charge.usage, amount), otherwise=v.nothing(amount)),
        "ConsumedUnit": v.choose((charge.usage, unit), otherwise=v.nothing(unit)),
        "PricingQuantity": v.choose((sold, quantity), otherwise=v.nothing(quantity)),
        "PricingUnit": v.choose((sold, measure), otherwise=v.nothing(measure)),
        "PricingCategory": v.choose(
            (charge.covered, "Committed"),
            (charge.usage & spot.fill_null(False), "Dynamic"),
            (sold, "Standard"),
            otherwise=v.nothing(unit),
        ),
    }


def commitment(raw: Raw, charge: Charge) -> dict[str, Any]:
    """The commitment that a row pays for, or whose discount is among its credits: by its instance, else by the credit."""
    from finopsnb.plugins.exports import values as v

    credit, text, none = charge.covering, raw.text("sku.description"), v.nothing(raw.text("sku.description"))
    said = v.choose((charge.covered, credit["id"].nullif("").coalesce(credit["full_name"], credit["name"])), otherwise=none)
    instance = v.choose((charge.covered | charge.fee, raw.text("subscription.instance_id")), otherwise=none)
    id_ = raw.named("commitment", instance.coalesce(said))
    known, spend = id_.notnull(), (credit["type"] == _BY_SPEND) | (charge.fee & text.lower().contains("dollar"))
    by_spend, covered = raw.named("spend", spend.fill_null(False)), charge.covered & known
    number, quantity = raw.number("cost"), raw.number("usage.amount_in_pricing_units")
    measure = raw.text("usage.pricing_unit")
    return {
        "CommitmentDiscountId": id_,
        "CommitmentDiscountName": v.choose((covered, credit["full_name"].coalesce(credit["name"])), (known, text), otherwise=none),
        "CommitmentDiscountType": v.choose((known, "Committed Use Discount"), otherwise=none),
        "CommitmentDiscountCategory": v.choose((known & by_spend, "Spend"), (known, "Usage"), otherwise=none),
        "CommitmentDiscountStatus": v.choose((covered, "Used"), otherwise=none),
        "CommitmentDiscountQuantity": v.choose(
            (covered & by_spend, -credit["amount"]), (known & by_spend, number), (known, quantity), otherwise=v.nothing(number)
        ),
        "CommitmentDiscountUnit": v.choose((known & by_spend, raw.text("currency")), (known, measure), otherwise=none),
    }


def credit_rows(row: dict[str, Any], charge: Charge) -> Further:
    """A Credit row for each credit, about the same usage as the row that it is on."""

    def columns(credit: Any) -> dict[str, Any]:
        from finopsnb.plugins.exports import values as v

        amount, kind, nowhere = credit["amount"], credit["type"], v.nothing(credit["name"])
        elsewhere = v.choose((v.is_one_of(kind, _DISCOUNTS), v.ZERO), otherwise=amount)
        committed = v.is_one_of(kind, (_BY_USAGE, _BY_SPEND))
        kept = {name: v.choose((committed, row[name]), otherwise=nowhere) for name in _COMMITMENT}
        return {
            **dict.fromkeys(("EffectiveCost", "ListCost", "ContractedCost"), elsewhere),
            **dict.fromkeys(_NO_NUMBER, v.nothing(amount)),
            **dict.fromkeys(_NO_TEXT, nowhere),
            **kept,
            "BilledCost": amount,
            "ChargeCategory": "Credit",
            "ChargeFrequency": "Usage-Based",
            "ChargeDescription": credit["full_name"].coalesce(credit["name"]),
            "x_CreditType": kind,
            "x_CreditId": v.unless_empty(credit["id"]),
        }

    return Further((charge.credits.length() > 0).fill_null(False), columns, charge.credits)


_COMMITMENT = ("CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountType", "CommitmentDiscountCategory")
_NO_NUMBER = ("ContractedUnitPrice", "ListUnitPrice", "ConsumedQuantity", "PricingQuantity", "CommitmentDiscountQuantity")
_NO_TEXT = ("ConsumedUnit", "PricingUnit", "PricingCategory", "CommitmentDiscountStatus", "CommitmentDiscountUnit")
