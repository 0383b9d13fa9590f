"""What breaks a rule, as rows of ``violations``: one per resource and currency, with what it cost; and what these come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.analysis.cost import amount, provider
from finopsnb.analysis.money import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COLUMNS", "all_violations", "by_rule", "offenders", "violations"]

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
        cost=amount(told, metric).sum().cast(MONEY), message=told._message.min(), ProviderName=told._provider.max()
    )
    kept = found if minimum is None else found.filter(found.cost >= ibis.literal(minimum, MONEY))
    return kept.mutate(
        policy=ibis.literal(policy), rule=ibis.literal(rule), severity=ibis.literal(severity), remediation=ibis.literal(remediation)
    ).select(*COLUMNS)


def all_violations(parts: Sequence[ir.Table], otherwise: ir.Table) -> ir.Table:
    """The violations of all rules in one table; none of ``otherwise``, costs or resources, when there are no rules."""
    import ibis

    if not parts:
        return violations(otherwise.filter(ibis.literal(False)), policy="", rule="", message="")
    return ibis.union(parts[0], *parts[1:]) if len(parts) > 1 else parts[0]


def by_rule(found: ir.Table) -> ir.Table:
    """Violations of one currency by what they break, the dearest first: policy, rule (else the message), severity, cost, count."""
    import ibis

    named = found.group_by("policy", rule=found.rule.nullif("").coalesce(found.message), severity=found.severity)
    return named.aggregate(cost=found.cost.sum(), count=found.count()).order_by([ibis.desc("cost"), "policy", "rule"])


def offenders(found: ir.Table) -> ir.Table:
    """What costs most of what breaks a rule, of violations of one currency: resource, account, cost, and the rules that each breaks.

    The charges of an account that have no resource are one, with none. One that breaks several rules costs what the dearest of them
    says: what it costs counts once.
    """
    import ibis

    named = found.filter(found.ResourceId.notnull() | found.SubAccountId.notnull())
    sums = named.group_by(resource=named.ResourceId, account=named.SubAccountId).aggregate(
        cost=named.cost.max(), rules=(named.policy + ": " + named.rule.coalesce("")).collect(distinct=True)
    )
    return sums.filter(sums.cost > 0).order_by([ibis.desc("cost"), "resource", "account"])
