"""What the policies have in common: resources of a session, or a few at hand, and settings that all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, Field

from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.names import repeated
from finopsnb.analysis.resources import without_resource
from finopsnb.plugins import tabular

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from finopsnb.plugins import PluginContext

__all__ = ["PolicySettings", "Severity", "answer", "charges", "looked_at", "named_once"]

Severity = Literal["low", "medium", "high", "critical"]


class PolicySettings(BaseModel):
    """Which cost a violation affects, and from what amount on it matters."""

    severity: Severity = Field("medium", description="How grave a violation is")
    metric: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
        "EffectiveCost", description="Which cost a violation affects"
    )
    minimum_spend: Decimal | None = Field(None, description="Resources that cost less, in their BillingCurrency, are left alone")


class _Named(Protocol):
    name: str


Rules = TypeVar("Rules", bound=Sequence[_Named])


def named_once(rules: Rules) -> Rules:
    """The rules, if no two have the same name: a violation would not tell which it breaks. ValueError otherwise."""
    if twice := repeated(rule.name for rule in rules):
        raise ValueError(f"two rules are called {', '.join(twice)}; give each its name")
    return rules


def looked_at(resources: Any, context: PluginContext) -> ir.Table:
    """The resources of a session and, below them, its charges that name none; rows at hand as a table."""
    if not tabular.is_expression(resources):
        return costs_at_hand(tabular.rows(resources))
    nameless = without_resource(context.table("costs"))
    return resources.union(nameless.select(*resources.columns))


def charges(resources: Any, context: PluginContext) -> ir.Table:
    """The charges behind the resources of a session; rows at hand are charges themselves."""
    return context.table("costs") if tabular.is_expression(resources) else costs_at_hand(tabular.rows(resources))


def answer(found: ir.Table, resources: Any) -> Any:
    """An expression, for the session to run; the rows themselves where the resources were at hand."""
    return found if tabular.is_expression(resources) else execute_at_hand(found)
