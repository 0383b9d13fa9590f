"""Tags that resources must have, the values that they may have, and how much of the spend has to carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from finopsnb.analysis.coverage import coverage
from finopsnb.analysis.money import MONEY
from finopsnb.analysis.tags import alias_problem, same_keys, tag
from finopsnb.analysis.violations import COLUMNS, all_violations, violations
from finopsnb.plugins import PluginMetadata, PluginType, PolicyPlugin

from ._resources import PolicySettings, answer, charges, looked_at

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from finopsnb.plugins import PluginContext

__all__ = ["TagCompliancePlugin"]


class TagComplianceConfig(PolicySettings):
    """Keys are compared without regard to case and the blanks around them."""

    required: list[str] = Field(default_factory=list, description="Tag keys that every resource has to have")
    allowed: dict[str, list[str]] = Field(default_factory=dict, description='The values a tag may have: {"env": ["prod", "test"]}')
    tag_aliases: dict[str, list[str]] = Field(default_factory=dict, description='Other keys that mean the same: {"team": ["squad"]}')
    minimum_coverage: dict[str, float] = Field(
        default_factory=dict, description='The share of positive spend that has to carry a tag, from 0 to 1: {"team": 0.9}'
    )

    @model_validator(mode="after")
    def _sensible(self) -> TagComplianceConfig:
        keys = [*self.required, *self.allowed, *self.minimum_coverage, *self.tag_aliases]
        if any(not key.strip() for key in keys):
            raise ValueError("a tag key has no letters")
        if problem := alias_problem(self.tag_aliases):
            raise ValueError(f"tag_aliases: {problem}")
        if wrong := [key for key, share in self.minimum_coverage.items() if not 0 <= share <= 1]:
            raise ValueError(f"the coverage of {', '.join(wrong)} is a share from 0 to 1; 90 % is 0.9")
        if empty := [key for key, values in self.allowed.items() if not values]:
            raise ValueError(f"no value of {', '.join(empty)} is allowed")
        return self

    def keys(self, key: str) -> tuple[str, list[str]]:
        """The key that stands for the tag, and the other keys that mean the same."""
        first, *others = same_keys(key, self.tag_aliases)
        return first, others


class TagCompliancePlugin(PolicyPlugin):
    """Finds resources without a tag that they must have, or with a value that it may not have, and tags that too little spend carries."""

    metadata = PluginMetadata(
        name="tag-compliance",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds resources without required tags or with values that are not allowed, and tags that too little spend carries.",
        plugin_type=PluginType.POLICY,
        tags=("governance", "tags", "coverage"),
        license="Apache-2.0",
    )

    Config = TagComplianceConfig
    config: TagComplianceConfig

    def evaluate(self, resources: Any, context: PluginContext | None = None) -> Any:
        """A violation per rule (``team is required``, ``env is allowed``), resource and BillingCurrency.

        Charges without a ResourceId are one violation per rule, account and BillingCurrency, taxes and credits left out.
        Coverage is a violation per tag and BillingCurrency without a resource; its cost is the spend that lacks the tag.
        """
        table = looked_at(resources, context or self.context)
        parts = [self._untagged(table, key) for key in self.config.required]
        parts += [self._not_allowed(table, key) for key in self.config.allowed]
        if self.config.minimum_coverage:
            costs = charges(resources, context or self.context)
            parts += [self._uncovered(costs, key, share) for key, share in self.config.minimum_coverage.items()]
        return answer(all_violations(parts, table), resources)

    def _untagged(self, table: ir.Table, key: str) -> ir.Table:
        broken = table.filter(tag(table, *self.config.keys(key)).isnull())
        return self._told(broken, f"{key} is required", f"has no tag {key}", f"tag it with {key}")

    def _not_allowed(self, table: ir.Table, key: str) -> ir.Table:
        told = table.mutate(_value=tag(table, *self.config.keys(key)))
        values = self.config.allowed[key]
        broken = told.filter(told._value.notnull(), ~told._value.isin([value.strip() for value in values]))
        message = f"its tag {key} is " + broken._value + f" and not {', '.join(values)}"
        return self._told(broken, f"{key} is allowed", message, f"set {key} to {', '.join(values)}")

    def _told(self, broken: ir.Table, rule: str, message: Any, remediation: str) -> ir.Table:
        settings = self.config
        return violations(
            broken,
            policy=self.name,
            rule=rule,
            message=message,
            severity=settings.severity,
            remediation=remediation,
            metric=settings.metric,
            minimum=settings.minimum_spend,
        )

    def _uncovered(self, costs: ir.Table, key: str, share: float) -> ir.Table:
        import ibis

        first, aliases = self.config.keys(key)
        sums = coverage(costs, first, aliases=aliases, metric=self.config.metric)
        short = sums.filter(sums.coverage < share)
        percent = (short.coverage * 100).round(2).cast("string")
        nothing = ibis.null("string")
        return short.mutate(
            policy=ibis.literal(self.name),
            rule=ibis.literal(f"{key} coverage"),
            severity=ibis.literal(self.config.severity),
            ResourceId=nothing,
            SubAccountId=nothing,
            ProviderName=nothing,
            message=f"{key} is on " + percent + f" % of the {self.config.metric} and has to be on {share * 100:g} %",
            remediation=ibis.literal(f"tag the resources that cost most with {key}"),
            cost=(short.cost - short.tagged).cast(MONEY),
        ).select(*COLUMNS)
