"""Tables that integration plugins bring, in the file."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from finopsnb.errors import StoreError
from finopsnb.store import Brought, Store, migrations, schema
from tests.store.costs import collect, row


def bring(store, name, rows, plugin="files"):
    run_id = store.start_run(plugin, "integration", "receive")
    return run_id, store.keep_received(run_id, [Brought(name, rows, "here")], pa.table({"direction": ["receive"]}))


def test_what_came_is_kept_and_goes_with_its_run(tmp_path):
    with Store.open(tmp_path / "a.duckdb") as store:
        first, _ = bring(store, "owners", pa.table({"a": [1]}))
        second, rows = bring(store, "Owners", pa.table({"b": ["x", "y"], "none": pa.nulls(2)}))
        assert rows == 2
    with Store.open(tmp_path / "a.duckdb") as store:
        assert store.query("select * from owners").to_pydict() == {"b": ["x", "y"], "none": [None, None]}
        assert store.schema("Owners") == {"b": "VARCHAR", "none": "VARCHAR"}
        assert store.execute(store.table("Owners").count().as_table()).num_rows == 1
        assert store.forget(first) == 0
        assert store.forget(second) == 2
        assert "Owners" not in store.tables()["name"].to_pylist()
    with Store.open(tmp_path / "a.duckdb", read_only=True) as store:
        assert store.execute("from received_tables").num_rows == 0


def test_what_cannot_be_stored_changes_nothing():
    with Store.open(":memory:") as store:
        bring(store, "owners", pa.table({"a": [1]}))
        for name, rows in [("owners", pa.table({"a": [1], "A": [2]})), ("owners", pa.table({})), ("syncs", pa.table({"a": [1]}))]:
            with pytest.raises(StoreError):
                bring(store, name, rows)
        assert store.query("select * from owners").to_pydict() == {"a": [1]}
        assert store.execute("from syncs").num_rows == 1


def test_tables_of_the_files_owner_stay(tmp_path):
    with duckdb.connect(tmp_path / "a.duckdb") as con:
        con.execute("create table owners as select 7 as mine; create schema received; create table received.prices as select 8 as mine")
    with Store.open(tmp_path / "a.duckdb") as store:
        with pytest.raises(StoreError, match="that finopsnb did not make"):
            bring(store, "OWNERS", pa.table({"a": [1]}))
        with pytest.raises(StoreError, match="that finopsnb did not make"):
            bring(store, "prices", pa.table({"a": [1]}))
        assert store.query("select mine from owners union all select mine from received.prices").num_rows == 2


def test_names_are_found_however_their_characters_are_written(tmp_path):
    with Store.open(tmp_path / "a.duckdb") as store:
        collect(store, [row("1", ServiceName="Cafe\u0301"), row("2", ServiceName="Caf\u00e9")])
        bring(store, "owners", pa.table({"ServiceName": ["Cafe\u0301"], "owner": ["ann"]}))
        found = store.query("select owner, sum(BilledCost) as cost from costs join owners using (ServiceName) group by owner")
        assert [(one["owner"], int(one["cost"])) for one in found.to_pylist()] == [("ann", 3)]


def test_a_later_table_of_ours_has_the_name_and_the_rows_stay(tmp_path, monkeypatch):
    with Store.open(tmp_path / "a.duckdb") as store:
        bring(store, "owners", pa.table({"a": [1]}))
    ours = schema.Table("owners", "Who owns what", {"owner": "VARCHAR"})
    monkeypatch.setattr(schema, "TABLES", {**schema.TABLES, "owners": ours})
    monkeypatch.setattr(migrations, "_ADDED", {**migrations._ADDED, len(migrations.STEPS): ("owners",)})
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, lambda cursor: schema.create_tables(cursor, ["owners"])))
    with Store.open(tmp_path / "a.duckdb") as store:
        assert store.schema("owners") == {"owner": "VARCHAR"}
        assert store.query("select a from received.owners").to_pydict() == {"a": [1]}


def test_a_file_of_an_earlier_version_gets_the_catalogue(tmp_path):
    with Store.open(tmp_path / "a.duckdb"):
        pass
    with duckdb.connect(tmp_path / "a.duckdb") as con:
        con.execute(
            "drop table received_tables; drop table outbox; alter table syncs drop column inserted; update meta set schema_version = 2"
        )
    with Store.open(tmp_path / "a.duckdb") as store:
        bring(store, "owners", pa.table({"a": [1]}))
        assert "inserted" in store.schema("syncs")
