"""AWS Cost and Usage Reports: the legacy report, the form that Athena queries, CUR 2.0 and AWS's own FOCUS export."""

from __future__ import annotations

from typing import Any, ClassVar

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import Conversion, CostExport, Further, Noticed, Raw, Skipped

from ._aws_lines import COST, commitment, costs, is_fee, unused, unused_quantity, what
from ._aws_totals import control

__all__ = ["AwsCurPlugin"]

_NEGATION = "lines that take back the usage which savings plans cover are left out: its BilledCost is 0"
_NO_LIST = "the report has no list cost; BilledCost stands in for it, so there is no saving to be seen"


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
    needs: ClassVar = ((COST,), ("lineItem/LineItemType",), ("lineItem/UsageStartDate",))

    def convert(self, raw: Raw, variant: str) -> Conversion:
        from finopsnb.plugins.exports import values as v

        kind = raw.text("lineItem/LineItemType")
        fee, idle = is_fee(raw, kind), unused(raw, kind)
        row = {**_who(raw), **_when(raw), **what(raw, kind), **costs(raw, kind, fee), **commitment(raw, kind), **_kept(raw)}
        unused_row = {
            "BilledCost": v.ZERO,
            "EffectiveCost": idle,
            "ListCost": v.ZERO,
            "ContractedCost": v.ZERO,
            "ChargeCategory": "Usage",
            "ChargeFrequency": "Usage-Based",
            "PricingCategory": "Committed",
            "CommitmentDiscountStatus": "Unused",
            "CommitmentDiscountQuantity": unused_quantity(raw, kind, idle),
        }
        return Conversion(
            {**row, **raw.others(self.config.keep)},
            skipped=[Skipped(kind == "SavingsPlanNegation", "negation", _NEGATION)],
            further=[Further((idle != v.ZERO) & fee, unused_row)],
            noticed=[Noticed(raw.text("pricing/publicOnDemandCost").isnull(), "list-cost-filled", "ListCost", _NO_LIST)],
        )

    def control(self, raw: Raw, variant: str) -> Conversion:
        """Cash is the sum of the unblended column, negations included, for they take back what covered usage shows."""
        account, period = raw.text("bill/PayerAccountId"), raw.instant("bill/BillingPeriodStartDate")
        key = {"BillingAccountId": account, "BillingPeriodStart": period, "BillingCurrency": raw.text("lineItem/CurrencyCode")}
        return control(raw, key)


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


def _kept(raw: Raw) -> dict[str, Any]:
    """What identifies a line in AWS's own tools, and the tags; of the prefix of a key nothing is taken away."""
    return {
        "x_LineItemId": raw.text("identity/LineItemId"),
        "x_LineItemType": raw.text("lineItem/LineItemType"),
        "x_ServiceCode": raw.text("lineItem/ProductCode"),
        "x_Operation": raw.text("lineItem/Operation"),
        "Tags": raw.tags("resourceTags/", "resource_tags_", column="resource_tags"),
    }
