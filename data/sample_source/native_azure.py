"""The Microsoft bill as Azure cost exports: an actual and an amortised file, as an EA writes them and as an MCA does.

A reservation is in the actual file with its purchase, its usage at 0; in the amortised file its usage has the cost, and
there is no purchase. Neither has taxes. Days are MM/DD/YYYY, and a period ends on its last day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from charges import DAY, Line, month_after
from identities import AZURE_TYPES, resource_id, short
from inventory import ACCOUNTS
from native_facts import categories, of_month, sums, told, total
from writing import plain, write_csv

Row = dict[str, str]
ACCOUNT = ACCOUNTS["Microsoft"]
PROFILE = "LK8N-0087-BG7-PGB"
#: the reservation is bought in the first; in the month of the other agreement a correction comes of the month before
EA_MONTHS = (date(2025, 11, 1), date(2026, 10, 1))
MCA_MONTH = date(2026, 8, 1)
#: EUR for a USD, so that prices in USD are exact too
EXCHANGE_RATE = Decimal("0.8")
FILES = ("actual", "amortized")

EA_COLUMNS = (
    "BillingAccountId", "BillingAccountName", "BillingPeriodStartDate", "BillingPeriodEndDate", "BillingProfileId",
    "BillingProfileName", "AccountOwnerId", "AccountName", "SubscriptionId", "SubscriptionName", "Date", "Product", "PartNumber",
    "MeterId", "ServiceFamily", "MeterCategory", "MeterSubCategory", "MeterRegion", "MeterName", "Quantity", "EffectivePrice", "Cost",
    "UnitPrice", "BillingCurrency", "ResourceLocation", "AvailabilityZone", "ConsumedService", "ResourceId", "ResourceName",
    "ServiceInfo1", "ServiceInfo2", "AdditionalInfo", "Tags", "InvoiceSectionId", "InvoiceSection", "CostCenter", "UnitOfMeasure",
    "ResourceGroup", "ReservationId", "ReservationName", "ProductOrderId", "ProductOrderName", "OfferId", "IsAzureCreditEligible",
    "Term", "PublisherName", "PlanName", "ChargeType", "Frequency", "PublisherType", "PayGPrice", "PricingModel",
    "CostAllocationRuleName", "benefitId", "benefitName",
)  # fmt: skip
MCA_COLUMNS = (
    "invoiceId", "previousInvoiceId", "billingAccountId", "billingAccountName", "billingProfileId", "billingProfileName",
    "invoiceSectionId", "invoiceSectionName", "resellerName", "resellerMpnId", "costCenter", "billingPeriodEndDate",
    "billingPeriodStartDate", "servicePeriodEndDate", "servicePeriodStartDate", "date", "serviceFamily", "productOrderId",
    "productOrderName", "consumedService", "meterId", "meterName", "meterCategory", "meterSubCategory", "meterRegion", "ProductId",
    "ProductName", "SubscriptionId", "subscriptionName", "publisherType", "publisherId", "publisherName", "resourceGroupName",
    "ResourceId", "resourceLocation", "location", "effectivePrice", "quantity", "unitOfMeasure", "chargeType", "billingCurrency",
    "pricingCurrency", "costInBillingCurrency", "costInPricingCurrency", "costInUsd", "paygCostInBillingCurrency", "paygCostInUsd",
    "exchangeRatePricingToBilling", "exchangeRateDate", "isAzureCreditEligible", "serviceInfo1", "serviceInfo2", "additionalInfo",
    "tags", "PayGPrice", "frequency", "term", "reservationId", "reservationName", "pricingModel", "unitPrice",
    "costAllocationRuleName", "benefitId", "benefitName", "provider",
)  # fmt: skip
UNITS = {"Hours": "1 Hour", "Months": "1/Month", "GB-Months": "1 GB/Month", "GB": "1 GB", "100 RU/s-Hours": "1/Hour", "1K Tokens": "1K"}


def write(folder: Path, bill: list[Line]) -> dict[str, Any]:
    """The files of both agreements; returns the facts by format."""
    files = {}
    for which in FILES:
        for month in EA_MONTHS:
            rows = [_ea(row) for row in _rows(of_month(bill, month), which)]
            name = f"ea_{which}_{month:%Y-%m}.csv.gz"
            files[name] = write_csv(folder / "azure-exports" / name, EA_COLUMNS, rows, bom=True)
        name = f"mca_{which}_{MCA_MONTH:%Y-%m}.csv.gz"
        rows = [_mca(row) for row in _rows(of_month(bill, MCA_MONTH), which)]
        files[name] = write_csv(folder / "azure-exports" / name, MCA_COLUMNS, rows, bom=True)
    return {"azure-exports": _facts(dict(sorted(files.items())), bill)}


def _rows(bill: list[Line], which: str) -> Iterator[tuple[Line, Row]]:
    """Each line that the file has, with what both agreements say in the same words; ``cost`` is not rounded."""
    for line in bill:
        if line.category == "Tax" or (line.category == "Purchase" and which == "amortized"):
            continue
        cost = line.costs.effective if which == "amortized" else line.costs.billed
        yield line, {**_who_and_when(line), **_what(line, cost), **_where(line), **_benefit(line)}


def _who_and_when(line: Line) -> Row:
    return {
        "SubscriptionId": line.account,
        "SubscriptionName": ACCOUNT.sub_accounts[line.account],
        "Date": _day(line.start),
        "BillingPeriodStartDate": _day(line.month),
        "BillingPeriodEndDate": _day(month_after(line.month) - DAY),
        "CostCenter": "00412",
        "BillingCurrency": ACCOUNT.currency,
    }


def _day(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _what(line: Line, cost: Decimal) -> Row:
    """A reservation is bought in pieces, not in hours."""
    service, category, subcategory = line.service
    price = line.meter.price if line.meter else None
    pieces = line.commitment.a_day / 24 if line.commitment else Decimal(1)
    quantity = (line.quantity or Decimal(1)) if price else pieces
    unit_price = price.price * ACCOUNT.discount if price else cost / quantity
    return {
        "Product": line.description,
        "MeterId": guid(line.description),
        "ServiceFamily": category,
        "MeterCategory": service,
        "MeterSubCategory": subcategory,
        "MeterName": price.meter if price else "",
        "ProductId": price.sku if price else "",
        "Quantity": plain(quantity),
        "EffectivePrice": plain(cost / quantity),
        "Cost": plain(cost),
        "UnitPrice": plain(unit_price),
        "PayGPrice": plain(price.price) if price and not line.status else "0",
        "ListCost": plain(line.costs.listed),
        "UnitOfMeasure": UNITS[price.unit] if price else "1 Hour",
        "ChargeType": line.category,
        "Frequency": {"One-Time": "OneTime", "Recurring": "Recurring"}.get(line.frequency, "UsageBased"),
        "PricingModel": "Reservation" if line.commitment else "OnDemand",
    }


def guid(text: str) -> str:
    """A stable identifier in the form of Microsoft's."""
    found = short(text, 32)
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


