"""Does the invoice hold: what was billed, by whom, on which invoice, and what was corrected or credited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import of_category, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []

_ACCOUNT = ("ServiceProviderName", "BillingAccountId", "BillingAccountName")
_BY_ACCOUNT = "BilledCost BillingAccountId BillingAccountName ServiceProviderName"


@query(
    "verify-accuracy-of-service-provider-invoices", "Verify accuracy of service provider invoices", "1.3-1.4", _BY_ACCOUNT, period="billing"
)
@query("verify-invoices", "Verify accuracy of provider invoices", "1.0-1.2", _BY_ACCOUNT, period="billing")
def billed_by_account(costs: ir.Table) -> ir.Table:
    """What each provider billed each billing account: what the invoices of these billing periods add up to."""
    return summed(costs, *_ACCOUNT)


@query(
    "verify-accuracy-of-services-charges-across-service-providers",
    "Verify accuracy of services charges across service providers",
    "1.3-1.4",
    f"{_BY_ACCOUNT} ServiceName",
    period="billing",
)
@query(
    "verify-service-charges",
    "Verify accuracy of services charges across providers",
    "1.0-1.2",
    f"{_BY_ACCOUNT} ServiceName",
    period="billing",
)
def billed_by_service(costs: ir.Table) -> ir.Table:
    """What each provider billed each billing account, by service."""
    return summed(costs, *_ACCOUNT, "ServiceName")


@query(
    "verify-accuracy-of-provider-invoices-aka-invoice-reconciliation",
    "Verify accuracy of provider invoices aka invoice reconciliation",
    "1.2-1.4",
    "BilledCost InvoiceId InvoiceIssuerName",
    essential="InvoiceId",
    period="billing",
)
def billed_by_invoice(costs: ir.Table) -> ir.Table:
    """What each invoice adds up to, to the last digit; InvoiceId is null for charges that are on none yet.

    By billing period, for an invoice also has charges of other charge periods; session.reconcile holds the totals against the source.
    """
    return summed(costs, "InvoiceIssuerName", "InvoiceId")


@query(
    "identify-sources-of-billed-cost",
    "Identify sources of billed cost",
    "1.2-1.4",
    "BilledCost HostProviderName InvoiceId InvoiceIssuerName ServiceProviderName",
    order="-BilledCost",
)
def billed_by_source(costs: ir.Table) -> ir.Table:
    """Where what is billed comes from: whose service, on whose infrastructure, who invoices it, and on which invoice."""
    return summed(costs, "ServiceProviderName", "HostProviderName", "InvoiceIssuerName", "InvoiceId")


@query(
    "analyze-credit-memos",
    "Analyze credit memos",
    "1.2-1.4",
    "BilledCost ChargeCategory InvoiceId ServiceProviderName",
    essential="InvoiceId",
    order="BilledCost",
)
def credits(costs: ir.Table) -> ir.Table:
    """What each provider credited, by invoice; credits are negative, and the largest comes first."""
    return summed(of_category(costs, "Credit"), "ServiceProviderName", "InvoiceId")


@query(
    "report-corrections",
    "Report corrections for a previously invoiced billing period",
    "1.0-1.4",
    "BilledCost BillingAccountId ChargeCategory ChargeClass ServiceCategory ServiceName ServiceProviderName",
    period="billing",
)
def corrections(costs: ir.Table) -> ir.Table:
    """What these billing periods correct of earlier ones, by account, ChargeCategory and service."""
    corrected = costs.filter(costs.ChargeClass == "Correction")
    return summed(corrected, "ServiceProviderName", "BillingAccountId", "ChargeCategory", "ServiceCategory", "ServiceName")


@query(
    "corrections-by-subaccount",
    "Report corrections by subaccount for a previously invoiced billing period",
    "1.0-1.4",
    "BilledCost BillingAccountId ChargeClass ServiceCategory ServiceProviderName SubAccountId SubAccountName",
    essential="SubAccountId",
    period="billing",
)
def corrections_by_sub_account(costs: ir.Table) -> ir.Table:
    """What these billing periods correct of earlier ones, by sub account and service category."""
    corrected = costs.filter(costs.ChargeClass == "Correction")
    return summed(corrected, "ServiceProviderName", "BillingAccountId", "SubAccountId", "SubAccountName", "ServiceCategory")


@query(
    "cash-vs-accrual-comparison-by-billing-period",
    "Cash vs. Accrual Comparison by Billing Period",
    "1.4",
    "BilledCost EffectiveCost InvoiceIssuerName ServiceProviderName",
    period="billing",
    order="BillingPeriodStart",
)
def cash_and_accrual(costs: ir.Table) -> ir.Table:
    """What was billed (cash) beside what was amortised (accrual) per billing period; difference is the first less the second.

    A difference above 0 is paid ahead, as for a commitment; below 0 what was paid ahead is used up.
    """
    sums = summed(costs, "BillingPeriodStart", "ServiceProviderName", "InvoiceIssuerName", of=("BilledCost", "EffectiveCost"))
    return sums.mutate(difference=sums.BilledCost - sums.EffectiveCost)
