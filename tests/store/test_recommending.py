"""The life of recommendations: open, resolved, open again; and what people decided of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from finopsnb.errors import StoreError
from finopsnb.store import Store

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Clock:
    now = START

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> Iterator[Store]:
    with Store.open(":memory:", clock=clock) as store:
        yield store


def find(store: Store, clock: Clock, day: int, *ids: str, plugin: str = "idle", **columns):
    clock.now = START.replace(day=day)
    run_id = store.start_run(plugin, "recommendation", "recommendations")
    rows = {"recommendation_id": ids, "title": [f"stop {name}" for name in ids]} | {k: [v] * len(ids) for k, v in columns.items()}
    return store.keep_recommendations(run_id, pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()}))


def lives(store: Store, plugin: str = "idle") -> dict[str, tuple]:
    sql = "select recommendation_id, status, day(created_at), run_id from recommendations where plugin = ? order by all"
    return {row[0]: row[1:] for row in (tuple(one.values()) for one in store.query(sql, [plugin]).to_pylist())}


def test_it_lives_from_open_to_resolved_and_back(memory, clock):
    first = find(memory, clock, 1, "a", "b")
    assert (first.found, first.resolved, first.opened) == (2, 0, ("a", "b"))
    again = find(memory, clock, 2, "a", "b")
    assert (again.found, again.resolved, again.opened) == (2, 0, ())
    gone = find(memory, clock, 3, "a")
    assert (gone.found, gone.resolved, gone.opened) == (1, 1, ())
    assert lives(memory) == {"a": ("open", 1, 3), "b": ("resolved", 1, 2)}
    assert find(memory, clock, 4).resolved == 1
    back = find(memory, clock, 5, "a", "b", "c")
    assert (back.found, back.resolved, back.opened) == (3, 0, ("a", "b", "c"))
    assert lives(memory) == {"a": ("open", 1, 5), "b": ("open", 1, 5), "c": ("open", 5, 5)}


DECISIONS = ("accepted", "dismissed", "implemented")


def test_what_people_decided_stays_whatever_is_found(memory, clock):
    find(memory, clock, 1, *DECISIONS, monthly_saving="10")
    clock.now = START.replace(day=2)
    for status in DECISIONS:
        assert memory.decide([status], status, reason="so it is", implemented_at=START if status == "implemented" else None) == 1
    for day, ids in ((3, DECISIONS), (4, ()), (5, DECISIONS)):
        kept = find(memory, clock, day, *ids, monthly_saving="7", status="open")
        assert (kept.resolved, kept.opened) == (0, ())
        for row in memory.query("select * from recommendations").to_pylist():
            status = row["recommendation_id"]
            assert (row["status"], row["reason"], row["decided_at"].day) == (status, "so it is", 2)
            assert row["monthly_saving"] == (10 if status == "implemented" else 7), "what was done keeps its figures"
            assert (row["implemented_at"] is not None) is (status == "implemented")


def test_reopened_it_goes_on_as_before(memory, clock):
    find(memory, clock, 1, "a", "b")
    memory.decide(["a", "b"], "dismissed", reason="no")
    memory.decide(["a", "b"], "open")
    assert memory.query("select count(*) as n from recommendations where reason is null and decided_at is null")["n"].to_pylist() == [2]
    assert find(memory, clock, 2, "a").resolved == 1
    assert lives(memory) == {"a": ("open", 1, 2), "b": ("resolved", 1, 1)}
    with pytest.raises(StoreError, match="no status"):
        memory.decide(["a"], "perhaps")


def test_a_status_that_the_plugin_says_is_taken(memory, clock):
    assert find(memory, clock, 1, "a", status="resolved").opened == ()
    assert find(memory, clock, 2, "a", status="open").opened == ("a",)
    assert find(memory, clock, 3, "a", status="expected").opened == ()
    assert find(memory, clock, 4).resolved == 0
    assert lives(memory) == {"a": ("expected", 1, 3)}


def test_the_first_time_is_that_of_the_plugin_where_it_says_one(memory, clock):
    find(memory, clock, 9, "a", created_at="2026-01-05T00:00:00Z")
    assert lives(memory)["a"] == ("open", 5, 1)


def test_rows_with_one_id_are_told_apart_in_the_same_way_again(memory, clock):
    def rows(*currencies):
        return pa.table({"recommendation_id": ["a"] * len(currencies), "title": ["x"] * len(currencies), "BillingCurrency": currencies})

    for order in (["USD", "EUR"], ["EUR", "USD"]):
        run_id = memory.start_run("idle", "recommendation", "recommendations")
        kept = memory.keep_recommendations(run_id, rows(*order))
        told = memory.query("select recommendation_id as id, BillingCurrency as currency from recommendations order by all").to_pylist()
        assert [tuple(row.values()) for row in told] == [("a", "EUR"), ("a-2", "USD")]
    assert kept.opened == ()


def test_rows_of_before_with_one_id_become_one(memory, clock):
    find(memory, clock, 1, "a")
    with memory._changing("as it was once") as cursor:
        cursor.execute("insert into recommendations select * replace (null as status) from recommendations")
    assert find(memory, clock, 2, "a").opened == ()
    assert memory.query("select count(*) as n from recommendations")["n"].to_pylist() == [1]


def test_plugins_do_not_touch_each_others(memory, clock):
    find(memory, clock, 1, "a")
    find(memory, clock, 2, "a", plugin="other")
    assert find(memory, clock, 3, plugin="other").resolved == 1
    assert lives(memory) == {"a": ("open", 1, 1)}


def test_a_column_that_is_not_there_keeps_everything_as_it_was(memory, clock):
    find(memory, clock, 1, "a")
    with pytest.raises(StoreError, match="has no column price"):
        find(memory, clock, 2, "b", price="1")
    assert lives(memory) == {"a": ("open", 1, 1)}


def test_a_forgotten_run_takes_what_it_found_and_leaves_what_people_decided(memory, clock):
    find(memory, clock, 1, "a", "b", "c", monthly_saving="3.5")
    memory.decide(["b"], "implemented", implemented_at=START)
    assert memory.forget(1) == 2
    assert lives(memory) == {"b": ("implemented", 1, 1)}
    assert find(memory, clock, 2, "a", "b").opened == ("a",)
    saving = memory.query("select monthly_saving from recommendations order by recommendation_id")["monthly_saving"].to_pylist()
    assert saving == [None, Decimal("3.5")]


def test_a_file_of_the_schema_before_gets_the_columns_of_decisions(tmp_path, clock):
    path = tmp_path / "old.duckdb"
    with Store.open(path, clock=clock) as store:
        find(store, clock, 1, "a")
    with duckdb.connect(str(path)) as con:
        for name in ("reason", "decided_at", "implemented_at"):
            con.execute(f"alter table recommendations drop column {name}")
        con.execute("drop table received_tables; drop table outbox; update meta set schema_version = 4")
    with Store.open(path, clock=clock) as store:
        assert store.decide(["a"], "accepted") == 1
        assert lives(store) == {"a": ("accepted", 1, 1)}