def _where(line: Line) -> Row:
    meter = line.meter
    if meter is None:
        return {"ConsumedService": "Microsoft.Capacity", "ResourceId": line.commitment.identity if line.commitment else ""}
    return {
        "MeterRegion": "EU West",
        "ResourceLocation": meter.region,
        "AvailabilityZone": meter.zone,
        "ConsumedService": AZURE_TYPES[meter.price.resource_type].split("/")[0],
        "ResourceId": resource_id(meter),
        "ResourceName": meter.name,
        "ResourceGroup": f"rg-{meter.tags.get('application', 'shared')}",
        "Tags": json.dumps(meter.tags) if meter.tags else "",
    }


def _benefit(line: Line) -> Row:
    commitment = line.commitment
    if commitment is None:
        return {}
    order = commitment.identity.rpartition("/")[2]
    reservation = guid(commitment.name)
    return {
        "ReservationId": reservation,
        "ReservationName": commitment.name,
        "ProductOrderId": order,
        "ProductOrderName": "Reserved VM Instance, Standard_D4s_v5, EU West, 1 Year",
        "Term": "12",
        "benefitId": f"{commitment.identity}/reservations/{reservation}",
        "benefitName": commitment.name,
        "AdditionalInfo": _additional(line, order, reservation),
    }


