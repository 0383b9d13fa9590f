"""The columns of an Azure export that are not amounts: who, when, what, where, and with which commitment."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.exports import Raw

from ._azure_charges import DAY, Charge, account_of, currency_of, is_profile, period_of, subscription_of
from ._azure_regions import NAMES, NOWHERE, OLDER
from ._azure_services import CATEGORIES, FAMILIES, PROVIDERS, TYPES

__all__ = ["commitment", "others"]

_RESOURCE = ("ResourceId", "InstanceId", "InstanceName")
_FREQUENCIES = {"onetime": "One-Time", "recurring": "Recurring", "usagebased": "Usage-Based"}
_CATEGORIES = {"tax": "Tax", "credit": "Credit"}


def others(raw: Raw, charge: Charge) -> dict[str, Any]:
    """All of them but those of the commitment."""
    return {**_who(raw), **_when(raw), **_what(raw, charge), **_service(raw), **_resource(raw), **_region(raw), **_kept(raw)}


def _who(raw: Raw) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    profile, currency, subscription = is_profile(raw), currency_of(raw), subscription_of(raw)
    name = v.choose((profile, raw.text("BillingProfileName")), otherwise=raw.text("BillingAccountName"))
    return {
        "ProviderName": "Microsoft",
        "PublisherName": raw.text("PublisherName").fill_null("Microsoft"),
        "InvoiceIssuerName": raw.text("PartnerName").fill_null("Microsoft"),
        "InvoiceId": raw.text("InvoiceId"),
        "BillingAccountId": account_of(raw),
        "BillingAccountName": name,
        "BillingAccountType": v.choose((profile, "Billing Profile"), otherwise="Billing Account"),
        "SubAccountId": subscription,
        "SubAccountName": raw.text("SubscriptionName"),
        "SubAccountType": v.choose((subscription.notnull(), "Subscription"), otherwise=v.nothing(subscription)),
        "BillingCurrency": currency,
        "PricingCurrency": raw.text("PricingCurrencyCode", "PricingCurrency").upper().coalesce(currency),
    }


def _when(raw: Raw) -> dict[str, Any]:
    """Azure's last days belong to the period; the ends of FOCUS do not."""
    from finopsnb.plugins.exports import values as v

    (start, end), day = period_of(raw), raw.day(*DAY)
    return {"BillingPeriodStart": start, "BillingPeriodEnd": end, "ChargePeriodStart": day, "ChargePeriodEnd": v.next_day(day)}


def _what(raw: Raw, charge: Charge) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    frequency, meter = raw.text("Frequency").lower(), raw.text("MeterName")
    model = raw.named("model", raw.text("PricingModel").lower())
    spot = (model == "spot").fill_null(False) | (model.isnull() & meter.contains("Spot").fill_null(False))
    corrects, none = (charge.kind == "refund") | raw.text("previousInvoiceId").notnull(), v.nothing(meter)
    stated = v.choose((charge.purchase, "Purchase"), otherwise=v.looked_up(charge.kind, _CATEGORIES).fill_null("Adjustment"))
    usual = v.choose((charge.purchase, "One-Time"), otherwise="Usage-Based")
    return {
        "ChargeCategory": v.choose((charge.usage, "Usage"), otherwise=stated),
        "ChargeClass": v.choose((corrects, "Correction"), otherwise=none),
        "ChargeFrequency": v.looked_up(frequency, _FREQUENCIES).fill_null(usual),
        "ChargeDescription": raw.text("ProductName", "Product", "MeterName"),
        "PricingCategory": v.choose(
            (charge.unused | charge.covered, "Committed"),
            (~charge.usage & ~charge.purchase, none),
            (spot, "Dynamic"),
            otherwise="Standard",
        ),
        "SkuId": raw.text("ProductId", "MeterId"),
        "SkuPriceId": raw.text("PartNumber"),
        "SkuMeter": meter,
    }


def _service(raw: Raw) -> dict[str, Any]:
    """By what the meter measures; ServiceFamily is Compute throughout in many enterprise exports, so it comes last."""
    from finopsnb.plugins.exports import values as v

    meter, consumed = raw.text("MeterCategory"), raw.text("ConsumedService")
    namespace = v.looked_up(v.part(consumed.lower(), ".", 2), PROVIDERS)
    family = v.looked_up(raw.text("ServiceFamily"), FAMILIES)
    return {
        "ServiceName": raw.text("MeterCategory", "ServiceName", "ConsumedService"),
        "ServiceCategory": v.looked_up(meter, CATEGORIES).coalesce(namespace, family, "Other"),
    }


