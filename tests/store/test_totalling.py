"""The books of a collection: what came is stored, quarantined or duplicate, to the last unit of money."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finopsnb.errors import StoreDamaged
from finopsnb.store import Batch, Store, migrations
from tests.store.costs import collect, row, table


def books(store: Store, run_id: int) -> Any:
    """Rows and BilledCost by outcome, account and currency."""
    found = store.query("select * from run_totals where run_id = ?", [run_id]).to_pylist()
    sums: dict[Any, Any] = {}
    for one in found:
        key = one["outcome"], one["BillingAccountId"], one["BillingCurrency"]
        rows, cost = sums.get(key, (0, None))
        sums[key] = rows + one["rows"], one["BilledCost"] if cost is None else cost + (one["BilledCost"] or 0)
    return sums


def test_what_is_stored_quarantined_and_duplicate_is_added_up(store: Store) -> None:
    parts = [
        Batch(table([row("1"), row("2"), row("4", ListCost="€1"), row("x"), row("8", BillingCurrency="EUR")]), "a.csv"),
        Batch(table([row("2"), row("16", BillingAccountId="9"), row("32", ChargePeriodStart="2999-01-01")]), "b.csv"),
    ]
    collect(store, parts)
    assert books(store, 1) == {
        ("stored", "0012", "USD"): (2, 3),
        ("stored", "0012", "EUR"): (1, 8),
        ("stored", "9", "USD"): (1, 16),
        ("quarantined", "0012", "USD"): (3, 36),
        ("duplicate", "0012", "USD"): (1, 2),
    }


def test_with_a_key_the_same_content_is_duplicate_and_other_is_quarantined(store: Store) -> None:
    rows = [row("1", x_Line="a"), row("1", x_Line="a"), row("9", x_Line="a")]
    collect(store, [Batch(table(rows))], row_key=["Line"])
    assert {key[0]: value for key, value in books(store, 1).items()} == {"stored": (1, 1), "duplicate": (1, 1), "quarantined": (1, 9)}


def test_what_was_replaced_is_in_the_books_of_the_run_that_replaced_it(store: Store) -> None:
    collect(store, [row("1"), row("2", BillingCurrency="EUR")])
    collect(store, [row("5")])
    assert books(store, 2) == {
        ("stored", "0012", "USD"): (1, 5),
        ("replaced", "0012", "USD"): (1, 1),
        ("replaced", "0012", "EUR"): (1, 2),
    }


def test_a_row_that_says_no_amount_counts_without_one(store: Store) -> None:
    collect(store, [Batch(table([row("x")]).drop_columns(["BillingAccountId"]))])
    [one] = store.query("select rows, BilledCost, BillingAccountId from run_totals").to_pylist()
    assert one == {"rows": 1, "BilledCost": None, "BillingAccountId": None}


def test_forgetting_a_run_forgets_its_books(store: Store) -> None:
    collect(store, [row("1")])
    store.forget(1)
    assert books(store, 1) == {}


def test_a_run_that_fails_leaves_no_books(store: Store) -> None:
    def broken() -> Any:
        yield Batch(table([row("1")]))
        raise RuntimeError("the portal is down")

    with pytest.raises(RuntimeError):
        collect(store, broken())
    assert books(store, 1) == {}


def accounted(store: Store, whole_periods: bool = True) -> Any:
    found = store.accounted("files", "exports", whole_periods).to_pylist()
    return [(one["outcome"], one["rows"], one["BilledCost"]) for one in found]


def test_what_is_set_aside_counts_from_the_newest_run_of_the_period(store: Store) -> None:
    october = {"BillingPeriodStart": "2024-10-01", "ChargePeriodStart": "2024-10-02"}
    collect(store, [row("1"), row("2", ListCost="x"), row("4", ListCost="x", **october)])
    assert accounted(store) == [("quarantined", 1, 2), ("quarantined", 1, 4), ("stored", 1, 1)]
    collect(store, [row("1"), row("2", ListCost="2")])
    assert accounted(store) == [("quarantined", 1, 4), ("stored", 2, 3)]


def test_where_parts_are_replaced_it_counts_from_the_newest_run_of_the_part(store: Store) -> None:
    collect(store, [Batch(table([row("1"), row("2", ListCost="x")]), "/day-1")])
    run_id = store.start_run("files", "telemetry", "collect", source="exports")
    batch = Batch(table([row("4"), row("8", ListCost="x")]), "/day-2")
    store.ingest(run_id, [batch], plugin="files", source="exports", whole_periods=False)
    assert accounted(store, whole_periods=False) == [("quarantined", 1, 2), ("quarantined", 1, 8), ("stored", 2, 5)]
    assert books(store, run_id)["kept", "0012", "USD"] == (1, 1)


def test_what_was_set_aside_of_a_part_goes_with_it_and_does_not_come_back(store: Store) -> None:
    def read(*rows: dict[str, Any]) -> int:
        run_id = store.start_run("files", "telemetry", "collect", source="exports")
        batch = Batch(table(rows) if rows else table([row()]).slice(0, 0), "/day-1")
        store.ingest(run_id, [batch], plugin="files", source="exports", whole_periods=False)
        return run_id

    read(row("1"), row("2", ListCost="x"))
    gone = read()
    assert accounted(store, whole_periods=False) == []
    store.forget(gone)
    assert accounted(store, whole_periods=False) == []


@pytest.fixture
def first_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file as the first version of the tables had it, with costs in it."""
    with Store.open(path) as store:
        collect(store, [row("1.25")])
    with duckdb.connect(path) as con:
        con.execute("drop table received_tables; drop table outbox")
        con.execute("drop table run_totals; drop table exchange_rates; update meta set schema_version = 1")
    return path


def test_a_file_of_the_first_version_gains_the_books(first_version: Path) -> None:
    with Store.open(first_version) as store:
        assert accounted(store) == [("stored", 1, Decimal("1.25"))]
        collect(store, [row("2")])
        assert books(store, 2)["replaced", "0012", "USD"] == (1, Decimal("1.25"))
        assert store.execute("from meta")["schema_version"].to_pylist() == [len(migrations.STEPS)]


def test_a_table_of_somebody_else_with_the_name_of_a_new_one_is_left_alone(first_version: Path) -> None:
    with duckdb.connect(first_version) as con:
        con.execute("create table exchange_rates as select 42 as n")
    with pytest.raises(StoreDamaged, match="did not make: exchange_rates"):
        Store.open(first_version)
    with duckdb.connect(first_version) as con:
        assert con.sql("from exchange_rates").fetchall() == [(42,)]


def test_rows_that_differ_are_told_as_multisets(store: Store) -> None:
    collect(store, [row("1"), row("1"), row("2"), row("3", Tags='{"a": "b"}')])
    again = [Batch(table([row("1"), row("2"), row("3"), row("4", _line=9), row("5", ListCost="x")]), "a.csv")]
    found = store.differing(again, plugin="files", source="exports").to_pylist()
    told = [(one["difference"], one["part"], one["line"], one["BilledCost"], one["run_id"]) for one in found]
    assert told == [("in the source, not stored", "a.csv", 9, 4, None), ("stored, not in the source", "a.csv", None, 1, 1)]
    assert [one["outcome"] for one in store.query("select outcome from run_totals").to_pylist()] == ["stored"]


def test_no_more_rows_are_told_than_asked_for(store: Store) -> None:
    collect(store, [row("1")])
    again = [Batch(table([row(str(n)) for n in range(2, 9)]), "a.csv")]
    assert store.differing(again, plugin="files", source="exports", limit=3).num_rows == 3
