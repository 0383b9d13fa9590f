"""AWS Cost and Usage Reports: the legacy report, the form that Athena queries, CUR 2.0 and AWS's own FOCUS export."""

from __future__ import annotations

from typing import Any, ClassVar

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import Conversion, CostExport, Further, Raw, Skipped

from ._aws_services import SERVICES

__all__ = ["AwsCurPlugin"]

_COMMITTED = ("SavingsPlanCoveredUsage", "DiscountedUsage")
_FEES = ("RIFee", "SavingsPlanUpfrontFee", "SavingsPlanRecurringFee")
_DISCOUNTS = ("BundledDiscount", "Discount", "EdpDiscount", "PrivateRateDiscount", "RiVolumeDiscount", "SppDiscount")
_USAGE = ("Usage", "Refund", *_COMMITTED)
_NET, _COST = "lineItem/NetUnblendedCost", "lineItem/UnblendedCost"


class AwsCurPlugin(CostExport):
    """Collects AWS Cost and Usage Reports, CSV or Parquet, of either generation.

    BilledCost is the (net) unblended cost, 0 where a savings plan covers the usage; EffectiveCost is amortised: what a
    commitment costs is with the usage it covers, and what of it nobody used is a row of its own, marked Unused. The
    negations that take back the covered usage are left out with it. Source: the data dictionary of AWS Cost and Usage
    Reports and the FOCUS specification 1.2.
    """

    metadata = PluginMetadata(
        name="aws-cur",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects AWS Cost and Usage Reports (legacy, Athena, CUR 2.0) and AWS's FOCUS export, CSV or Parquet.",
        plugin_type=PluginType.TELEMETRY,
        tags=("aws", "focus", "files"),
        license="Apache-2.0",
    )

    called = "Cost and Usage Report"
    needs: ClassVar = ((_COST,), ("lineItem/LineItemType",), ("lineItem/UsageStartDate",))

    def convert(self, raw: Raw, variant: str) -> Conversion:
        from finopsnb.plugins.exports import values as v

        kind = raw.text("lineItem/LineItemType")
        fee = v.is_one_of(kind, _FEES) | ((kind == "Fee") & raw.text("reservation/ReservationARN").notnull())
        unused = _unused(raw, kind)
        row = {**_who(raw), **_when(raw), **_what(raw, kind), **_costs(raw, kind, fee), **_commitment(raw, kind), **_kept(raw)}
        unused_row = {
            "BilledCost": v.ZERO,
            "EffectiveCost": unused,
            "ListCost": v.ZERO,
            "ContractedCost": v.ZERO,
            "ChargeCategory": "Usage",
            "ChargeFrequency": "Usage-Based",
            "PricingCategory": "Committed",
            "CommitmentDiscountStatus": "Unused",
            "CommitmentDiscountQuantity": _committed_quantity(raw, kind, unused),
        }
        return Conversion(
            {**row, **raw.others(self.config.keep)},
            skipped=[Skipped(kind == "SavingsPlanNegation", "negation", "negations of usage that savings plans cover, BilledCost 0 there")],
            further=[Further((unused != v.ZERO) & fee, unused_row)],
        )

    def control(self, raw: Raw, variant: str) -> Conversion:
        """Cash: the sum of the unblended column, negations included, for they take back what covered usage shows."""
        kind, net = raw.text("lineItem/LineItemType"), raw.text(_NET)
        from finopsnb.plugins.exports import values as v

        discount = v.is_one_of(kind, _DISCOUNTS)
        cost = v.choose((net.notnull(), net), (discount & raw.has(_NET), "0"), otherwise=raw.text(_COST))
        account, period = raw.text("bill/PayerAccountId"), raw.instant("bill/BillingPeriodStartDate")
        currency = raw.text("lineItem/CurrencyCode")
        return Conversion(
            {"BillingAccountId": account, "BillingPeriodStart": period, "BillingCurrency": currency, "BilledCost": cost}
        )


