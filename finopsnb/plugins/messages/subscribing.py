"""Notification plugins that hear what happens and write what is worth telling into the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from finopsnb.errors import FinopsError
from finopsnb.plugins.hooks import hook
from finopsnb.plugins.messages.findings import SEVERITIES, Finding, findings_of
from finopsnb.plugins.messages.wording import money_text, plain, template_problem, worded
from finopsnb.plugins.notification import NotificationPlugin

__all__ = ["SubscribedPlugin", "Subscription"]

EventName = Literal["alert_triggered", "budget_threshold_exceeded", "policy_violated", "recommendation_generated"]
#: how loud a channel is about a finding
_PRIORITIES = {"low": "low", "medium": "normal", "high": "high", "critical": "critical"}


class Subscription(BaseModel):
    """Which findings a channel is told, and how; without ``events`` it only carries what ``session.notify`` is given."""

    model_config = ConfigDict(extra="forbid")

    events: list[EventName] = Field(default_factory=list, description="What it listens to")
    minimum_severity: Literal["low", "medium", "high", "critical"] = Field("low", description="Less grave findings are not told")
    owners: list[str] = Field(default_factory=list, description="Only findings of these owners; all unless given")
    minimum_money: dict[str, Decimal] = Field(
        default_factory=dict,
        description="By currency, what is at stake at least: {USD = 100, EUR = 90}; other currencies are not told then",
    )
    template: str = Field("", description="The text of a message: $title, $text, $severity, $owner, $money, $plugin, $resource, $account")
    digest: bool = Field(False, description="One message for all findings of a run")
    window_hours: float = Field(24, gt=0, le=2160, description="For so long the same finding is not told again")
    when_uncertain: Literal["resend", "hold"] = Field(
        "resend", description="Where nobody knows whether a message arrived: send it once more, and say so, or leave it to a person"
    )
    dry_run: bool = Field(False, description="Write messages into the outbox, and send none")

    @field_validator("template")
    @classmethod
    def _names_what_there_is(cls, template: str) -> str:
        if problem := template_problem(template):
            raise ValueError(problem)
        return template

    def wants(self, finding: Finding) -> bool:
        """Whether a finding passes the filters. With ``minimum_money`` one without an amount does not."""
        grave = SEVERITIES.index(finding.severity) >= SEVERITIES.index(self.minimum_severity)
        least = self.minimum_money.get(finding.currency) if finding.money is not None else None
        dear = not self.minimum_money or (least is not None and finding.money is not None and abs(finding.money) >= least)
        return grave and dear and (not self.owners or finding.owner in self.owners)

    def message(self, finding: Finding) -> dict[str, Any]:
        """A finding as a row of the outbox."""
        priority = _PRIORITIES[finding.severity]
        facts = {"Money": money_text(finding.money, finding.currency), "Owner": plain(finding.owner)}
        facts |= {name: plain(value, 200) for name, value in finding.facts.items()}
        return {
            "event": finding.event,
            "finding": finding.identity,
            "priority": priority,
            "title": plain(finding.title, 200),
            "message": worded(finding, self.template),
            "metadata": {"severity": finding.severity, "facts": {name: value for name, value in facts.items() if value}},
            "owner": plain(finding.owner),
            "money": finding.money,
            "BillingCurrency": finding.currency,
            "digest": "all" if self.digest else "",
            "status": "dry_run" if self.dry_run else "pending",
        }


class SubscribedPlugin(NotificationPlugin):
    """Listens to what its settings (a :class:`Subscription`) name; the session sends what it posts, at the channel's pace."""

    Config = Subscription
    config: Any

    @hook("alert_triggered")
    def tell_alert(self, alert: Any) -> int:
        """An alert was raised."""
        return self._tell("alert_triggered", {"alert": alert})

    @hook("budget_threshold_exceeded")
    def tell_budget(self, **payload: Any) -> int:
        """A budget crossed a threshold."""
        return self._tell("budget_threshold_exceeded", payload)

    @hook("policy_violated")
    def tell_violations(self, plugin: str, table: Any) -> int:
        """Violations are new, or came back."""
        return self._tell("policy_violated", {"plugin": plugin, "table": table})

    @hook("recommendation_generated")
    def tell_recommendations(self, plugin: str, table: Any) -> int:
        """Recommendations are new, or came back."""
        return self._tell("recommendation_generated", {"plugin": plugin, "table": table})

    def _tell(self, event: str, payload: Mapping[str, Any]) -> int:
        """Write what passes the filters into the outbox; how many of it was not there."""
        if event not in self.config.events:
            return 0
        found = self._owned(findings_of(event, payload))
        wanted = [self.config.message(finding) for finding in found if self.config.wants(finding)]
        return self.context.post(wanted, hours=self.config.window_hours) if wanted else 0

    def _owned(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Findings on resources have the owner that most of the resource's allocated cost went to."""
        missing = {finding.resource for finding in findings if finding.resource and not finding.owner}
        wanted = self.config.owners or "$owner" in self.config.template or "${owner}" in self.config.template
        owners = self._owners(missing) if missing and wanted else {}
        return [replace(one, owner=owners[one.resource]) if not one.owner and one.resource in owners else one for one in findings]

    def _owners(self, resources: set[str]) -> dict[str, str]:
        try:
            table = self.context.table("allocations")
        except FinopsError:  # without a session there are none
            return {}
        mine = table.filter(table.ResourceId.isin(sorted(resources)) & table.owner.notnull())
        sums = mine.group_by(["ResourceId", "owner"]).aggregate(amount=mine.amount.sum())
        rows = self.context.execute(sums.order_by(["ResourceId", "amount", "owner"])).to_pylist()
        return {row["ResourceId"]: row["owner"] for row in rows}
