"""webhook, slack and teams against servers on loopback that answer as theirs do."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

import finopsnb
from finopsnb.errors import DeliveryError, FinopsError, OutboundRefused
from finopsnb.plugins import PluginRegistry
from finopsnb.session import Session
from finopsnb.verbs.outbox import Pace
from tests.first_party.channels import Receiver, receiving, slow
from tests.first_party.telling import Finder

EVIL = "<!channel> <@U1> <https://evil.example|click> [x](https://evil.example) <at>all</at> *b* \u202egnp\r\nX: y"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def session() -> Iterator[Session]:
    registry = PluginRegistry()
    registry.discover_plugins("finopsnb_plugins")
    with finopsnb.open(":memory:", registry=registry, frames="arrow") as opened:
        opened._outbox.pace = Pace(interval=0.0, flush_seconds=0.5)
        yield opened
        opened._outbox.pace.flush_seconds = 0.0
    registry.unload_all()


def load(session: Session, name: str, receiver: Receiver, **settings: Any) -> Any:
    return session.load(name, webhook_url=receiver.url, allowed_hosts=[receiver.host], **settings)


def alert(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"plugin": "anomalies", "id": str(number), "title": f"EC2 doubled {number}", "impact": "12.5", "BillingCurrency": "USD", **more}


def statuses(session: Session) -> list[str]:
    return session.outbox()["status"].to_pylist()


def test_a_webhook_carries_a_signature_that_the_receiver_can_check(session, receiver, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "0123456789abcdef")
    load(session, "webhook", receiver, secret="env:HOOK_SECRET", headers={"X-Team": "core"})
    assert session.notify("webhook", "42 USD too much\nsince monday", priority="high", metadata={"facts": {"Owner": "web"}}) is True
    post = receiver.posts[0]
    signed = post.headers["x-finopsnb-timestamp"].encode() + b"." + post.body
    assert post.headers["x-finopsnb-signature"] == "v1=" + hmac.new(b"0123456789abcdef", signed, hashlib.sha256).hexdigest()
    assert post.headers["x-team"] == "core"
    told = json.loads(post.body)
    assert told["id"] == post.headers["idempotency-key"]
    assert (told["title"], told["priority"], told["facts"]) == ("42 USD too much", "high", {"Owner": "web"})
    assert session.frame("notifications")["status"].to_pylist() == ["sent"]


@pytest.mark.parametrize("name", ["webhook", "slack", "teams"])
def test_429_is_honoured_and_500_tried_again(name, session, receiver):
    receiver.answers = [(429, {"Retry-After": "1"}, b"rate_limited"), (500, {}, b"rollup_error")]
    load(session, name, receiver)
    session._outbox.pace.jitter = lambda low, high: 0.0
    assert session.notify(name, "hello") is False
    assert statuses(session) == ["failed"]
    assert "answered 429" in session.outbox()["last_error"].to_pylist()[0]
    assert len(receiver.posts) == 1
    ticks = session._outbox.pace.ticks
    begun = ticks()
    while statuses(session) != ["sent"]:
        assert ticks() - begun < 5
        session.deliver(wait=True)
    assert ticks() - begun > 0.8, "not before Retry-After"
    assert len(receiver.posts) == 3
    assert session.outbox()["attempts"].to_pylist() == [3]


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b"no_service"), (403, b"action_prohibited"), (410, b"channel_is_archived"), (400, b"invalid_payload"), (302, b"")],
)
def test_what_slack_refuses_for_good_is_told_at_once_and_kept(status, body, session, receiver):
    receiver.last = (status, {"Location": "http://127.0.0.1:1/"}, body)
    load(session, "slack", receiver)
    with pytest.raises(DeliveryError, match=f"answered {status}") as caught:
        session.notify("slack", "hello")
    assert "s3cr3t" not in str(caught.value)
    assert statuses(session) == ["given_up"]
    assert session.last_run["status"] == "failed"
    receiver.last = (200, {}, b"ok")
    session.outbox(retry="given_up")
    session.deliver()
    assert statuses(session) == ["sent"]


def test_a_slow_channel_that_cannot_tell_is_asked_once_more_and_says_so(session, receiver):
    receiver.last = slow(0.5)
    plugin = load(session, "slack", receiver)
    plugin.outbound.read_seconds = 0.1
    session._outbox.pace.jitter = lambda low, high: 0.0
    assert session.notify("slack", "hello") is False
    while statuses(session) not in (["uncertain"], ["sent"]):
        session.deliver()
    assert statuses(session) == ["uncertain"]
    assert len(receiver.posts) == 2
    assert b"perhaps for the second time" not in receiver.posts[0].body
    assert b"perhaps for the second time" in receiver.posts[1].body


def test_a_slow_channel_may_be_left_to_a_person(session, receiver):
    receiver.last = slow(0.4)
    load(session, "teams", receiver, when_uncertain="hold").outbound.read_seconds = 0.1
    session.notify("teams", "hello")
    assert statuses(session) == ["uncertain"]
    session.outbox(drop="uncertain")
    assert statuses(session) == ["given_up"]


def test_a_webhook_is_asked_again_with_the_same_key(session, receiver):
    receiver.answers = [slow(0.4)]
    load(session, "webhook", receiver).outbound.read_seconds = 0.1
    session._outbox.pace.jitter = lambda low, high: 0.0
    session.notify("webhook", "hello")
    while statuses(session) != ["sent"]:
        session.deliver()
    assert len(receiver.posts) == 2
    assert len(receiver.kept()) == 1


def test_a_huge_answer_is_not_read_and_not_asked_for_again(session, receiver):
    receiver.last = (200, {}, b"x" * 100_000)
    load(session, "webhook", receiver)
    with pytest.raises(DeliveryError, match="longer than 64 KiB"):
        session.notify("webhook", "hello")
    assert statuses(session) == ["uncertain"]


def test_slack_is_on_its_own_host_over_https_unless_the_settings_name_another(session, receiver):
    for url in ("https://hooks.slack.com.evil.example/x", receiver.url.replace("http:", "https:"), "https://evil.example/services/T0"):
        session.load("slack", webhook_url=url)
        with pytest.raises(OutboundRefused, match=r"only hosts here are hooks\.slack\.com"):
            session.notify("slack", "hello")
    for name in ("slack", "teams", "webhook"):
        with pytest.raises(FinopsError, match="over https only"):
            session.load(name, webhook_url="http://hooks.example/x")
    assert receiver.posts == []


def test_the_address_of_a_webhook_shows_itself_nowhere(session, receiver, capsys):
    plugin = load(session, "slack", receiver)
    receiver.last = (500, {}, f"sorry, {receiver.url} is down".encode())
    session.notify("slack", "hello")
    shown = [
        str(session.outbox().to_pylist()),
        repr(plugin.config),
        str(session.plugins.registry.describe()),
        str(session.runs().to_pylist()),
    ]
    assert not any("s3cr3t" in text for text in shown)


def test_a_priority_of_slack_is_a_colour_and_a_mention(session, receiver):
    plugin = load(session, "slack", receiver, mention="channel", mention_from="high")
    colours, mentions = [], []
    for priority in ("low", "normal", "high", "critical", "strange"):
        body = plugin.preview_notification("hello", priority)
        colours.append(body["attachments"][0]["color"])
        mentions.append(any("<!channel>" in json.dumps(block) for block in body["blocks"]))
    assert len(set(colours[:4])) == 4
    assert colours[4] == colours[1]
    assert mentions == [False, False, True, True, False]


def test_text_from_data_is_only_text_in_slack(session, receiver):
    load(session, "slack", receiver, events=["alert_triggered"])
    session.trigger("alert_triggered", alert=alert(title=EVIL, description=EVIL, kind=EVIL))
    session.notify("slack", EVIL)
    session.deliver()
    for post in receiver.posts:
        body = json.loads(post.body)
        assert not {"<!channel>", "<@U1>", "<https"} & set(body["text"].replace("\n", " ").split(" "))
        assert "<" not in body["text"]
        texts = [
            text
            for block in body["attachments"][0]["blocks"]
            for text in (block.get("text"), *block.get("fields", ()), *block.get("elements", ()))
        ]
        assert {text["type"] for text in texts if text} == {"plain_text"}
        assert (body["blocks"], body["unfurl_links"], body["mrkdwn"]) == ([], False, False)
    told = next(post.body for post in receiver.posts if b"alert triggered" in post.body)
    assert b"https://evil" not in told


def test_text_from_data_is_only_text_in_teams(session, receiver):
    load(session, "teams", receiver, events=["alert_triggered"])
    session.trigger("alert_triggered", alert=alert(title=EVIL, kind=EVIL))
    session.notify("teams", EVIL)
    session.deliver()
    for post in receiver.posts:
        card = json.loads(post.body)["attachments"][0]["content"]
        texts = [block["text"] for block in card["body"] if block["type"] == "TextBlock"]
        texts += [fact["value"] for block in card["body"] if block["type"] == "FactSet" for fact in block["facts"]]
        assert not any("<" in text or "](" in text.replace("\\]", "") or "://" in text for text in texts)
        assert "msteams" not in card


def test_block_kit_gets_no_more_than_it_takes(session, receiver):
    plugin = load(session, "slack", receiver)
    facts = {f"fact {n}": "v" * 5000 for n in range(30)}
    blocks = plugin.preview_notification("t" * 500 + "\n" + "x" * 9000, "high", {"facts": facts})["attachments"][0]["blocks"]
    assert len(blocks[0]["text"]["text"]) == 150
    assert len(blocks[1]["text"]["text"]) == 3000
    assert len(blocks[2]["fields"]) == 10
    assert max(len(one["text"]) for one in blocks[2]["fields"]) == 2000


#: 500 in `make soak`
ALERTS = int(os.environ.get("FINOPSNB_ALERTS", "60"))


@pytest.mark.parametrize("when_stored", [False, True])
def test_all_alerts_of_a_run_are_one_digest_with_a_sum_for_each_currency(when_stored, session, receiver):
    load(session, "slack", receiver, events=["alert_triggered"], digest=True)
    session.plugins.registry.register(Finder)
    session.load("finder")
    session.recommend("finder", count=ALERTS, when_stored=when_stored)
    session.recommend("finder", count=5, when_stored=when_stored)
    session.deliver()
    assert len(receiver.posts) == 1
    body = json.loads(receiver.posts[0].body)
    assert body["text"] == f"[high] {ALERTS} alerts"
    said = json.dumps(body)
    half = f"{ALERTS * 6.25:,.2f}"
    assert f"{half} EUR, {half} USD" in said
    assert f"{ALERTS * 12.5:,.2f}" not in said
    assert f"and {ALERTS - 20} more" in said
    assert statuses(session) == ["sent"] * ALERTS
    assert session.frame("notifications").num_rows == 1


def test_dry_run_shows_what_would_be_sent_and_sends_nothing(session, receiver):
    load(session, "slack", receiver)
    shown = session.notify("slack", "hello", "critical", dry_run=True)
    assert shown["attachments"][0]["blocks"][0]["text"]["text"] == "hello"
    assert session.outbox().num_rows == 0
    load(session, "slack", receiver, events=["alert_triggered"], dry_run=True)
    session.trigger("alert_triggered", alert=alert())
    assert session.notify("slack", "hello") is False
    session.deliver()
    assert statuses(session) == ["dry_run", "dry_run"]
    assert receiver.posts == []