def _additional(line: Line, order: str, reservation: str) -> str:
    if line.category != "Usage":
        return ""
    used = {"UsageType": "ComputeHR", "ServiceType": "Standard_D4s_v5", "VCPUs": 4, "ReservationOrderId": order}
    return json.dumps({**used, "ReservationId": reservation, "RINormalizationRatio": 4.0}, separators=(",", ":"))


def _ea(made: tuple[Line, Row]) -> Row:
    """An enterprise agreement: PascalCase, tags without their braces."""
    line, row = made
    account = {"BillingAccountId": ACCOUNT.billing_id, "BillingAccountName": ACCOUNT.billing_name}
    profile = {"BillingProfileId": ACCOUNT.billing_id, "BillingProfileName": ACCOUNT.billing_name}
    owner = {"AccountOwnerId": "finance@larkspur.example", "AccountName": "Larkspur Europe", "InvoiceSection": "Larkspur Europe"}
    sold = {"PartNumber": f"AAK-{int(short(line.description, 4), 16):05d}", "PublisherType": "Azure", "IsAzureCreditEligible": "True"}
    sold |= {"PublisherName": "" if line.commitment else "Microsoft", "OfferId": "MS-AZR-0017P"}
    return {**row, **account, **profile, **owner, **sold, "Tags": row.get("Tags", "").removeprefix("{").removesuffix("}")}


def _mca(made: tuple[Line, Row]) -> Row:
    """A customer agreement: camelCase, tags in braces, prices in USD and costs in both currencies."""
    line, row = made
    same = {name: row.get(_pascal(name), "") for name in MCA_COLUMNS}
    cost, listed = Decimal(row["Cost"]), line.costs.listed
    dollars = {name: plain(Decimal(row[_pascal(name)]) / EXCHANGE_RATE) for name in ("effectivePrice", "unitPrice", "PayGPrice")}
    costs = {"costInBillingCurrency": plain(cost), "paygCostInBillingCurrency": plain(listed)}
    costs |= dict.fromkeys(("costInPricingCurrency", "costInUsd"), plain(cost / EXCHANGE_RATE))
    costs |= {"paygCostInUsd": plain(listed / EXCHANGE_RATE), "exchangeRatePricingToBilling": plain(EXCHANGE_RATE)}
    account = f"{guid('account')}:{guid('organisation')}_2019-05-31"
    who = {"billingAccountId": account, "billingAccountName": ACCOUNT.billing_name, "billingProfileId": PROFILE}
    invoice = {"invoiceId": f"G{short(f'{line.month}', 9).upper()}", "previousInvoiceId": "G0B51D0E17" if line.correction else ""}
    when = {"exchangeRateDate": _day(line.month), "servicePeriodStartDate": row["Date"], "servicePeriodEndDate": row["Date"]}
    rest = {"billingProfileName": "Larkspur Europe", "pricingCurrency": "USD", "location": "EU West", "provider": "Azure"}
    rest |= {"ProductName": row["Product"], "resourceGroupName": row.get("ResourceGroup", ""), "publisherType": "Microsoft"}
    return same | dollars | costs | who | invoice | when | rest | {"publisherName": "Microsoft", "isAzureCreditEligible": "True"}


def _pascal(name: str) -> str:
    return name if name.startswith("benefit") else name[0].upper() + name[1:]


def _facts(files: dict[str, int], bill: list[Line]) -> dict[str, Any]:
    months = {**dict.fromkeys(EA_MONTHS, ACCOUNT.billing_id), MCA_MONTH: PROFILE}
    bills = {month: [line for line in of_month(bill, month) if line.category != "Tax"] for month in months}
    lines = [line for part in bills.values() for line in part]
    return told(
        files,
        [total(account, month, ACCOUNT.currency, *sums(bills[month])) for month, account in months.items()],
        categories(line.category for line in lines),
        same_as_focus=[{"provider": "Microsoft", "month": f"{month:%Y-%m}", "without": ["Tax"]} for month in months],
        special={
            "used": {
                "rows": sum(1 for line in lines if line.status == "Used"),
                "EffectiveCost": plain(sums(line for line in lines if line.status == "Used")[1]),
            },
            "unused": {"rows": 0, "EffectiveCost": "0"},
            "purchases": plain(sums(line for line in lines if line.category == "Purchase")[0]),
            "corrections": plain(sums(line for line in lines if line.correction)[0]),
        },
    )
