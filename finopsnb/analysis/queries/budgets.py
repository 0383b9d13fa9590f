"""What was billed, for those who set budgets and those who keep them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import ratio, summed, tagged
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "update-budgets",
    "Update budgets with billed costs",
    "1.0-1.4",
    "BilledCost BillingPeriodEnd BillingPeriodStart ServiceProviderName",
    period="billing",
    order="BillingPeriodStart",
)
def billed_by_period(costs: ir.Table) -> ir.Table:
    """What each provider billed per billing period."""
    return summed(costs, "BillingPeriodStart", "BillingPeriodEnd", "ServiceProviderName")


@query(
    "update-application-budgets",
    "Update budgets for each application",
    "1.0-1.4",
    "BilledCost BillingPeriodEnd BillingPeriodStart ServiceProviderName Tags",
    essential="Tags",
    period="billing",
    order="BillingPeriodStart",
)
def billed_by_application(costs: ir.Table, *, tag: str = "application") -> ir.Table:
    """What each application (a value of the tag, null for charges without it) was billed per billing period and provider."""
    return tagged(costs, tag, "BillingPeriodStart", "BillingPeriodEnd", "ServiceProviderName", of="BilledCost")


@query(
    "compare-billed-budget",
    "Compare billed cost per subaccount to budget",
    "1.0-1.4",
    "BilledCost ChargeCategory ChargePeriodStart ServiceProviderName SubAccountId SubAccountName",
    essential="SubAccountId",
    order="ServiceProviderName SubAccountId",
)
def billed_and_budget(costs: ir.Table, budgets: ir.Table, *, amount: Decimal | None = None) -> ir.Table:
    """What each sub account was billed, of that what for usage, and its budget: budgeted, remaining, and share (used of the budget).

    Its budgets are those of the table ``budgets`` whose owner is its SubAccountId or SubAccountName, in its BillingCurrency, each
    held against the charges that begin in the budget's period, and in the asked one. Charges that no budget is for have the
    ``amount`` that is given, or null. Budgets with a scope are not looked at: session.budget_status has them.
    """
    names = ("ServiceProviderName", "SubAccountId", "SubAccountName")
    sums = summed(costs, *names, "ChargeCategory", "ChargePeriodStart")
    owned = _owned(budgets)
    mine = [
        (sums.SubAccountId == owned.owner) | (sums.SubAccountName == owned.owner),
        sums.BillingCurrency == owned.budget_currency,
        sums.ChargePeriodStart >= owned.period_start,
        sums.ChargePeriodStart < owned.period_end,
    ]
    rows = sums.left_join(owned, mine)
    usage = rows.BilledCost.sum(where=rows.ChargeCategory == "Usage").fill_null(0)
    held = summed(rows, *names, "budget", "period_start", "period_end", "budgeted", usage=usage)
    known = held.mutate(budgeted=held.budgeted.coalesce(_literal(amount)))
    return known.mutate(remaining=known.budgeted - known.BilledCost, share=ratio(known.BilledCost, known.budgeted))


def _owned(budgets: ir.Table) -> ir.Table:
    whole = budgets.filter(budgets.scope.fill_null("").strip() == "", budgets.owner.notnull())
    return whole.select("budget", "owner", "period_start", "period_end", budgeted="amount", budget_currency="BillingCurrency")


def _literal(amount: Decimal | None) -> ir.DecimalValue:
    import ibis

    return ibis.literal(amount, "decimal(38, 18)")
