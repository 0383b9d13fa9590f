"""What the four events tell, as findings of one shape.

alert_triggered             alert: a mapping with id, title, description, impact, BillingCurrency
budget_threshold_exceeded   budget, threshold, actual, status (the row of ``session.budget_status``)
policy_violated             table: rows of ``violations``
recommendation_generated    table: rows of ``recommendations``
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from finopsnb.plugins import tabular

__all__ = ["EVENTS", "SEVERITIES", "Finding", "findings_of"]

SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Finding:
    """One thing that somebody should know of; ``identity`` is what it is known by from run to run.

    ``money`` is what is at stake, in ``currency``: the impact of an alert, what a budget has cost, the cost of a violation, what a
    recommendation saves a month.
    """

    event: str
    identity: str
    title: str
    text: str = ""
    severity: str = "medium"
    plugin: str = ""
    owner: str = ""
    money: Decimal | None = None
    currency: str = ""
    resource: str = ""
    account: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def findings_of(event: str, payload: Mapping[str, Any]) -> list[Finding]:
    """The findings that an event carries; none for an event that is not one of the four.

    >>> [found.title for found in findings_of("alert_triggered", {"alert": {"id": "7", "title": "EC2 doubled"}})]
    ['EC2 doubled']
    """
    return list(_READERS[event](payload)) if event in _READERS else []


def _alert(payload: Mapping[str, Any]) -> Iterator[Finding]:
    alert = payload.get("alert")
    told: Mapping[str, Any] = alert if isinstance(alert, Mapping) else {"title": alert}
    facts = {name.capitalize(): told.get(name) for name in ("kind", "start", "end", "expected", "actual")}
    yield Finding(
        "alert_triggered",
        _known_by(told.get("plugin"), told.get("id") or _digest(told)),
        _text(told.get("title") or told.get("message")) or "An alert",
        _text(told.get("description")),
        _severity(told.get("severity"), "high"),
        _text(told.get("plugin")),
        _text(told.get("owner")),
        _decimal(told.get("impact", told.get("cost"))),
        _text(told.get("BillingCurrency")),
        _text(told.get("ResourceId")),
        _text(told.get("SubAccountId")),
        _facts(facts),
    )


def _budget(payload: Mapping[str, Any]) -> Iterator[Finding]:
    given = payload.get("status")
    status: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    budget, threshold = _text(payload.get("budget")), _decimal(payload.get("threshold"))
    share = f"{threshold:.0%}" if threshold is not None else "a threshold"
    currency, actual = _text(status.get("BillingCurrency")), _decimal(payload.get("actual"))
    spent = f"{actual:,.2f} {currency}".rstrip() if actual is not None else "An unknown sum"
    amount = _decimal(status.get("amount"))
    of = f" of {amount:,.2f}" if amount is not None else ""
    forecast = _decimal(status.get("forecast"))
    facts = {"Owner": status.get("owner"), "Period": _period(status), "State": status.get("state")}
    yield Finding(
        "budget_threshold_exceeded",
        _known_by(budget, f"{threshold.normalize():f}" if threshold is not None else "", str(status.get("period_start") or "")),
        f"Budget {budget}: {share} reached",
        f"{spent}{of} is spent." + (f" The forecast for the period is {forecast:,.2f}." if forecast is not None else ""),
        _of_share(threshold),
        "budgets",
        _text(status.get("owner")),
        actual,
        currency,
        facts=_facts(facts),
    )


def _violations(payload: Mapping[str, Any]) -> Iterator[Finding]:
    for row in _rows(payload):
        facts = {"Policy": row.get("policy"), "Rule": row.get("rule"), "Resource": row.get("ResourceId")}
        yield Finding(
            "policy_violated",
            _known_by(row.get("plugin") or payload.get("plugin"), row.get("violation_id") or _digest(row)),
            f"{_text(row.get('policy')) or 'A policy'} is violated",
            " ".join(filter(None, (_text(row.get("message")), _text(row.get("remediation"))))),
            _severity(row.get("severity"), "medium"),
            _text(row.get("plugin") or payload.get("plugin")),
            _text(row.get("owner")),
            _decimal(row.get("cost")),
            _text(row.get("BillingCurrency")),
            _text(row.get("ResourceId")),
            _text(row.get("SubAccountId")),
            _facts(facts | {"Account": row.get("SubAccountId")}),
        )


def _recommendations(payload: Mapping[str, Any]) -> Iterator[Finding]:
    for row in _rows(payload):
        facts = {"Category": row.get("category"), "Resource": row.get("ResourceName") or row.get("ResourceId")}
        facts |= {"Current": row.get("current"), "Recommended": row.get("recommended"), "Effort": row.get("effort")}
        yield Finding(
            "recommendation_generated",
            _known_by(row.get("plugin") or payload.get("plugin"), row.get("recommendation_id") or _digest(row)),
            _text(row.get("title")) or "A recommendation",
            _text(row.get("description")),
            "medium",
            _text(row.get("plugin") or payload.get("plugin")),
            _text(row.get("owner")),
            _decimal(row.get("monthly_saving")),
            _text(row.get("BillingCurrency")),
            _text(row.get("ResourceId")),
            _text(row.get("SubAccountId")),
            _facts(facts),
        )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Finding]]] = {
    "alert_triggered": _alert,
    "budget_threshold_exceeded": _budget,
    "policy_violated": _violations,
    "recommendation_generated": _recommendations,
}
EVENTS = tuple(_READERS)


def _rows(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    table = payload.get("table")
    return [] if table is None else [dict(row) for row in tabular.rows(table)]


def _known_by(*parts: Any) -> str:
    return json.dumps([_text(part) for part in parts], ensure_ascii=False)


def _digest(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(dict(row), default=str, sort_keys=True).encode()).hexdigest()[:16]


def _facts(facts: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in facts.items() if _text(value)}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _decimal(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value)) if value is not None and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _severity(value: Any, usual: str) -> str:
    return str(value) if value in SEVERITIES else usual


def _of_share(threshold: Decimal | None) -> str:
    """How grave it is that so much of a budget is spent."""
    if threshold is None:
        return "medium"
    return "low" if threshold < Decimal("0.8") else "medium" if threshold < 1 else "high" if threshold < Decimal("1.2") else "critical"


def _period(status: Mapping[str, Any]) -> str:
    start, end = status.get("period_start"), status.get("period_end")
    return f"{start} to {end}" if start and end else ""
