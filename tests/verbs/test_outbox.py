"""The outbox of a session: its pace, its patience, and that nobody waits for a channel."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar

import pytest

import finopsnb
from finopsnb.errors import DeliveryError
from finopsnb.plugins import NotificationPlugin, PluginMetadata, PluginRegistry, PluginType, RecommendationPlugin
from finopsnb.plugins.messages import SubscribedPlugin
from finopsnb.session import Session
from finopsnb.store import Store
from finopsnb.verbs.outbox import Pace
from finopsnb.verbs.outbox.channel import Channel

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Time:
    """A clock that goes on only when somebody waits, or when it is told to."""

    seconds = 0.0

    def __call__(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def ticks(self) -> float:
        return self.seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.seconds += seconds
        return event.is_set()


class Bell(SubscribedPlugin):
    """Keeps what it is given; ``says`` are answers, or what is raised in their place, one after another."""

    metadata = PluginMetadata(name="bell", version="1.0", plugin_type=PluginType.NOTIFICATION)
    says: ClassVar[list[Any]] = []
    got: ClassVar[list[tuple[float, str, dict[str, Any]]]] = []
    ticks: ClassVar[Any] = time.monotonic
    closed: ClassVar[threading.Event] = threading.Event()

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        self.got.append((type(self).ticks(), message, dict(metadata or {})))
        self.closed.wait(10)
        answer = self.says.pop(0) if self.says else True
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Knowing(Bell):
    """Its channel knows a message again."""

    deduplicates: ClassVar[bool] = True


class Finder(RecommendationPlugin):
    metadata = PluginMetadata(name="finder", version="1.0", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, count: int = 3) -> list[dict[str, Any]]:
        for number in range(count):
            self.context.emit("alert_triggered", alert={"id": str(number), "title": f"alert {number}"})
        return [{"title": "x"}]


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    Bell.says.clear()
    Bell.got.clear()
    Bell.closed.set()
    yield
    Bell.closed.set()
    Bell.ticks = time.monotonic


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def store(clock: Time) -> Iterator[Store]:
    with Store.open(":memory:", clock=clock) as opened:
        yield opened


def channel(store: Store, clock: Time, plugin: NotificationPlugin | None = None) -> Channel:
    Bell.ticks = clock.ticks
    bell = plugin or Bell({})
    return Channel("bell", store, Pace(ticks=clock.ticks, wait=clock.wait, jitter=lambda low, high: high), lambda: bell)


def write(store: Store, *findings: str, **given: Any) -> None:
    rows = [{"plugin": "bell", "event": "e", "finding": f, "message": f, "metadata": "{}", **given} for f in findings]
    store.queue_messages(rows, dt.timedelta(hours=24))


def rows(store: Store, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in store.execute("from outbox order by outbox_id").to_pylist()]


def test_a_channel_gets_a_message_a_second_at_most(store, clock):
    write(store, *"abcde")
    assert channel(store, clock).send_due() == 5
    times = [at for at, _, _ in Bell.got]
    assert [later - before for before, later in pairwise(times)] == [1.0] * 4


def test_the_last_message_of_the_process_before_counts_for_the_pace(store, clock):
    write(store, "a", "b")
    channel(store, clock).send_due()
    write(store, "c")
    clock.seconds += 0.25
    second = channel(store, clock)
    second._recall()
    second.send_due()
    assert Bell.got[-1][0] - Bell.got[-2][0] == pytest.approx(1.0)


def test_a_channel_that_is_not_there_is_tried_after_1_2_4_seconds_and_up_to_15_minutes(store, clock):
    Bell.says += [DeliveryError("nobody there", transient=True) for _ in range(14)]
    write(store, "a")
    sender = channel(store, clock)
    while rows(store, "status") != [("sent",)]:
        if sender.send_next() is None:
            clock.seconds += sender._due(hurry=False)
    times = [at for at, _, _ in Bell.got]
    gaps = [later - before for before, later in pairwise(times)]
    assert gaps == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]


def test_the_others_wait_for_a_channel_that_asks_for_patience_and_none_is_asked_before(store, clock):
    Bell.says.append(DeliveryError("slow down", transient=True, retry_after=30.0))
    write(store, "a", "b")
    sender = channel(store, clock)
    assert sender.send_due() == 1
    write(store, "c")
    clock.seconds += 29
    assert sender.send_due() == 0
    clock.seconds += 1
    assert sender.send_due() == 3
    assert [(at, message) for at, message, _ in Bell.got] == [(0, "a"), (30, "a"), (31, "b"), (32, "c")]


def test_an_absurd_patience_is_a_day(store, clock):
    Bell.says.append(DeliveryError("slow down", transient=True, retry_after=1e12))
    write(store, "a")
    channel(store, clock).send_due()
    assert rows(store, "next_attempt_at") == [(START + dt.timedelta(days=1),)]


def test_after_three_days_it_is_given_up(store, clock):
    Bell.says += [DeliveryError("nobody there", transient=True)] * 2
    write(store, "a")
    sender = channel(store, clock)
    sender.send_due()
    clock.seconds += 73 * 3600
    sender.send_due()
    assert rows(store, "status", "last_error") == [("given_up", "It was tried for 3 days. nobody there")]


@pytest.mark.parametrize(
    ("kind", "said", "statuses"),
    [
        (Bell, DeliveryError("no answer", transient=True, uncertain=True), ["failed", "uncertain"]),
        (Knowing, DeliveryError("no answer", transient=True, uncertain=True), ["failed", "failed"]),
        (Bell, ConnectionResetError("reset"), ["failed", "uncertain"]),
        (Bell, DeliveryError("unreadable", uncertain=True), ["uncertain", "uncertain"]),
        (Knowing, DeliveryError("unreadable", uncertain=True), ["uncertain", "uncertain"]),
        (Bell, DeliveryError("no_service"), ["given_up", "given_up"]),
        (Bell, RuntimeError("a bug"), ["given_up", "given_up"]),
        (Bell, False, ["given_up", "given_up"]),
        (Bell, None, ["given_up", "given_up"]),
    ],
)
def test_what_becomes_of_a_message(kind, said, statuses, store, clock):
    Bell.says += [said, said]
    write(store, "a")
    sender, seen = channel(store, clock, kind({})), []
    for _ in range(2):
        sender.send_due()
        seen.append(rows(store, "status")[0][0])
        clock.seconds += 10
    assert seen == statuses
    assert [metadata["again"] for _, _, metadata in Bell.got] == [False, True][: len(Bell.got)]
    assert len({metadata["idempotency_key"] for _, _, metadata in Bell.got}) == 1


def test_ctrl_c_while_it_is_sent_leaves_it_to_be_sent_again(store, clock):
    Bell.says.append(KeyboardInterrupt())
    write(store, "a")
    sender = channel(store, clock)
    with pytest.raises(KeyboardInterrupt):
        sender.send_due()
    assert rows(store, "status", "doubts") == [("failed", 1)]


@pytest.fixture
def registry() -> Iterator[PluginRegistry]:
    registry = PluginRegistry()
    registry.register(Bell)
    registry.register(Finder)
    yield registry
    Bell.closed.set()
    registry.unload_all()


def opened(path: Any, registry: PluginRegistry, **pace: float) -> Session:
    session = finopsnb.open(path, registry=registry, frames="arrow")
    session._outbox.pace = Pace(**{"interval": 0.0, "flush_seconds": 0.3, **pace})
    return session


def statuses(session: Session) -> list[str]:
    return session.outbox()["status"].to_pylist()


def test_a_run_never_waits_for_a_channel(registry):
    Bell.closed.clear()
    with opened(":memory:", registry) as session:
        session.load("bell", events=["alert_triggered"])
        session.load("finder")
        session.recommend("finder", count=5)
        assert session.last_run["status"] == "succeeded"
        assert len(Bell.got) <= 1
        assert set(statuses(session)) <= {"pending", "sending"}
        Bell.closed.set()
        session.deliver()
        assert statuses(session) == ["sent"] * 5
        assert sorted(message for _, message, _ in Bell.got) == [f"alert {n}" for n in range(5)]


def test_messages_are_sent_by_themselves(registry):
    with opened(":memory:", registry) as session:
        session.load("bell", events=["alert_triggered"])
        session.trigger("alert_triggered", alert={"id": "1", "title": "x"})
        end = time.monotonic() + 5
        while statuses(session) != ["sent"] and time.monotonic() < end:
            time.sleep(0.01)
        assert statuses(session) == ["sent"]


def test_closing_waits_a_moment_only_and_the_rest_is_sent_next_time(registry, tmp_path):
    path = tmp_path / "finops.duckdb"
    session = opened(path, registry)
    session.load("bell", events=["alert_triggered"])
    session.load("finder")
    Bell.closed.clear()
    session.recommend("finder", count=3)
    while not Bell.got:
        time.sleep(0.01)
    begun = time.monotonic()
    session.close()
    assert time.monotonic() - begun < 2
    Bell.closed.set()
    for thread in threading.enumerate():
        thread.join(5) if thread.name == "finopsnb outbox bell" else None
    Bell.got.clear()
    with opened(path, PluginRegistry()) as looking:
        assert sorted(statuses(looking)) == ["pending", "pending", "sending"]
    with opened(path, registry) as again:  # in which the plugin is still loaded
        again.deliver()
        assert statuses(again) == ["sent"] * 3
    assert len(Bell.got) == 3
    assert sum(metadata["again"] for _, _, metadata in Bell.got) == 1


def test_closing_sends_what_is_due(registry, tmp_path):
    path = tmp_path / "finops.duckdb"
    with opened(path, registry, flush_seconds=5.0) as session:
        session.load("bell", events=["alert_triggered"], digest=True)
        for number in range(3):
            session.trigger("alert_triggered", alert={"id": str(number), "title": "x"})
    with opened(path, registry) as session:
        assert statuses(session) == ["sent"] * 3
    assert [message.splitlines()[0] for _, message, _ in Bell.got] == ["3 alerts"]


def test_what_is_left_of_an_unloaded_plugin_waits_for_it(registry):
    with opened(":memory:", registry) as session:
        session.load("bell", events=["alert_triggered"])
        Bell.says.append(DeliveryError("busy", transient=True))
        session._outbox.pace.jitter = lambda low, high: 0.0
        session.notify("bell", "x")
        session.unload("bell")
        session._outbox.channel("bell").join(5)
        if statuses(session) == ["failed"]:
            session.load("bell")
            session.deliver()
        assert statuses(session) == ["sent"]


def test_a_secret_is_covered_before_it_is_written(registry):
    from finopsnb.plugins.secrets import masker

    masker.add("hunter2-hunter2")
    with opened(":memory:", registry) as session:
        session.load("bell")
        session.notify("bell", "the key is hunter2-hunter2", metadata={"facts": {"Key": "hunter2-hunter2"}, "token": "abcdef-123"})
        texts = str(session.outbox().to_pylist()) + str(session.frame("notifications").to_pylist()) + str(Bell.got)
    assert "hunter2" not in texts
    assert "abcdef-123" not in texts
