"""What breaks a rule, as rows of ``violations``: one per resource and currency, with what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.analysis.cost import amount, provider

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COLUMNS", "all_violations", "violations"]

#: what every policy says of a violation
COLUMNS = (
    *("policy", "rule", "severity", "ResourceId", "SubAccountId", "ProviderName", "message", "remediation"),
    *("cost", "BillingCurrency"),
)


def violations(
    broken: ir.Table,
    *,
    policy: str,
    rule: str,
    message: str | ir.StringValue,
    severity: str = "medium",
    remediation: str = "",
    metric: str = "EffectiveCost",
    minimum: Decimal | None = None,
) -> ir.Table:
    """One row (COLUMNS) per ResourceId, SubAccountId and BillingCurrency of ``broken``, costs or resources that break a rule.

    ``cost`` is the sum of ``metric`` in BillingCurrency; resources that cost less than ``minimum`` are left out. ``message``
    may be an expression over ``broken``; of several in one resource the first in the order of the alphabet is told.
    Charges without a ResourceId are one row per account.
    """
    import ibis

    told = broken.mutate(_message=ibis.literal(message) if isinstance(message, str) else message, _provider=provider(broken))
    found = told.group_by(["ResourceId", "SubAccountId", "BillingCurrency"]).aggregate(
        cost=amount(told, metric).sum().cast("decimal(38, 18)"), message=told._message.min(), ProviderName=told._provider.max()
    )
    kept = found if minimum is None else found.filter(found.cost >= ibis.literal(minimum, "decimal(38, 18)"))
    return kept.mutate(
        policy=ibis.literal(policy), rule=ibis.literal(rule), severity=ibis.literal(severity), remediation=ibis.literal(remediation)
    ).select(*COLUMNS)


def all_violations(parts: Sequence[ir.Table], otherwise: ir.Table) -> ir.Table:
    """The violations of all rules in one table; none of ``otherwise``, costs or resources, when there are no rules."""
    import ibis

    if not parts:
        return violations(otherwise.filter(ibis.literal(False)), policy="", rule="", message="")
    return ibis.union(parts[0], *parts[1:]) if len(parts) > 1 else parts[0]
