"""Lines of a bill as FOCUS 1.2 columns, each provider with a column of its own."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

from charges import ZERO, Line, hourly, month_after
from identities import REGIONS, invoice_id, resource_id, short
from inventory import ACCOUNTS, END, FIRST

LAST_MONTH = date(END.year, END.month - 1, 1)
Value = str | Decimal | date | None

COLUMNS = (
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType",
    "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass",
    "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory",
    "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus",
    "CommitmentDiscountType", "CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice",
    "PricingCategory", "PricingCurrency", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
    "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName",
    "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName",
    "SubAccountType", "Tags",
)  # fmt: skip
EXTRA_COLUMNS = {
    "AWS": ("x_Operation",),
    "Microsoft": ("x_ResourceGroupName",),
    "Google Cloud": ("x_CostCenter",),
}


def columns(provider: str) -> tuple[str, ...]:
    """The columns of a provider's file, in order."""
    return tuple(sorted((*COLUMNS, *EXTRA_COLUMNS[provider])))


def focus_row(line: Line) -> dict[str, Value]:
    """One line as FOCUS columns; None where FOCUS wants a null."""
    return {**_who(line), **_when(line), **_what(line), **_price(line), **_commitment(line), **_where(line)}


def _who(line: Line) -> dict[str, Value]:
    account = ACCOUNTS[line.provider]
    names: dict[str, Value] = {
        "BillingAccountId": account.billing_id,
        "BillingAccountName": account.billing_name,
        "BillingAccountType": account.billing_type,
        "BillingCurrency": account.currency,
        "PricingCurrency": account.currency,
        "InvoiceId": invoice_id(line.provider, line.month, LAST_MONTH) or None,
        "InvoiceIssuerName": account.issuer,
        "ProviderName": line.provider,
        "PublisherName": account.issuer,
        "SubAccountId": line.account,
        "SubAccountName": account.sub_accounts[line.account],
        "SubAccountType": account.sub_type,
    }
    if line.provider == "Google Cloud":
        names["x_CostCenter"] = "00412"
    return names


def _when(line: Line) -> dict[str, Value]:
    return {
        "BillingPeriodStart": line.month,
        "BillingPeriodEnd": month_after(line.month),
        "ChargePeriodStart": line.start,
        "ChargePeriodEnd": line.end,
    }


def _what(line: Line) -> dict[str, Value]:
    service, category, subcategory = line.service
    return {
        "ChargeCategory": line.category,
        "ChargeClass": "Correction" if line.correction else None,
        "ChargeDescription": line.description,
        "ChargeFrequency": "Recurring" if line.category == "Tax" else line.frequency,
        "ServiceName": service,
        "ServiceCategory": category,
        "ServiceSubcategory": subcategory,
        "BilledCost": line.costs.billed,
        "EffectiveCost": line.costs.effective,
        "ListCost": line.costs.listed,
        "ContractedCost": line.costs.contracted,
    }


def _price(line: Line) -> dict[str, Value]:
    if line.quantity is None:
        return {}
    meter, commitment = line.meter, line.commitment
    if meter is None and commitment is not None:
        price = ZERO if line.status else hourly(commitment)
        unit = ACCOUNTS[line.provider].currency if commitment.spend else "Hours"
        sku = short(commitment.identity).upper()
        values: dict[str, Value] = {"ListUnitPrice": price, "ContractedUnitPrice": price, "PricingUnit": unit}
        values |= {"SkuId": sku, "SkuMeter": commitment.kind, "SkuPriceId": f"{sku}.{commitment.paid.upper()}"}
        return values | {
            "PricingQuantity": line.quantity,
            "PricingCategory": "Committed" if line.status else "Standard",
        }
    return _metered_price(line)


def _metered_price(line: Line) -> dict[str, Value]:
    assert line.meter is not None  # noqa: S101 - narrows the type: only metered lines come here
    price = line.meter.price
    return {
        "ListUnitPrice": price.price,
        "ContractedUnitPrice": price.price * ACCOUNTS[line.provider].discount,
        "PricingCategory": "Committed" if line.status else price.pricing,
        "PricingQuantity": line.quantity,
        "PricingUnit": price.unit,
        "ConsumedQuantity": line.quantity,
        "ConsumedUnit": price.unit,
        "SkuId": price.sku,
        "SkuMeter": price.meter,
        "SkuPriceId": f"{price.sku}.{'ONDEMAND' if price.pricing == 'Standard' else 'SPOT'}",
        "SkuPriceDetails": json.dumps(price.details, sort_keys=True) if price.details else None,
    }


def _commitment(line: Line) -> dict[str, Value]:
    commitment = line.commitment
    if commitment is None:
        return {}
    return {
        "CommitmentDiscountCategory": commitment.category,
        "CommitmentDiscountId": commitment.identity,
        "CommitmentDiscountName": commitment.name,
        "CommitmentDiscountQuantity": line.committed,
        "CommitmentDiscountStatus": line.status or None,
        "CommitmentDiscountType": commitment.kind,
        "CommitmentDiscountUnit": ACCOUNTS[line.provider].currency if commitment.spend else "Hours",
    }


def _where(line: Line) -> dict[str, Value]:
    meter = line.meter
    if meter is None:
        owner = line.commitment
        named: dict[str, Value] = {"ResourceId": owner.identity, "ResourceName": owner.name} if owner else {}
        return named | ({"ResourceType": owner.kind} if owner else {})
    place: dict[str, Value] = {
        "AvailabilityZone": meter.zone or None,
        "RegionId": meter.region or None,
        "RegionName": REGIONS[meter.region] or None,
        "ResourceId": resource_id(meter),
        "ResourceName": meter.name,
        "ResourceType": meter.price.resource_type,
        "Tags": json.dumps(meter.tags) if meter.tags else None,
    }
    if line.provider == "AWS":
        place["x_Operation"] = meter.price.meter.split(":")[0]
    if line.provider == "Microsoft":
        place["x_ResourceGroupName"] = f"rg-{meter.tags.get('application', 'shared')}"
    return place


__all__ = ["COLUMNS", "FIRST", "Value", "columns", "focus_row"]
