"""Google Cloud's billing export from BigQuery: standard and detailed, as CSV, JSON lines or Parquet."""

from __future__ import annotations

from typing import ClassVar

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.exports import Conversion, CostExport, Further, Noticed, Raw
from finopsnb.plugins.files import BILLING_SUFFIXES, JSON_SUFFIXES

from ._gcp_charges import CREDIT, Charge, commitment, costs, credit_rows, priced
from ._gcp_columns import kept, month_of, what, when, who

__all__ = ["GcpBillingPlugin"]

_NO_LIST = "the row has no cost at list prices; its cost stands in for it, so there is no saving to be seen"
_NO_CREDITS = "the export has no column credits: what is stored is the cost before them, and more than the invoice"
_FEES = (
    "the export does not say which usage a commitment's fee is for: the fee stays on its own row as EffectiveCost too, and "
    "covered usage has what its credits leave, which may be 0. The totals add up; parts of them are without their share of the fee"
)


class GcpBillingPlugin(CostExport):
    """Collects Google Cloud's billing export, with its columns nested (as types, as JSON, as Python prints them) or flattened.

    BilledCost is the cost before credits, and each credit is a row of its own: their sum is what the invoice says. A credit
    that is a discount on the usage it is on (committed or sustained use, free tier, negotiated) lowers the EffectiveCost of
    that usage, and has none itself; any other credit, such as a promotion, has its amount in both. So both costs of a month
    add up to cost + credits. Nothing is held at 0.

    Tags are the labels of the resource and of its project by their keys, where both have a key the resource's counts; system
    labels by theirs, such as compute.googleapis.com/cores; and tags as namespace/key. Source: Google's schema of the
    Cloud Billing export and the FOCUS specification 1.2.
    """

    metadata = PluginMetadata(
        name="gcp-billing",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects Google Cloud's billing export (standard, detailed) as CSV, JSON lines or Parquet.",
        plugin_type=PluginType.TELEMETRY,
        tags=("gcp", "google-cloud", "focus", "files"),
        license="Apache-2.0",
    )

    called = "Google Cloud billing export"
    suffixes = (*BILLING_SUFFIXES, *JSON_SUFFIXES)
    needs: ClassVar = (("billing_account_id",), ("cost",), ("currency",), ("usage_start_time",))

    def convert(self, raw: Raw, variant: str) -> Conversion:
        charge = Charge.of(raw)
        row = {**who(raw), **when(raw), **what(raw, charge), **costs(raw, charge), **priced(raw, charge)}
        row |= {**commitment(raw, charge), **kept(raw), **raw.others(self.config.keep)}
        sold = charge.usage | charge.fee
        noticed = [
            Noticed(sold & raw.number("cost_at_list").isnull(), "list-cost-filled", "ListCost", _NO_LIST),
            Noticed(charge.fee, "commitment-fee-not-spread", "EffectiveCost", _FEES, "warning"),
        ]
        if not raw.has("credits"):
            noticed.append(Noticed(raw.number("cost").notnull(), "no-credits-column", "BilledCost", _NO_CREDITS, "warning"))
        return Conversion(row, further=[credit_rows(row, charge)] if raw.has("credits") else [], noticed=noticed)

    def control(self, raw: Raw, variant: str) -> Conversion:
        """The column cost, and the amount of each credit; both costs come to the same."""
        key = {"BillingAccountId": raw.text("billing_account_id"), "BillingCurrency": raw.text("currency")}
        cost, credits = raw.text("cost"), raw.objects("credits", *CREDIT)
        given = (credits.length() > 0).fill_null(False)
        amounts = Further(given, lambda one: dict.fromkeys(("BilledCost", "EffectiveCost"), one["amount"]), credits)
        bill = {**key, "BillingPeriodStart": month_of(raw), "BilledCost": cost, "EffectiveCost": cost}
        return Conversion(bill, further=[amounts] if raw.has("credits") else [])
