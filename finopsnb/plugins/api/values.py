"""Ibis values that the conversions of API replies share."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.exports.raw import Raw

__all__ = ["periods", "used"]


def periods(raw: Raw, start: str = "start", end: str = "end") -> dict[str, Any]:
    """The charge period from two columns, and the month in UTC as the billing period: these APIs name none."""
    from finopsnb.plugins.exports import values as v

    begins = raw.instant(start)
    return {
        "BillingPeriodStart": v.start_of_month(begins),
        "BillingPeriodEnd": v.next_month(v.start_of_month(begins)),
        "ChargePeriodStart": begins,
        "ChargePeriodEnd": raw.instant(end),
    }


def used(raw: Raw) -> dict[str, Any]:
    """What all rows of usage say, and that these APIs know nothing of invoices, corrections and pricing quantities."""
    from finopsnb.plugins.exports import values as v

    nothing = v.nothing(raw.text("start"))
    return {
        "ChargeCategory": "Usage",
        "ChargeClass": nothing,
        "ChargeFrequency": "Usage-Based",
        "BillingAccountName": nothing,
        "PricingQuantity": v.decimal(nothing),
        "PricingUnit": nothing,
    }
