"""What the policies have in common: resources of a session, or a few at hand, and settings that all of them have."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from finopsnb.analysis.allocation import costs_at_hand, execute_at_hand
from finopsnb.plugins import tabular

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from finopsnb.plugins import PluginContext

__all__ = ["PolicySettings", "Severity", "answer", "charges", "looked_at"]

Severity = Literal["low", "medium", "high", "critical"]


class PolicySettings(BaseModel):
    """Which cost a violation affects, and from what amount on it matters."""

    severity: Severity = Field("medium", description="How grave a violation is")
    metric: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
        "EffectiveCost", description="Which cost a violation affects"
    )
    minimum_spend: Decimal | None = Field(None, description="Resources that cost less, in their BillingCurrency, are left alone")


def looked_at(resources: Any) -> ir.Table:
    """The resources as an expression: those of a session as they are, and rows at hand as a table."""
    if tabular.is_expression(resources):
        return resources
    return costs_at_hand(tabular.rows(resources))


def charges(resources: Any, context: PluginContext) -> ir.Table:
    """The charges behind the resources of a session; rows at hand are charges themselves."""
    return context.table("costs") if tabular.is_expression(resources) else costs_at_hand(tabular.rows(resources))


def answer(found: ir.Table, resources: Any) -> Any:
    """An expression, for the session to run; the rows themselves where the resources were at hand."""
    return found if tabular.is_expression(resources) else execute_at_hand(found)
