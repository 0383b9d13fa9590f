"""The life of violations: open, resolved, open again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

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


def evaluate(store: Store, clock: Clock, day: int, *ids: str, plugin: str = "tags", cost: str = "1.5"):
    clock.now = START.replace(day=day)
    run_id = store.start_run(plugin, "policy", "violations")
    columns = {"violation_id": pa.array(ids, pa.string()), "policy": [plugin] * len(ids), "cost": pa.array([cost] * len(ids), pa.string())}
    return store.keep_violations(run_id, pa.table(columns))


def lives(store: Store, plugin: str = "tags") -> dict[str, tuple]:
    sql = "select violation_id, status, day(first_seen), day(last_seen), run_id from violations where plugin = ? order by all"
    return {row[0]: row[1:] for row in (tuple(one.values()) for one in store.query(sql, [plugin]).to_pylist())}


def test_a_violation_lives_from_open_to_resolved_and_back(memory, clock):
    assert evaluate(memory, clock, 1, "a", "b").opened == ("a", "b")
    again = evaluate(memory, clock, 2, "a", "b")
    assert (again.open, again.resolved, again.opened) == (2, 0, ())
    gone = evaluate(memory, clock, 3, "a")
    assert (gone.open, gone.resolved, gone.opened) == (1, 1, ())
    assert lives(memory) == {"a": ("open", 1, 3, 3), "b": ("resolved", 1, 2, 2)}
    back = evaluate(memory, clock, 4, "a", "b", "c")
    assert (back.open, back.resolved, back.opened) == (3, 0, ("b", "c"))
    assert lives(memory) == {"a": ("open", 1, 4, 4), "b": ("open", 1, 4, 4), "c": ("open", 4, 4, 4)}


def test_a_resolved_one_stays_resolved_as_it_was_found_last(memory, clock):
    evaluate(memory, clock, 1, "a", cost="7")
    evaluate(memory, clock, 2)
    assert evaluate(memory, clock, 3).resolved == 0
    assert lives(memory) == {"a": ("resolved", 1, 1, 1)}
    assert memory.query("select cost from violations").to_pylist() == [{"cost": Decimal(7)}]


def test_rows_of_one_violation_are_one_with_the_sum_of_their_cost(memory, clock):
    assert evaluate(memory, clock, 1, "a", "a", "b").open == 2
    assert memory.query("select cost from violations order by violation_id")["cost"].to_pylist() == [Decimal(3), Decimal("1.5")]


def told(*rows: tuple[str | None, ...]) -> pa.Table:
    names = ("violation_id", "policy", "message", "ResourceId", "cost", "BillingCurrency")
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, zip(*rows, strict=True), strict=True)})


def test_what_several_rows_of_one_violation_say_is_of_one_row(memory):
    rows = [("a", "p", "second", "r1", "5", "USD"), ("a", "p", "first", None, "7", "USD"), ("a", "p", "first", "r2", None, None)]
    memory.keep_violations(memory.start_run("tags", "policy", "violations"), told(*rows))
    kept = memory.query("select message, ResourceId, BillingCurrency, cost from violations").to_pylist()
    assert kept == [{"message": "second", "ResourceId": "r1", "BillingCurrency": "USD", "cost": Decimal(12)}]


@pytest.mark.parametrize("other", ["EUR", None])
def test_costs_in_several_currencies_are_never_added(memory, clock, other):
    evaluate(memory, clock, 1, "b")
    rows = [("a", "p", "m", "r", "5", "USD"), ("a", "p", "m", "r", "7", other), ("b", "p", "m", "r", "7", "EUR")]
    with pytest.raises(StoreError, match="violation a has costs in several currencies"):
        memory.keep_violations(memory.start_run("tags", "policy", "violations"), told(*rows))
    assert lives(memory) == {"b": ("open", 1, 1, 1)}
    assert evaluate(memory, clock, 2, "b").open == 1


def test_plugins_do_not_touch_each_others_violations(memory, clock):
    evaluate(memory, clock, 1, "a")
    evaluate(memory, clock, 2, "a", plugin="regions")
    assert evaluate(memory, clock, 3, plugin="regions").resolved == 1
    assert lives(memory) == {"a": ("open", 1, 1, 1)}


def test_a_column_that_is_not_there_keeps_everything_as_it_was(memory, clock):
    evaluate(memory, clock, 1, "a")
    run_id = memory.start_run("tags", "policy", "violations")
    with pytest.raises(StoreError, match="has no column price"):
        memory.keep_violations(run_id, pa.table({"violation_id": ["b"], "price": ["1"]}))
    assert lives(memory) == {"a": ("open", 1, 1, 1)}


def test_the_run_tells_what_it_found_and_resolved(memory, clock):
    evaluate(memory, clock, 1, "a", "b")
    evaluate(memory, clock, 2, "a")
    row = memory.query("select status, rows_in, rows_stored, rows_replaced from runs order by run_id desc limit 1").to_pylist()
    assert row == [{"status": "succeeded", "rows_in": 1, "rows_stored": 1, "rows_replaced": 1}]
