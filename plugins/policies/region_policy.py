"""Where resources may be: regions that are allowed or forbidden, for all, or for single providers and accounts."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, field_validator, model_validator

from finopsnb.analysis.cost import provider
from finopsnb.analysis.patterns import any_regex, check_glob, glob_regex
from finopsnb.analysis.violations import all_violations, violations
from finopsnb.plugins import PluginMetadata, PluginType, PolicyPlugin

from ._resources import PolicySettings, Severity, answer, looked_at, named_once

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from finopsnb.plugins import PluginContext

__all__ = ["RegionPolicyPlugin"]


class RegionRule(BaseModel):
    """Regions by name or pattern (``eu-*``), in any case; a region that is both allowed and forbidden is forbidden."""

    name: str = Field("regions", description="What the rule is called in violations")
    allowed: list[str] = Field(default_factory=list, description="Where resources may be; anywhere when empty")
    forbidden: list[str] = Field(default_factory=list, description="Where they may not be")
    providers: list[str] = Field(default_factory=list, description="For these providers only; for all when empty")
    accounts: list[str] = Field(default_factory=list, description="For these accounts (SubAccountId) only; for all when empty")
    severity: Severity | None = Field(None, description="How grave it is; that of the plugin unless given")

    @field_validator("allowed", "forbidden")
    @classmethod
    def _readable(cls, patterns: list[str]) -> list[str]:
        return [check_glob(pattern.lower()) and pattern for pattern in patterns]

    @model_validator(mode="after")
    def _says_something(self) -> RegionRule:
        if not self.allowed and not self.forbidden:
            raise ValueError(f"the rule {self.name} neither allows nor forbids a region")
        return self


class RegionPolicyConfig(PolicySettings):
    """The rules; a resource must keep all that are for it."""

    rules: list[RegionRule] = Field(default_factory=list, description="Each for all resources, or for some providers or accounts")

    @field_validator("rules")
    @classmethod
    def _named_once(cls, rules: list[RegionRule]) -> list[RegionRule]:
        return named_once(rules)


class RegionPolicyPlugin(PolicyPlugin):
    """Finds resources in regions where they may not be, and charges without a resource that are for such a region.

    Resources without a region, as global services have, are left alone.
    """

    metadata = PluginMetadata(
        name="region-policy",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds resources in regions that are not allowed, by provider and account, and what they cost.",
        plugin_type=PluginType.POLICY,
        tags=("governance", "regions", "residency"),
        license="Apache-2.0",
    )

    Config = RegionPolicyConfig
    config: RegionPolicyConfig

    def evaluate(self, resources: Any, context: PluginContext | None = None) -> Any:
        """A violation per rule, resource and BillingCurrency; charges without a ResourceId are one per account."""
        table = looked_at(resources, context or self.context)
        return answer(all_violations([self._broken(table, rule) for rule in self.config.rules], table), resources)

    def _broken(self, table: ir.Table, rule: RegionRule) -> ir.Table:
        broken = table.filter(_is_meant(table, rule), _is_wrong(table.RegionId, rule))
        return violations(
            broken,
            policy=self.name,
            rule=rule.name,
            message="in " + broken.RegionId + f", which {rule.name} does not allow",
            severity=rule.severity or self.config.severity,
            remediation=f"move it to {', '.join(rule.allowed)}" if rule.allowed else "move it to another region",
            metric=self.config.metric,
            minimum=self.config.minimum_spend,
        )


def _is_meant(table: ir.Table, rule: RegionRule) -> ir.BooleanValue:
    here = table.RegionId.nullif("").notnull()
    if rule.providers:
        here &= provider(table).lower().isin([name.lower() for name in rule.providers])
    return here & table.SubAccountId.isin(rule.accounts) if rule.accounts else here


def _is_wrong(region: ir.StringValue, rule: RegionRule) -> ir.BooleanValue:
    wrong = [_matches(region, rule.forbidden)] if rule.forbidden else []
    return reduce(or_, [*wrong, ~_matches(region, rule.allowed)] if rule.allowed else wrong)


def _matches(region: ir.StringValue, patterns: list[str]) -> ir.BooleanValue:
    return region.lower().re_search(any_regex(glob_regex(pattern.lower()) for pattern in patterns))
