"""Reading by expression, the run log, the tables of the other plugin types, and state."""

from __future__ import annotations

import datetime as dt
import threading
import time
from decimal import Decimal
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from finopsnb.errors import StoreError, UnknownRun, UnknownTable
from finopsnb.focus import COLUMNS
from finopsnb.store import Store
from finopsnb.store.schema import PUBLIC
from tests.store.costs import collect, row, runs

UTC = dt.UTC


def a_run(store: Store, plugin: str = "team", verb: str = "attribute") -> int:
    return store.start_run(plugin, "attribution", verb)


def shares(*amounts: object, metric: str = "BilledCost") -> pa.Table:
    return pa.table({"owner": [f"o{n}" for n in range(len(amounts))], "amount": list(amounts), "metric": [metric] * len(amounts)})


def amounts(store: Store) -> list[tuple[str, Decimal, str]]:
    found = store.query("select plugin, amount, metric from allocations order by all").to_pylist()
    return [tuple(one.values()) for one in found]  # type: ignore[misc]


def test_tables_are_listed_with_rows_columns_and_what_they_are_for(store: Store) -> None:
    collect(store, [row("1"), row("2")])
    listed = {one["name"]: one for one in store.tables().to_pylist()}
    assert tuple(listed) == PUBLIC
    assert listed["costs"]["rows"] == 2
    assert listed["costs"]["columns"] == len(COLUMNS) + 2
    assert all(one["description"] for one in listed.values())


def test_costs_has_the_focus_columns_by_their_exact_names_and_types(store: Store) -> None:
    wanted = {name: column.sql_type for name, column in COLUMNS.items()}
    assert store.schema("costs") == wanted | {"_tag_id": "INTEGER", "_run_id": "BIGINT"}


def test_a_table_is_an_expression_over_what_is_there(store: Store) -> None:
    collect(store, [row("1", x_team="a"), row("2", x_team="b")])
    costs = store.table("costs")
    expression = costs.filter(costs.x_team == "b").aggregate(cost=costs.BilledCost.sum())
    assert store.execute(expression).to_pylist() == [{"cost": Decimal(2)}]


def test_expressions_may_join_a_memtable(store: Store) -> None:
    collect(store, [row("1", x_team="a"), row("2", x_team="b")])
    names = ibis.memtable({"x_team": ["a", "b"], "name": ["Anna", "Ben"]})
    expression = store.table("costs").join(names, "x_team").select("name", "BilledCost").order_by("name")
    assert store.execute(expression)["name"].to_pylist() == ["Anna", "Ben"]


def test_an_unknown_table_is_told_with_the_near_name(store: Store) -> None:
    for call in (store.table, store.schema):
        with pytest.raises(UnknownTable, match=r"(?s)no table cost\..*session\.table\('costs'\)"):
            call("cost")
    with pytest.raises(UnknownTable):
        store.table("costs; drop table runs")


def test_a_run_is_written_when_it_starts_and_completed_when_it_ends(store: Store) -> None:
    run_id = store.start_run("files", "telemetry", "collect", "1.2", "here", "ab12", {"path": "é", "key": "****"}, "exports")
    (begun,) = store.query("from runs").to_pylist()
    assert (begun["status"], begun["version"], begun["origin"], begun["sha256"]) == ("running", "1.2", "here", "ab12")
    assert store.query("select config::json ->> 'path' as path from runs")["path"].to_pylist() == ["é"]
    store.finish_run(run_id, rows_in=3)
    (ended,) = runs(store)
    assert (ended["status"], ended["rows_in"]) == ("succeeded", 3)
    with pytest.raises(UnknownRun, match="There is no run 99"):
        store.finish_run(99)


def test_numbers_go_on_after_the_file_was_closed_and_interrupted_runs_are_found_once(path: Path) -> None:
    with Store.open(path) as store:
        assert [a_run(store), a_run(store)] == [1, 2]
        store.finish_run(1)
    with Store.open(path) as store:
        assert store.interrupted == [2]
        assert [one["status"] for one in runs(store)] == ["succeeded", "interrupted"]
        assert a_run(store) == 3


@pytest.mark.parametrize("later", [dt.datetime(1970, 1, 1, tzinfo=UTC), dt.datetime(2100, 1, 1, tzinfo=UTC)])
def test_clocks_that_jump_make_no_negative_time_and_no_other_order(path: Path, later: dt.datetime) -> None:
    times = [dt.datetime(2024, 5, 1, tzinfo=UTC)]
    with Store.open(path, clock=lambda: times[-1]) as store:
        first = a_run(store)
        times.append(later)
        second = a_run(store)
        store.finish_run(first)
        store.finish_run(second)
        assert (first, second) == (1, 2)
        found = store.query("select seconds >= 0 and seconds < 60 as quick, finished_at >= started_at as after from runs")
        assert found.to_pylist() == [{"quick": True, "after": True}] * 2


