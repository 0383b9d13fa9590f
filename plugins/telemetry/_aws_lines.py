"""What a line of a Cost and Usage Report is: its kind, what it costs, and the commitment behind it."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.exports import Raw

from ._aws_services import SERVICES

__all__ = ["COST", "DISCOUNTS", "FEES", "NET", "commitment", "costs", "is_fee", "unused", "unused_quantity", "what"]

NET, COST = "lineItem/NetUnblendedCost", "lineItem/UnblendedCost"
DISCOUNTS = ("BundledDiscount", "Discount", "EdpDiscount", "PrivateRateDiscount", "RiVolumeDiscount", "SppDiscount")
_COMMITTED = ("SavingsPlanCoveredUsage", "DiscountedUsage")
FEES = ("RIFee", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee")
_USAGE = ("Usage", "Refund", *_COMMITTED)


def is_fee(raw: Raw, kind: Any) -> Any:
    """Whether a line pays for a commitment; what of it is used is with the usage that it covers."""
    from finopsnb.plugins.exports import values as v

    return v.is_one_of(kind, FEES) | ((kind == "Fee") & raw.text("reservation/ReservationARN").notnull())


def costs(raw: Raw, kind: Any, fee: Any) -> dict[str, Any]:
    """Discount lines have no cost of their own where the report has net columns: the usage is net of them there."""
    from finopsnb.plugins.exports import values as v

    discount, covered = v.is_one_of(kind, DISCOUNTS), kind == "SavingsPlanCoveredUsage"
    gross, net = raw.number(COST), raw.number(NET)
    cost = v.choose((net.notnull(), net), (discount & raw.has(NET), v.ZERO), otherwise=gross)
    plan = raw.number("savingsPlan/NetSavingsPlanEffectiveCost", "savingsPlan/SavingsPlanEffectiveCost")
    reservation = raw.number("reservation/NetEffectiveCost", "reservation/EffectiveCost")
    listed = raw.number("pricing/publicOnDemandCost")
    billed = v.choose((covered, v.ZERO), otherwise=cost)
    return {
        "BilledCost": billed,
        "EffectiveCost": v.choose((covered, plan), (kind == "DiscountedUsage", reservation), (fee, v.ZERO), otherwise=billed),
        "ListCost": listed.fill_null(billed),
        "ContractedCost": v.choose((kind == "DiscountedUsage", listed.fill_null(gross)), otherwise=cost),
        "ListUnitPrice": raw.number("pricing/publicOnDemandRate"),
        "ContractedUnitPrice": raw.number("lineItem/NetUnblendedRate", "lineItem/UnblendedRate"),
    }


def what(raw: Raw, kind: Any) -> dict[str, Any]:
    """What was used or bought: FOCUS has it by the line, whatever kind of bill it is on."""
    from finopsnb.plugins.exports import values as v

    code, usage = raw.text("lineItem/ProductCode"), v.is_one_of(kind, _USAGE)
    purchase = v.is_one_of(kind, ("Fee", *FEES))
    start, period = raw.instant("lineItem/UsageStartDate"), raw.instant("bill/BillingPeriodStartDate")
    spot = (raw.text("pricing/term") == "Spot") | raw.text("lineItem/UsageType").contains("SpotUsage")
    quantity, unit = raw.number("lineItem/UsageAmount"), raw.text("pricing/unit")
    return {
        "ChargeCategory": v.choose(
            (usage, "Usage"), (purchase, "Purchase"), (kind == "Tax", "Tax"), (kind == "Credit", "Credit"), otherwise="Adjustment"
        ),
        "ChargeClass": v.choose((usage & (start < period), "Correction"), otherwise=v.nothing(code)),
        "ChargeFrequency": v.choose(
            (v.is_one_of(kind, ("RIFee", "SavingsPlanRecurringFee")), "Recurring"), (purchase, "One-Time"), otherwise="Usage-Based"
        ),
        "ChargeDescription": raw.text("lineItem/LineItemDescription"),
        "PricingCategory": v.choose(
            (v.is_one_of(kind, _COMMITTED), "Committed"),
            (usage & spot.fill_null(False), "Dynamic"),
            (usage & (raw.text("pricing/term") == "OnDemand"), "Standard"),
            (usage | purchase, "Other"),
            otherwise=v.nothing(code),
        ),
        "ConsumedQuantity": v.choose((usage, quantity), otherwise=v.nothing(quantity)),
        "ConsumedUnit": v.choose((usage, unit), otherwise=v.nothing(unit)),
        "PricingQuantity": v.choose((usage | purchase, quantity), otherwise=v.nothing(quantity)),
        "PricingUnit": v.choose((usage | purchase, unit), otherwise=v.nothing(unit)),
        "ServiceName": raw.text("product/ProductName", "product/servicename", "product/servicecode", "lineItem/ProductCode"),
        "ServiceCategory": v.looked_up(code, SERVICES).fill_null("Other"),
        "ResourceId": (resource := raw.text("lineItem/ResourceId")),
        "ResourceName": resource.re_extract(r"([^:/]+)$", 1),
        "RegionId": raw.text("product/regionCode", "product/region"),
        "RegionName": raw.text("product/location"),
        "AvailabilityZone": raw.text("lineItem/AvailabilityZone"),
        "SkuId": raw.text("product/sku"),
        "SkuPriceId": raw.text("pricing/RateCode", "pricing/RateId"),
        "SkuMeter": raw.text("product/usagetype", "lineItem/UsageType"),
    }


def unused(raw: Raw, kind: Any) -> Any:
    """What a fee paid for and nobody used, in the currency of the bill."""
    from finopsnb.plugins.exports import values as v

    upfront = raw.number(
        "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"
    )
    recurring = raw.number("reservation/NetUnusedRecurringFee", "reservation/UnusedRecurringFee")
    committed, used = raw.number("savingsPlan/TotalCommitmentToDate"), raw.number("savingsPlan/UsedCommitment")
    reserved = v.decimal(upfront.fill_null(v.ZERO) + recurring.fill_null(v.ZERO))
    planned = v.decimal(committed.fill_null(v.ZERO) - used.fill_null(v.ZERO))
    return v.choose((kind == "RIFee", reserved), (kind == "SavingsPlanRecurringFee", planned), otherwise=v.ZERO)


def unused_quantity(raw: Raw, kind: Any, cost: Any) -> Any:
    """What of a commitment nobody used: normalized units of a reservation, money of a savings plan."""
    from finopsnb.plugins.exports import values as v

    units = raw.number("reservation/UnusedNormalizedUnitQuantity", "reservation/UnusedQuantity")
    return v.choose((kind == "RIFee", units), otherwise=cost)


def commitment(raw: Raw, kind: Any) -> dict[str, Any]:
    """The commitment that a line pays for or draws on."""
    from finopsnb.plugins.exports import values as v

    plan, reservation = raw.text("savingsPlan/SavingsPlanARN"), raw.text("reservation/ReservationARN")
    covered = v.is_one_of(kind, _COMMITTED)
    spend = raw.number("savingsPlan/SavingsPlanEffectiveCost", "savingsPlan/RecurringCommitmentForBillingPeriod")
    units = raw.number("lineItem/NormalizedUsageAmount", "lineItem/UsageAmount")
    none, id_ = v.nothing(plan), plan.coalesce(reservation)
    return {
        "CommitmentDiscountId": id_,
        "CommitmentDiscountCategory": v.choose((plan.notnull(), "Spend"), (reservation.notnull(), "Usage"), otherwise=none),
        "CommitmentDiscountType": v.choose((plan.notnull(), "Savings Plan"), (reservation.notnull(), "Reserved Instance"), otherwise=none),
        "CommitmentDiscountStatus": v.choose((covered, "Used"), otherwise=none),
        "CommitmentDiscountQuantity": v.choose((plan.notnull(), spend), (reservation.notnull(), units), otherwise=v.nothing(units)),
        "CommitmentDiscountUnit": v.choose(
            (plan.notnull(), raw.text("lineItem/CurrencyCode")), (reservation.notnull(), "Normalized Units"), otherwise=none
        ),
    }
