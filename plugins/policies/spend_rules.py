"""Rules of your own over charges: a name, a severity and a condition in SQL; what it chooses is added up by resource."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, field_validator

from finopsnb.analysis.predicates import check_predicate, predicate
from finopsnb.analysis.violations import all_violations, violations
from finopsnb.plugins import PluginMetadata, PluginType, PolicyPlugin

from ._resources import PolicySettings, Severity, answer, charges, named_once

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from finopsnb.plugins import PluginContext

__all__ = ["SpendRulesPlugin"]


class SpendRule(BaseModel):
    """What is not allowed: the charges for which ``where`` holds."""

    name: str = Field(min_length=1, description="What the rule is called in violations")
    where: str = Field(
        min_length=1, description="A condition over the columns of costs: ServiceName = 'Amazon EC2' and Tags['team'] is null"
    )
    severity: Severity | None = Field(None, description="How grave it is; that of the plugin unless given")
    minimum_spend: Decimal | None = Field(None, description="What a resource costs at least to be told; that of the plugin unless given")
    message: str = Field("", description="What is told of a resource; the rule's name and condition unless given")
    remediation: str = Field("", description="What is to be done")

    @field_validator("where")
    @classmethod
    def _readable(cls, where: str) -> str:
        return check_predicate(where)


class SpendRulesConfig(PolicySettings):
    """The rules, in any order: a resource may break several."""

    rules: list[SpendRule] = Field(default_factory=list, description="Each a name, a condition, and how grave it is")

    @field_validator("rules")
    @classmethod
    def _named_once(cls, rules: list[SpendRule]) -> list[SpendRule]:
        return named_once(rules)


class SpendRulesPlugin(PolicyPlugin):
    """Finds the resources whose charges meet a condition, with what these charges cost."""

    metadata = PluginMetadata(
        name="spend-rules",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds resources with charges that meet a condition over FOCUS columns and tags, and what they cost.",
        plugin_type=PluginType.POLICY,
        tags=("governance", "rules", "spend"),
        license="Apache-2.0",
    )

    Config = SpendRulesConfig
    config: SpendRulesConfig

    def evaluate(self, resources: Any, context: PluginContext | None = None) -> Any:
        """A violation per rule, resource and BillingCurrency; ``cost`` is what the charges of the rule add up to."""
        costs = charges(resources, context or self.context)
        return answer(all_violations([self._broken(costs, rule) for rule in self.config.rules], costs), resources)

    def _broken(self, costs: ir.Table, rule: SpendRule) -> ir.Table:
        settings = self.config
        return violations(
            costs.filter(predicate(costs, rule.where)),
            policy=self.name,
            rule=rule.name,
            message=rule.message or f"{rule.name}: charges where {rule.where}",
            severity=rule.severity or settings.severity,
            remediation=rule.remediation,
            metric=settings.metric,
            minimum=settings.minimum_spend if rule.minimum_spend is None else rule.minimum_spend,
        )
