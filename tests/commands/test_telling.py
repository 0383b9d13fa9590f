"""``notify`` and ``outbox`` as words of the vocabulary."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from finopsnb.commands import run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import DeliveryError, FinopsError
from finopsnb.plugins import NotificationPlugin, PluginMetadata, PluginType


class Bell(NotificationPlugin):
    metadata = PluginMetadata(name="bell", version="1.0", plugin_type=PluginType.NOTIFICATION)
    got: ClassVar[list[tuple[str, str]]] = []
    raises: ClassVar[list[Exception]] = []

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        if self.raises:
            raise self.raises.pop()
        self.got.append((message, priority))
        return "no" not in message


@pytest.fixture
def bell(session):
    session._outbox.pace.interval = session._outbox.pace.flush_seconds = 0.0
    session.plugins.registry.register(Bell)
    session.load("bell")
    Bell.got.clear()
    Bell.raises.clear()
    return Bell


def test_a_message_is_sent_and_said_to_be(state, bell):
    result = run_line(state, 'notify bell "EC2 doubled" again --priority high')
    assert (result.value, result.line) == (True, "bell: sent")
    assert bell.got == [("EC2 doubled again", "high")]
    assert run_line(state, "outbox").line == "1 message: 1 sent"


def test_what_a_busy_channel_did_not_take_is_told_and_sent_later(state, bell):
    bell.raises.append(DeliveryError("The bell answered 429.", transient=True, retry_after=1.5))
    result = run_line(state, "notify bell hello")
    assert result.value is False
    assert result.line.startswith("bell: not sent yet: The bell answered 429.; tried again after ")
    while run_line(state, "outbox --status sent").line == "no messages":
        assert run_line(state, "outbox --send").line.startswith("1 message: ")
    assert bell.got == [("hello", "normal")]


def test_people_decide_what_becomes_of_the_rest(state, bell):
    run_line(state, 'notify bell "no thanks"')
    assert run_line(state, "outbox").line == "1 message: 1 given up"
    assert complete(state, "outbox --retry ").words == ("1",)
    run_line(state, "outbox --retry 1 --send")
    assert bell.got == [("no thanks", "normal")] * 2
    bell.raises.append(DeliveryError("Who knows.", uncertain=True))
    with pytest.raises(DeliveryError, match="Who knows"):
        run_line(state, "notify bell hello")
    assert run_line(state, "outbox --status uncertain").line == "1 message: 1 uncertain"
    assert run_line(state, "outbox --drop uncertain").line == "2 messages: 2 given up"


def test_a_dry_run_shows_and_sends_nothing(state, bell):
    result = run_line(state, "notify bell hello --dry-run")
    assert result.value == {"message": "hello", "priority": "normal", "metadata": {}}
    assert result.line.endswith("nothing was sent")
    assert bell.got == []
    assert run_line(state, "outbox").line == "no messages"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("notify bell hello --priority hihg", "--priority high"),
        ("notify bel hello", "Did you mean bell"),
        ("notify bills hello", "telemetry"),
        ("notify picture hello --dry-run", "not loaded"),
        ("outbox --retry 9", "no message 9"),
        ("outbox --drop sent", "no message sent"),
        ("outbox --status sentt", "no status of a message"),
    ],
)
def test_what_is_wrong_is_told(state, bell, line, said):
    state.session.load("bills")
    with pytest.raises(FinopsError) as caught:
        run_line(state, line)
    assert said in str(caught.value)


def test_what_may_come_next(state, bell):
    assert complete(state, "notify be").words == ("bell",)
    assert complete(state, "notify bell x --priority h").words == ("high",)
    assert complete(state, "outbox --status unc").words == ("uncertain",)