def _who(raw: Raw) -> dict[str, Any]:
    payer, account = raw.text("bill/PayerAccountId"), raw.text("lineItem/UsageAccountId")
    return {
        "ProviderName": "AWS",
        "PublisherName": raw.text("lineItem/LegalEntity", "bill/InvoicingEntity").fill_null("Amazon Web Services, Inc."),
        "InvoiceIssuerName": raw.text("bill/InvoicingEntity", "lineItem/LegalEntity").fill_null("Amazon Web Services, Inc."),
        "InvoiceId": raw.text("bill/InvoiceId"),
        "BillingAccountId": payer,
        "BillingAccountName": raw.text("bill/PayerAccountName"),
        "BillingAccountType": "Management Account",
        "SubAccountId": account,
        "SubAccountName": raw.text("lineItem/UsageAccountName"),
        "SubAccountType": "Account",
        "BillingCurrency": raw.text("lineItem/CurrencyCode"),
        "PricingCurrency": raw.text("pricing/currency", "lineItem/CurrencyCode"),
    }


def _when(raw: Raw) -> dict[str, Any]:
    return {
        "BillingPeriodStart": raw.instant("bill/BillingPeriodStartDate"),
        "BillingPeriodEnd": raw.instant("bill/BillingPeriodEndDate"),
        "ChargePeriodStart": raw.instant("lineItem/UsageStartDate"),
        "ChargePeriodEnd": raw.instant("lineItem/UsageEndDate"),
    }


def _costs(raw: Raw, kind: Any, fee: Any) -> dict[str, Any]:
    """Discount lines have no cost of their own where the report has net columns: the usage is net of them there."""
    from finopsnb.plugins.exports import values as v

    discount, covered = v.is_one_of(kind, _DISCOUNTS), kind == "SavingsPlanCoveredUsage"
    gross, net = raw.number(_COST), raw.number(_NET)
    cost = v.choose((net.notnull(), net), (discount & raw.has(_NET), v.ZERO), otherwise=gross)
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


def _what(raw: Raw, kind: Any) -> dict[str, Any]:
    from finopsnb.plugins.exports import values as v

    code, usage = raw.text("lineItem/ProductCode"), v.is_one_of(kind, _USAGE)
    purchase = v.is_one_of(kind, ("Fee", *_FEES))
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


def _unused(raw: Raw, kind: Any) -> Any:
    """What a fee paid for and nobody used, in the currency of the bill."""
    from finopsnb.plugins.exports import values as v

    upfront = raw.number(
        "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"
    )
    recurring = raw.number("reservation/NetUnusedRecurringFee", "reservation/UnusedRecurringFee")
    plan = raw.number("savingsPlan/TotalCommitmentToDate").fill_null(v.ZERO) - raw.number("savingsPlan/UsedCommitment").fill_null(v.ZERO)
    reserved = upfront.fill_null(v.ZERO) + recurring.fill_null(v.ZERO)
    return v.decimal(v.choose((kind == "RIFee", v.decimal(reserved)), (kind == "SavingsPlanRecurringFee", v.decimal(plan)), otherwise=v.ZERO))


def _committed_quantity(raw: Raw, kind: Any, unused: Any) -> Any:
    from finopsnb.plugins.exports import values as v

    return v.choose((kind == "RIFee", raw.number("reservation/UnusedNormalizedUnitQuantity", "reservation/UnusedQuantity")), otherwise=unused)


def _commitment(raw: Raw, kind: Any) -> dict[str, Any]:
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


def _kept(raw: Raw) -> dict[str, Any]:
    """What identifies a line in AWS's own tools, and the tags; of the prefix of a key nothing is taken away."""
    return {
        "x_LineItemId": raw.text("identity/LineItemId"),
        "x_LineItemType": raw.text("lineItem/LineItemType"),
        "x_ServiceCode": raw.text("lineItem/ProductCode"),
        "x_Operation": raw.text("lineItem/Operation"),
        "Tags": raw.tags("resourceTags", column="resource_tags"),
    }