def test_results_replace_those_of_the_same_plugin_only(store: Store) -> None:
    for plugin, values in (("team", (1, 2)), ("other", (4,)), ("team", (Decimal("8.000000000000000001"),))):
        assert store.write(a_run(store, plugin), "allocations", shares(*values)) == len(values)
    assert amounts(store) == [
        ("other", Decimal(4), "BilledCost"),
        ("team", Decimal("8.000000000000000001"), "BilledCost"),
    ]
    assert [(one["status"], one["rows_stored"], one["rows_replaced"]) for one in runs(store)] == [
        ("succeeded", 2, 0),
        ("succeeded", 1, 0),
        ("succeeded", 1, 2),
    ]
    assert store.query("select run_id from allocations order by all")["run_id"].to_pylist() == [2, 3]


def test_results_replace_their_scope_only(store: Store) -> None:
    store.write(a_run(store), "allocations", shares(1, metric="BilledCost"))
    store.write(a_run(store), "allocations", shares(2, metric="EffectiveCost"), scope={"metric": "EffectiveCost"})
    store.write(a_run(store), "allocations", shares(4, metric="BilledCost"), scope={"Metric": ["BilledCost", None]})
    assert [(int(amount), metric) for _, amount, metric in amounts(store)] == [(2, "EffectiveCost"), (4, "BilledCost")]


def test_logs_are_added_to(store: Store) -> None:
    for number in range(3):
        sent = pa.table(
            {
                "notification_id": [str(number)],
                "message": ["over budget"],
                "sent_at": [dt.datetime(2024, 1, 1, tzinfo=UTC)],
            }
        )
        store.write(a_run(store, "slack", "notify"), "notifications", sent)
    assert store.query("select notification_id from notifications order by all").num_rows == 3


@pytest.mark.parametrize(
    ("table", "data", "scope", "what"),
    [
        ("allocations", {"ownr": ["a"]}, None, "did you mean owner"),
        ("allocations", {'a"; drop table runs; --': ["a"]}, None, "has no column"),
        ("allocations", {"amount": ["much"]}, None, "Could not convert"),
        ("allocations", {"amount": [float("nan")]}, None, "nan"),
        ("allocations", {"amount": [1]}, {"metrik": "x"}, "did you mean metric"),
        ("alocations", {"amount": [1]}, None, "allocations"),
        ("runs", {"plugin": ["x"]}, None, "cannot be written"),
        ("cost_rows", {"BilledCost": [1]}, None, "cannot be written"),
        ("violations", {"violation_id": ["v"]}, None, "cannot be written"),
        ("budgets", {"budget": ["b"]}, None, "cannot be written"),
    ],
)
def test_results_that_do_not_fit_change_nothing(
    store: Store, table: str, data: dict[str, list[object]], scope: dict[str, object] | None, what: str
) -> None:
    store.write(a_run(store), "allocations", shares(1))
    run_id = a_run(store)
    with pytest.raises(StoreError) as caught:
        store.write(run_id, table, pa.table(data), scope=scope)
    assert what in str(caught.value)
    assert (len(amounts(store)), runs(store)[-1]["status"]) == (1, "running")


def test_an_empty_result_replaces_too(store: Store) -> None:
    store.write(a_run(store), "allocations", shares(1))
    assert (
        store.write(
            a_run(store),
            "allocations",
            shares().cast(pa.schema([("owner", pa.string()), ("amount", pa.int64()), ("metric", pa.string())])),
        )
        == 0
    )
    assert amounts(store) == []


def test_state_is_json_by_plugin_and_key(store: Store) -> None:
    assert store.get_state("p", "k") is None
    for value in ({"cursor": "ä", "n": [1, 2.5, None]}, False, "'; drop table state; --"):
        store.set_state("p", "k", value)
        assert store.get_state("p", "k") == value
    assert store.get_state("q", "k") is None
    store.delete_state("p", "k")
    store.delete_state("p", "k")
    assert store.get_state("p", "k") is None
    with pytest.raises(TypeError):
        store.set_state("p", "k", object())


def test_what_does_not_exist_in_the_package_is_no_attribute() -> None:
    import finopsnb.store

    assert set(finopsnb.store.__all__) <= set(dir(finopsnb.store))
    with pytest.raises(AttributeError, match="nothing"):
        _ = finopsnb.store.nothing


def test_a_file_is_closed_while_other_threads_read_it():
    """DuckDB refuses to close a connection of which a cursor is taken in that moment; it is tried again."""
    store, over = Store.open(":memory:"), []

    def read():
        while not over:
            try:
                store.query("select 1")
            except StoreError:
                over.append(1)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    time.sleep(0.05)
    store.close()
    for reader in readers:
        reader.join(10)
    assert store.closed
    assert over


def test_only_the_statements_of_one_thread_are_interrupted():
    with Store.open(":memory:") as store:
        begun, ended = threading.Event(), []

        def long():
            begun.set()
            with pytest.raises(StoreError, match="interrupted"):
                store.query("select sum(a.range * b.range) from range(100000000) a, range(100000) b")
            ended.append(1)

        reader = threading.Thread(target=long)
        reader.start()
        assert begun.wait(10)
        while not ended:
            store.interrupt(threading.get_ident())
            assert store.query("select 42 as n")["n"].to_pylist() == [42]
            store.interrupt(reader.ident)
            time.sleep(0.01)
        reader.join(10)
