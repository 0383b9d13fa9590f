"""Budgets that are overspent, or will be by the end of their period, as violations."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from finopsnb.analysis.budget_status import budget_statuses
from finopsnb.analysis.cost import day_of
from finopsnb.plugins import PluginMetadata, PluginType, PolicyPlugin

from ._resources import Severity

if TYPE_CHECKING:
    from finopsnb.plugins import PluginContext

__all__ = ["BudgetPolicyPlugin"]


class BudgetPolicyConfig(BaseModel):
    """From which share of a budget on it is a violation."""

    share: float = Field(1.0, gt=0, description="The share of its amount from which on a budget is a violation")
    forecast_share: float = Field(1.0, gt=0, description="The share that its forecast has to reach")
    severity: Severity = Field("high", description="How grave a budget is that is spent")
    forecast_severity: Severity = Field("medium", description="How grave a budget is that will be spent")
    metric: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
        "EffectiveCost", description="Which cost counts for a budget with a scope"
    )


class BudgetPolicyPlugin(PolicyPlugin):
    """Finds budgets (``session.budgets``) that are spent, and those whose forecast is above their amount."""

    metadata = PluginMetadata(
        name="budget-policy",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds budgets that are spent, or will be by the end of their period at the present rate.",
        plugin_type=PluginType.POLICY,
        tags=("governance", "budgets", "forecast"),
        license="Apache-2.0",
    )

    Config = BudgetPolicyConfig
    config: BudgetPolicyConfig

    def evaluate(self, resources: Any, context: PluginContext | None = None, *, as_of: date | str | None = None) -> list[dict[str, Any]]:  # noqa: ARG002
        """A violation per budget and period, at the end of the day ``as_of``; its cost is what was spent.

        Budgets are no resources: these are not looked at.
        """
        here = context or self.context
        found = budget_statuses(here.table, here.execute, None if as_of is None else day_of(as_of), self.config.metric)
        return [self._violation(row) for _, row in found if self._rule(row)]

    def _rule(self, row: dict[str, Any]) -> str:
        if row["share"] is not None and row["share"] >= self.config.share:
            return "spent"
        return "forecast" if (row["forecast_share"] or 0) >= self.config.forecast_share else ""

    def _violation(self, row: dict[str, Any]) -> dict[str, Any]:
        """The rule is the budget, so that one that was forecast and then is spent stays one violation."""
        spent = self._rule(row) == "spent"
        share = row["share"] if spent else row["forecast_share"]
        told = "is spent" if spent else "is forecast to be spent"
        return {
            "policy": self.name,
            "rule": f"{row['budget']} from {row['period_start']}",
            "severity": self.config.severity if spent else self.config.forecast_severity,
            "message": f"{share:.1%} of {row['amount'].normalize():f} {row['BillingCurrency']} {told} until {row['period_end']}",
            "remediation": f"ask {row['owner'] or 'its owner'} for less spend, or for a higher budget",
            "cost": row["actual"],
            "BillingCurrency": row["BillingCurrency"],
        }
