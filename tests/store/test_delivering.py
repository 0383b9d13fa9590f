"""The life of a message in the store: written once in its window, claimed, settled, taken up after a crash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest

from finopsnb.errors import StoreError
from finopsnb.store import Store
from finopsnb.store.delivering import Outcome

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(hours=24)
TOLD = {"priority": "normal", "message": "told", "metadata": "{}"}


class Clock:
    now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> Iterator[Store]:
    with Store.open(":memory:", clock=clock) as store:
        yield store


def write(store: Store, *findings: str, plugin: str = "chat", **given) -> list[int]:
    rows = [{"plugin": plugin, "event": "alert", "finding": f, "message": f, "metadata": "{}", **given} for f in findings]
    return store.queue_messages(rows, DAY)


def claimed(store: Store, **options) -> list[str]:
    return [row["finding"] for row in store.claim_message("chat", **options)]


def column(store: Store, name: str) -> list:
    return store.execute(f"select {name} from outbox order by outbox_id")[name].to_pylist()


def settle(store: Store, rows: list[dict], status: str, **how) -> None:
    store.settle_message("chat", rows[0]["sent_as"], Outcome(status, **how), TOLD)


def test_a_finding_is_written_once_in_its_window(memory, clock):
    assert write(memory, "a", "b", "a") == [1, 2]
    clock.go(24 * 3600 - 1)
    assert write(memory, "a", "c") == [3]
    assert write(memory, "a", plugin="mail") == [4]
    clock.go(1)
    assert write(memory, "a", "c") == [5]
    keys = column(memory, "idempotency_key")
    assert len(set(keys)) == 5


def test_a_message_of_no_finding_is_always_written(memory):
    assert write(memory, "", "") == [1, 2]
    assert write(memory, "") == [3]


def test_what_a_message_carries_is_kept(memory):
    write(memory, "a", money=Decimal("0"), BillingCurrency="EUR", owner="web", title="T\udcff", priority="high")
    row = memory.execute("from outbox").to_pylist()[0]
    assert (row["money"], row["BillingCurrency"], row["owner"], row["title"]) == (0, "EUR", "web", "T\\udcff")
    assert (row["status"], row["attempts"], row["created_at"]) == ("pending", 0, START)


def test_the_gravest_goes_first_and_each_is_claimed_once(memory):
    write(memory, "a", "b")
    write(memory, "c", priority="critical")
    assert [claimed(memory) for _ in range(4)] == [["c"], ["a"], ["b"], []]
    assert column(memory, "attempts") == [1, 1, 1]


def test_what_failed_is_claimed_when_it_is_due_and_under_the_same_key(memory, clock):
    write(memory, "a")
    first = memory.claim_message("chat")
    settle(memory, first, "failed", error="busy", next_attempt_at=START + dt.timedelta(seconds=5))
    assert memory.next_message("chat")[0] == START + dt.timedelta(seconds=5)
    assert claimed(memory) == []
    clock.go(5)
    again = memory.claim_message("chat")
    assert again[0]["sent_as"] == first[0]["sent_as"] == first[0]["idempotency_key"]
    settle(memory, again, "sent")
    assert column(memory, "last_error") == [None]
    assert memory.execute("select status, attempts, message from notifications").to_pylist() == [
        {"status": "sent", "attempts": 2, "message": "told"}
    ]
    assert memory.next_message("chat") == (None, clock.now)


def test_a_channel_that_asks_for_patience_is_left_alone(memory, clock):
    write(memory, "a", "b")
    until = START + dt.timedelta(seconds=30)
    settle(memory, memory.claim_message("chat"), "failed", next_attempt_at=until, paused_until=until)
    assert claimed(memory, hurry=True) == []
    clock.go(30)
    assert [claimed(memory), claimed(memory)] == [["a"], ["b"]]


def test_a_digest_waits_for_the_run_that_finds_it_and_is_claimed_whole(memory, clock):
    run_id = memory.start_run("anomalies", "recommendation", "recommendations")
    write(memory, "a", "b", digest="all")
    clock.go(60)
    assert claimed(memory) == []
    assert claimed(memory, hurry=True) == []
    assert memory.next_message("chat")[0] is None
    memory.finish_run(run_id)
    assert memory.next_message("chat")[0] is not None
    first = memory.claim_message("chat")
    assert [row["finding"] for row in first] == ["a", "b"]
    assert len({row["sent_as"] for row in first}) == 1
    settle(memory, first, "failed", next_attempt_at=clock.now)
    write(memory, "c", digest="all")
    clock.go(60)
    assert [row["sent_as"] for row in memory.claim_message("chat")] == [row["sent_as"] for row in first]
    assert claimed(memory) == ["c"]


def test_a_digest_of_no_run_waits_a_moment_for_the_others(memory, clock):
    write(memory, "a", digest="all")
    assert memory.next_message("chat")[0] == START + dt.timedelta(seconds=2)
    assert claimed(memory) == []
    clock.go(1)
    write(memory, "b", digest="all")
    clock.go(1)
    assert memory.next_message("chat")[0] == START + dt.timedelta(seconds=3)
    assert claimed(memory) == []
    clock.go(1)
    assert claimed(memory) == ["a", "b"]
    for number in range(32):
        write(memory, f"c{number}", digest="all")
        clock.go(1.9)
    assert len(claimed(memory)) == 32, "a minute is the longest"


def test_a_digest_in_a_hurry_waits_for_nobody(memory):
    write(memory, "a", digest="all")
    assert memory.next_message("chat", hurry=True)[0] == START
    assert claimed(memory, hurry=True) == ["a"]


def test_only_a_certain_message_is_claimed_though_it_is_not_due(memory):
    write(memory, "a", "b")
    assert claimed(memory, only=[2]) == ["b"]
    assert claimed(memory, only=[2]) == []


@pytest.mark.parametrize(
    ("knows", "again", "first", "second"),
    [(True, False, "failed", "failed"), (False, True, "failed", "uncertain"), (False, False, "uncertain", "uncertain")],
)
def test_what_was_cut_off_is_taken_up(memory, clock, knows, again, first, second):
    write(memory, "a")
    options = {"knows": knows, "again": again, "keep": 90 * DAY}
    key = memory.claim_message("chat")[0]["sent_as"]
    assert memory.recover_messages("chat", [key], **options) == 0, "this process is sending it"
    assert memory.recover_messages("chat", [], **options) == 1
    assert column(memory, "status") == [first]
    if first == "failed":
        assert memory.claim_message("chat")[0]["doubts"] == 1
        assert memory.recover_messages("chat", [], **options) == 1
        assert column(memory, "status") == [second]


def test_people_send_again_or_never_but_not_what_was_sent(memory):
    write(memory, "a", "b", "c")
    settle(memory, memory.claim_message("chat"), "sent")
    settle(memory, memory.claim_message("chat"), "given_up", error="no_service")
    assert memory.change_messages([2], "pending") == 1
    assert memory.change_messages([3], "given_up", "Dropped.") == 1
    assert column(memory, "status") == ["sent", "pending", "given_up"]
    with pytest.raises(StoreError, match="cannot be taken back: 1"):
        memory.change_messages([1, 2], "pending")
    assert memory.execute("select status from notifications order by all")["status"].to_pylist() == ["refused", "sent"]


def test_what_was_settled_long_ago_is_forgotten_but_not_its_log(memory, clock):
    write(memory, "a", "b")
    settle(memory, memory.claim_message("chat"), "sent")
    clock.go(91 * 86400)
    memory.recover_messages("chat", [], knows=True, again=True, keep=90 * DAY)
    assert column(memory, "finding") == ["b"]
    assert memory.execute("from notifications").num_rows == 1


def test_a_file_of_the_version_before_gets_an_outbox(path):
    Store.open(path).close()
    import duckdb

    with duckdb.connect(str(path)) as con:
        con.execute("drop table outbox; drop table received_tables; update meta set schema_version = 4")
    with Store.open(path) as store:
        assert write(store, "a") == [1]
