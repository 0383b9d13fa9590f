"""Policy plugins say what is allowed; what breaks a rule becomes the table ``violations``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["PolicyPlugin", "PolicyViolation"]

_GRAVEST_FIRST = ("critical", "high", "medium", "low")


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
        """One resource (a row) to a violation, or None where it is allowed; of several rules that it breaks to the gravest, with
        the messages of all.
        """
        rows = sorted(tabular.rows(self.evaluate([resource], context)), key=_gravity)
        if not rows:
            return None
        known = PolicyViolation.__dataclass_fields__
        gravest = {name: value for name, value in rows[0].items() if name in known}
        return PolicyViolation(**gravest | {"message": "; ".join(dict.fromkeys(row["message"] for row in rows))})


def _gravity(row: Mapping[str, Any]) -> int:
    """The order of violations, the gravest first; what has no severity comes last."""
    severity = row.get("severity")
    return _GRAVEST_FIRST.index(severity) if severity in _GRAVEST_FIRST else len(_GRAVEST_FIRST)