def _resource(raw: Raw) -> dict[str, Any]:
    """The type is what follows the provider, of a resource in another one with both types."""
    from finopsnb.plugins.exports import values as v

    written = raw.text(*_RESOURCE)
    resource = written.lower()
    path = raw.named("path", v.part(resource, "/providers/microsoft.", -1))
    kind = raw.named("resource_kind", v.part(path, "/", 1) + "/" + v.part(path, "/", 2))
    inner = raw.named("inner", v.part(path, "/", 4))
    known = v.choose((inner != "", v.looked_up(kind + "/" + inner, TYPES)), otherwise=v.nothing(written)).coalesce(v.looked_up(kind, TYPES))
    typed = resource.contains("/providers/microsoft.").fill_null(False)
    return {
        "ResourceId": resource,
        "ResourceName": raw.text("ResourceName").coalesce(v.unless_empty(v.part(written, "/", -1))),
        "ResourceType": v.choose((typed, known.coalesce("microsoft." + kind)), otherwise=raw.text("ResourceType")),
    }


def _region(raw: Raw) -> dict[str, Any]:
    """Most rows have it in the spelling of its identifier; what is not known stays as it is."""
    from finopsnb.plugins.exports import values as v

    written = raw.text("ResourceLocation")
    plain = raw.named("plain_region", written.lower().replace(" ", ""))
    known = raw.named("known_region", v.looked_up(plain, NAMES))
    older = v.choose((known.isnull(), v.looked_up(plain, OLDER)), otherwise=v.nothing(plain))
    region = raw.named("region", older.coalesce(plain))
    none, nowhere = v.nothing(written), v.is_one_of(plain, NOWHERE) & known.isnull()
    name = known.coalesce(v.choose((region != plain, v.looked_up(region, NAMES)), otherwise=written))
    return {
        "RegionId": v.choose((nowhere, none), otherwise=region),
        "RegionName": v.choose((nowhere, none), otherwise=name),
        "AvailabilityZone": raw.text("AvailabilityZone"),
    }


def _kept(raw: Raw) -> dict[str, Any]:
    """What is asked of Azure's own tools; tags come with their braces or without."""
    from finopsnb.plugins.exports import values as v

    tags = raw.text("Tags")
    return {
        "Tags": v.choose((tags.startswith("{"), tags), otherwise="{" + tags + "}"),
        "x_ResourceGroupName": raw.text("ResourceGroup", "ResourceGroupName"),
        "x_CostCenter": raw.text("CostCenter"),
        "x_ChargeType": raw.text("ChargeType"),
        "x_PricingModel": raw.text("PricingModel"),
        "x_MeterId": raw.text("MeterId"),
    }


def commitment(raw: Raw, charge: Charge, cost: Any, quantity: Any, unit: Any) -> dict[str, Any]:
    """The commitment of a row that it paid for, of its purchase, and of what of it nobody used."""
    from finopsnb.plugins.exports import values as v

    benefit, reservation = raw.named("benefit", raw.text("benefitId").lower()), raw.text("ReservationId").lower()
    none, rate = v.nothing(benefit), raw.number("exchangeRatePricingToBilling", "exchangeRate")
    currency = raw.text("PricingCurrencyCode", "PricingCurrency").upper().coalesce(currency_of(raw))
    spent = v.choose(((rate > 0).fill_null(False), (cost.cast("float64") / rate.cast("float64")).cast(cost.type())), otherwise=cost)
    ratio = raw.named("ratio", _ratio(raw))
    units = v.choose((ratio.notnull(), v.times(quantity, ratio)), otherwise=quantity)
    return {
        "CommitmentDiscountId": v.choose((charge.committed, benefit.coalesce(reservation)), otherwise=none),
        "CommitmentDiscountName": v.choose((charge.committed, raw.text("benefitName", "ReservationName")), otherwise=none),
        "CommitmentDiscountCategory": v.choose((charge.plan, "Spend"), (charge.reservation, "Usage"), otherwise=none),
        "CommitmentDiscountType": v.choose((charge.plan, "Savings Plan"), (charge.reservation, "Reservation"), otherwise=none),
        "CommitmentDiscountStatus": v.choose((charge.unused, "Unused"), (charge.covered, "Used"), otherwise=none),
        "CommitmentDiscountQuantity": v.choose((charge.plan, spent), (charge.reservation, units), otherwise=v.nothing(cost)),
        "CommitmentDiscountUnit": v.choose(
            (charge.plan, currency),
            (charge.reservation, v.choose((ratio.notnull(), "Normalized Hours"), otherwise=unit)),
            otherwise=none,
        ),
    }


def _ratio(raw: Raw) -> Any:
    """How many of its smallest size a reserved machine counts for; only few rows have one, so only those are read as JSON."""
    from finopsnb.plugins.exports import values as v

    text = raw.text("AdditionalInfo")
    said = v.choose((text.contains("RINormalizationRatio"), v.json_member(text, "$.RINormalizationRatio")), otherwise=v.nothing(text))
    return said.try_cast("decimal(38, 15)")
