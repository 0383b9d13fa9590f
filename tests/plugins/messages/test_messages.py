"""What is told of the four events, to whom, in which words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from pydantic import ValidationError

import finopsnb
from finopsnb.plugins import AttributionPlugin, PluginMetadata, PluginRegistry, PluginType
from finopsnb.plugins.messages import Finding, SubscribedPlugin, Subscription, findings_of, plain, summed_up
from finopsnb.plugins.messages.findings import EVENTS
from finopsnb.plugins.testing import new_session
from finopsnb.verbs.outbox import Pace

STATUS = {
    "owner": "web",
    "BillingCurrency": "EUR",
    "amount": Decimal(100),
    "forecast": Decimal("140.5"),
    "period_start": date(2026, 1, 1),
    "period_end": date(2026, 2, 1),
    "state": "over",
}
BUDGET = {"budget": "web 2026", "threshold": Decimal(1), "actual": Decimal("104.25"), "status": STATUS}
VIOLATION = {
    "plugin": "tags", "violation_id": "v1", "policy": "team", "severity": "critical", "message": "no team", "remediation": "tag it",
    "ResourceId": "i-1", "cost": Decimal(7), "BillingCurrency": "USD",
}  # fmt: skip
ADVICE = {"plugin": "idle", "recommendation_id": "r1", "title": "stop i-1", "monthly_saving": Decimal("31.5"), "BillingCurrency": "USD"}


def one(event: str, **payload: Any) -> Finding:
    (found,) = findings_of(event, payload)
    return found


def test_an_alert():
    found = one("alert_triggered", alert={"plugin": "anomalies", "id": "7", "title": "EC2", "impact": "12.5", "BillingCurrency": "USD"})
    assert (found.identity, found.severity, found.money, found.currency) == ('["anomalies", "7"]', "high", Decimal("12.5"), "USD")
    assert one("alert_triggered", alert="strange").title == "strange"
    assert one("alert_triggered", alert={"title": "a"}).identity != one("alert_triggered", alert={"title": "b"}).identity


def test_a_budget():
    found = one("budget_threshold_exceeded", **BUDGET)
    assert (found.title, found.owner, found.money, found.currency) == ("Budget web 2026: 100% reached", "web", Decimal("104.25"), "EUR")
    assert found.text == "104.25 EUR of 100.00 is spent. The forecast for the period is 140.50."
    others = [BUDGET | {"threshold": Decimal(n)} for n in ("0.5", "0.8", "1", "1.2")]
    assert [one("budget_threshold_exceeded", **other).severity for other in others] == ["low", "medium", "high", "critical"]
    assert len({one("budget_threshold_exceeded", **other).identity for other in [*others, BUDGET | {"threshold": Decimal("1.0")}]}) == 4
    assert one("budget_threshold_exceeded", budget="x").title == "Budget x: a threshold reached"


def test_violations_and_recommendations_are_rows():
    found = one("policy_violated", table=pa.Table.from_pylist([VIOLATION]))
    assert (found.severity, found.text, found.money, found.resource) == ("critical", "no team tag it", 7, "i-1")
    found = one("recommendation_generated", table=pa.Table.from_pylist([ADVICE]))
    assert (found.title, found.money, found.identity) == ("stop i-1", Decimal("31.5"), '["idle", "r1"]')
    assert findings_of("policy_violated", {}) == findings_of("month_closed", {"month": "may"}) == []


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, True),
        ({"minimum_severity": "high"}, True),
        ({"minimum_severity": "critical"}, False),
        ({"owners": ["web", "data"]}, True),
        ({"owners": ["data"]}, False),
        ({"minimum_money": {"EUR": 50}}, True),
        ({"minimum_money": {"EUR": 500}}, False),
        ({"minimum_money": {"USD": 1}}, False),
    ],
)
def test_filters(settings, told):
    assert Subscription(**settings).wants(one("budget_threshold_exceeded", **BUDGET)) is told


def test_a_drop_counts_by_its_size_and_what_has_no_amount_is_not_dear():
    drop = one("alert_triggered", alert={"title": "x", "impact": "-200", "BillingCurrency": "USD"})
    assert Subscription(minimum_money={"USD": 100}).wants(drop)
    assert not Subscription(minimum_money={"USD": 100}).wants(one("alert_triggered", alert={"title": "x"}))


@pytest.mark.parametrize("template", ["$titel", "costs $ 5", "${title.__class__}", "$title[0] $self"])
def test_a_template_names_only_what_there_is(template):
    with pytest.raises(ValidationError):
        Subscription(template=template)


def test_a_template_words_a_message_and_data_is_plain_in_it():
    finding = one("policy_violated", table=[VIOLATION | {"message": "https://evil.example\n$owner {x} %s <!here>", "owner": "web"}])
    row = Subscription(template="$severity: $text ($money)\n*$owner* $$").message(finding)
    assert row["message"] == "critical: https[:]//evil.example $owner {x} %s <!here> tag it (7.00 USD)\n*web* $"
    assert row["priority"] == "critical"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\x00b\x1b[31m", "a b [31m"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200bb\u2028c", "a b c"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("HTTPS://x", "HTTPS[:]//x"),
        ("www.evil.example", "www[.]evil.example"),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"),
        ("cost: 5", "cost: 5"),
        ("x" * 2000, "x" * 999 + "…"),
    ],
)
def test_plain(text, said):
    assert plain(text) == said


def rows(*money: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {"outbox_id": n, "event": event, "priority": "high", "title": f"t{n}", "message": "m", "money": Decimal(m), "BillingCurrency": c}
        for n, (event, m, c) in enumerate(money)
    ]


def test_a_digest_adds_up_within_a_currency_and_a_kind():
    alert, advice = "alert_triggered", "recommendation_generated"
    told = summed_up(rows((alert, "1", "USD"), (alert, "2", "EUR"), (alert, "3", "USD"), (advice, "5", "USD")))
    assert told["metadata"]["title"] == "3 alerts, 1 recommendation"
    assert told["metadata"]["facts"] == {"Alerts": "2.00 EUR, 4.00 USD", "Recommendations": "5.00 USD"}
    assert told["message"].splitlines()[0] == "3 alerts, 1 recommendation"


def test_the_most_money_of_each_currency_comes_first():
    told = summed_up(rows(*[("alert_triggered", str(n), "USD") for n in range(30)], ("alert_triggered", "1", "EUR")))
    assert [item["title"] for item in told["metadata"]["items"]][:3] == ["t30", "t29", "t28"]
    assert told["metadata"]["more"] == 11
    assert told["message"].endswith("and 11 more")


class Bell(SubscribedPlugin):
    metadata = PluginMetadata(name="bell", version="1.0", plugin_type=PluginType.NOTIFICATION)
    got: ClassVar[list[str]] = []

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        self.got.append(message)
        return True


class Owners(AttributionPlugin):
    metadata = PluginMetadata(name="owners", version="1.0", plugin_type=PluginType.ATTRIBUTION)

    def attribute(self, costs: Any, context: Any = None) -> Any:
        return [{"owner": owner, "amount": Decimal(n), "ResourceId": "i-1"} for owner, n in (("web", 3), ("data", 1))]


def test_a_resource_has_the_owner_that_most_of_its_cost_went_to():
    Bell.got.clear()
    with new_session() as session:
        session._outbox.pace = Pace(interval=0.0)
        for cls in (Bell, Owners):
            session.plugins.registry.register(cls)
        session.load("owners")
        session.attribute("owners")
        session.load("bell", events=list(EVENTS), owners=["web"], template="$owner: $title")
        session.trigger("policy_violated", plugin="tags", table=[VIOLATION, VIOLATION | {"ResourceId": "i-2", "violation_id": "v2"}])
        session.deliver()
        assert Bell.got == ["web: team is violated"]
        assert session.outbox().owner.tolist() == ["web"]


def test_what_it_is_not_subscribed_to_is_not_told():
    Bell.got.clear()
    with new_session() as session:
        session.plugins.registry.register(Bell)
        session.load("bell")
        session.trigger("alert_triggered", alert={"title": "x"})
        assert len(session.outbox()) == 0
        session.load("bell", events=["alert_triggered"])
        assert session.trigger("alert_triggered", alert={"title": "x"}).result.tolist() == ["1"]
        assert session.trigger("alert_triggered", alert={"title": "x"}).result.tolist() == ["0"]


def test_a_read_only_session_writes_and_sends_nothing(tmp_path):
    path, registry = tmp_path / "f.duckdb", PluginRegistry()
    registry.register(Bell)
    finopsnb.open(path, registry=registry).close()
    with finopsnb.open(path, read_only=True, registry=registry) as session:
        session.load("bell", events=["alert_triggered"])
        session.trigger("alert_triggered", alert={"title": "x"})
        assert len(session.outbox()) == 0
        assert session.notify("bell", "x", dry_run=True)["message"] == "x"
        for refused in (lambda: session.notify("bell", "x"), session.deliver, lambda: session.outbox(retry=[1])):
            with pytest.raises(finopsnb.errors.FinopsError, match="read-only"):
                refused()
    registry.unload_all()
