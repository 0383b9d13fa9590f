"""Policy plugins say what is allowed; what breaks a rule becomes the table ``violations``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["PolicyPlugin", "PolicyViolation"]


@dataclass
class PolicyViolation:
    """One thing that is not allowed. ``cost`` is what it costs, in ``BillingCurrency``; ``severity`` low to critical."""

    policy: str
    message: str
    severity: str = "medium"
    rule: str = ""
    ResourceId: str | None = None
    SubAccountId: str | None = None
    ProviderName: str | None = None
    remediation: str = ""
    cost: Decimal | None = None
    BillingCurrency: str | None = None


class PolicyPlugin(PluginBase):
    """Checks resources: write ``evaluate`` for whole tables (vectorised) or ``evaluate_policy`` for one resource."""

    plugin_type = PluginType.POLICY
    one_of = (("evaluate", "evaluate_policy"),)

    def evaluate(self, resources: Any, context: Any = None) -> Any:
        """All of ``resources`` (an Ibis table of cost rows, or any table) to rows like PolicyViolation."""
        table = self.context.execute(resources) if tabular.is_expression(resources) else resources
        answers = (self.evaluate_policy(resource, context) for resource in tabular.rows(table))
        return [answer for answer in answers if answer is not None]

    def evaluate_policy(self, resource: dict[str, Any], context: Any = None) -> PolicyViolation | None:
        """One resource (a row) to a violation, or None where it is allowed."""
        rows = list(tabular.rows(self.evaluate([resource], context)))
        known = PolicyViolation.__dataclass_fields__
        return PolicyViolation(**{k: v for k, v in rows[0].items() if k in known}) if rows else None
