"""Who is billed by a row of Google's billing export, for when, and for what."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.exports import Raw

from ._gcp_charges import Charge
from ._gcp_services import REGIONS, RESOURCES, SERVICES

__all__ = ["kept", "month_of", "what", "when", "who"]

#: Google's invoices begin and end with the days of its head office
_ZONE = "America/Los_Angeles"


def month_of(raw: Raw) -> Any:
    """The first instant of the month of the invoice; of a row on no invoice, of the month of its usage."""
    from finopsnb.plugins.exports import values as v

    return raw.month("invoice.month", _ZONE).coalesce(v.month_in(raw.instant("usage_start_time"), _ZONE))


def when(raw: Raw) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    month = raw.named("month", month_of(raw))
    return {
        "BillingPeriodStart": month,
        "BillingPeriodEnd": v.next_month_in(month, _ZONE),
        "ChargePeriodStart": raw.instant("usage_start_time"),
        "ChargePeriodEnd": raw.instant("usage_end_time"),
    }


def who(raw: Raw) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    project, currency = raw.text("project.id"), raw.text("currency")
    other = (raw.text("transaction_type") != "GOOGLE") & raw.text("seller_name").notnull()
    return {
        "ProviderName": "Google Cloud",
        "PublisherName": v.choose((other.fill_null(False), raw.text("seller_name")), otherwise="Google Cloud"),
        "InvoiceIssuerName": "Google Cloud",
        "BillingAccountId": raw.text("billing_account_id"),
        "BillingAccountName": v.nothing(project),
        "BillingAccountType": "Billing Account",
        "SubAccountId": project,
        "SubAccountName": raw.text("project.name"),
        "SubAccountType": v.choose((project.notnull(), "Project"), otherwise=v.nothing(project)),
        "BillingCurrency": currency,
        "PricingCurrency": currency,
    }


def what(raw: Raw, charge: Charge) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    service, meter, place = raw.text("service.description"), raw.text("sku.description"), raw.text("resource.global_name")
    adjusted = raw.text("adjustment_info.id", "adjustment_info.type", "adjustment_info.mode", "adjustment_info.description")
    disk = (service == "Compute Engine") & (meter.contains("PD Capacity") | meter.contains("Storage PD") | meter.contains("Snapshot"))
    sku, region = v.choose((charge.tax, v.nothing(meter)), otherwise=raw.text("sku.id")), raw.text("location.region", "location.location")
    kind = v.unless_empty(v.part(place, "/", -2))
    return {
        "ChargeCategory": charge.category,
        "ChargeClass": v.choose((adjusted.notnull(), "Correction"), otherwise=v.nothing(meter)),
        "ChargeFrequency": v.choose((charge.fee, "Recurring"), otherwise="Usage-Based"),
        "ChargeDescription": meter,
        "ServiceName": service,
        "ServiceCategory": v.choose((disk.fill_null(False), "Storage"), otherwise=v.looked_up(service, SERVICES).fill_null("Other")),
        "ResourceId": place.coalesce(raw.text("resource.name")),
        "ResourceName": raw.text("resource.name"),
        "ResourceType": v.looked_up(kind, RESOURCES).coalesce(kind),
        "RegionId": region,
        "RegionName": v.looked_up(region, REGIONS),
        "AvailabilityZone": raw.text("location.zone"),
        "SkuId": sku,
        "SkuPriceId": sku + "/" + raw.text("price.tier_start_amount"),
        "SkuMeter": meter,
    }


def kept(raw: Raw) -> dict[str, Any]:
    """What tells rows apart in Google's own tools, and the tags."""
    from finopsnb.plugins.exports import values as v

    tags = raw.objects("tags", "namespace", "key", "value")
    labels = [raw.objects(name, "key", "value") for name in ("labels", "project.labels", "system_labels")]
    named = tags.map(lambda one: v.entry(one["namespace"].fill_null("") + "/" + one["key"], one["value"]))
    return {
        "x_InvoiceMonth": raw.text("invoice.month"),
        "x_CostType": raw.text("cost_type"),
        "x_ServiceId": raw.text("service.id"),
        "x_ProjectNumber": raw.text("project.number"),
        "x_AdjustmentType": raw.text("adjustment_info.type"),
        "x_ExportTime": raw.instant("export_time"),
        "x_CreditType": v.nothing(raw.text("cost_type")),
        "x_CreditId": v.nothing(raw.text("cost_type")),
        "Tags": v.labels_of(raw.named("labels", v.entries_of(*labels, named))),
    }
