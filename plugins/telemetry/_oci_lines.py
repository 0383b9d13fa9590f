"""What a line of Oracle's cost reports is: who is billed for what, and when."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.exports import Raw

from ._oci_services import REGIONS, RESOURCES, SERVICES

__all__ = ["CORRECTION", "COST", "START", "account_of", "costs", "kept", "what", "when", "who"]

COST, START, CORRECTION = "cost/myCost", "lineItem/intervalUsageStart", "lineItem/isCorrection"


def account_of(raw: Raw) -> Any:
    """The subscription that is billed, or, where a line has none, its tenancy."""
    return raw.text("cost/subscriptionId", "lineItem/tenantId")


def who(raw: Raw) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    compartment, currency, tenancy = raw.text("product/compartmentId"), raw.text("cost/currencyCode"), raw.text("lineItem/tenantId")
    subscription = raw.text("cost/subscriptionId")
    return {
        "ProviderName": "Oracle",
        "PublisherName": "Oracle",
        "InvoiceIssuerName": "Oracle",
        "BillingAccountId": account_of(raw),
        "BillingAccountName": v.nothing(currency),
        "BillingAccountType": v.choose((subscription.notnull(), "Subscription"), otherwise="Tenancy"),
        "SubAccountId": compartment.coalesce(tenancy),
        "SubAccountName": raw.text("product/compartmentName"),
        "SubAccountType": v.choose((compartment.notnull(), "Compartment"), (tenancy.notnull(), "Tenancy"), otherwise=v.nothing(tenancy)),
        "BillingCurrency": currency,
        "PricingCurrency": currency,
    }


def when(raw: Raw) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    start = raw.instant(START)
    month = raw.named("month", v.start_of_month(start))
    return {
        "BillingPeriodStart": month,
        "BillingPeriodEnd": v.next_month(month),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": raw.instant("lineItem/intervalUsageEnd"),
    }


def costs(raw: Raw) -> dict[str, Any]:
    """Without a price the line is contracted at what it costs."""
    from finopsnb.plugins.exports import values as v

    cost, price, quantity = raw.number(COST), raw.number("cost/unitPrice"), raw.number("usage/billedQuantity")
    product = v.choose(((price.notnull() & quantity.notnull()), v.times(quantity, price)), otherwise=cost)
    return {
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ListCost": cost,
        "ContractedCost": product,
        "ContractedUnitPrice": price,
        "ConsumedQuantity": quantity,
        "ConsumedUnit": raw.text("cost/skuUnitDescription", "cost/billingUnitReadable"),
        "PricingQuantity": quantity,
        "PricingUnit": raw.text("cost/billingUnitReadable", "cost/skuUnitDescription"),
        "PricingCategory": "Standard",
    }


def what(raw: Raw, newest: str) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    service, resource, region = raw.text("product/service"), raw.text("product/resourceId"), raw.text("product/region")
    corrected = (raw.text(CORRECTION).lower() == "true").fill_null(False)
    invoiced = v.day_text(raw.instant(START)).left(len(newest)) < newest if newest else corrected
    kind = v.choose((resource.startswith("ocid1."), v.part(resource, ".", 2)), otherwise=v.nothing(resource))
    return {
        "ChargeCategory": "Usage",
        "ChargeClass": v.choose((corrected & invoiced, "Correction"), otherwise=v.nothing(service)),
        "ChargeFrequency": "Usage-Based",
        "ChargeDescription": raw.text("product/Description"),
        "ServiceName": service,
        "ServiceCategory": v.looked_up(service, SERVICES).fill_null("Other"),
        "ResourceId": resource,
        "ResourceType": v.looked_up(kind, RESOURCES).coalesce(kind),
        "RegionId": region,
        "RegionName": v.looked_up(region, REGIONS),
        "AvailabilityZone": raw.text("product/availabilityDomain"),
        "SkuId": raw.text("cost/productSku"),
        "SkuMeter": raw.text("product/Description"),
    }


def kept(raw: Raw) -> dict[str, Any]:
    """What a line is called, which line it corrects, and the tags by namespace.key; free-form tags by their key."""
    return {
        "x_ReferenceNo": raw.text("lineItem/referenceNo"),
        "x_BackreferenceNo": raw.text("lineItem/backreferenceNo"),
        "x_TenantId": raw.text("lineItem/tenantId"),
        "x_IsOverage": raw.text("cost/overageFlag"),
        "Tags": raw.tags("tags/"),
    }
