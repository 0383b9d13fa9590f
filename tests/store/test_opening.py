"""The file: who may read it, who holds it, what is wrong with it, and that it is never changed by finding out."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow.compute as pc
import pytest

from finopsnb.errors import StoreClosed, StoreDamaged, StoreError, StoreLocked, StoreTooNew
from finopsnb.store import Batch, Store, migrations, opening, schema
from tests.store.costs import collect, costs, row, table

HOLD = """
    import sys, duckdb
    con = duckdb.connect(sys.argv[1])
    print("held", flush=True)
    for line in sys.stdin:
        con.execute(line)
        print("done", flush=True)
"""


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", textwrap.dedent(HOLD), str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_files_are_private_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(path) as store:
            store.start_run("p", "telemetry", "collect")
            store.set_state("p", "k", 1)
            log = path.with_name(path.name + ".wal")
            assert (mode(path), mode(log)) == (0o600, 0o600)
            (folder,) = [one for one in path.parent.iterdir() if one.is_dir()]
            assert mode(folder) == 0o700
            collect(store, [row()])
            store.set_state("p", "k", 2)
            assert (mode(path), mode(log)) == (0o600, 0o600)
        assert os.umask(0) == 0
    finally:
        os.umask(before)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_file_that_others_could_read_becomes_private(path: Path) -> None:
    Store.open(path).close()
    path.chmod(0o644)
    Store.open(path).close()
    assert mode(path) == 0o600


def test_any_duckdb_client_can_read_it(path: Path) -> None:
    with Store.open(path) as store:
        collect(store, [row("1.25", Tags='{"team": "a"}')])
    with duckdb.connect(path, read_only=True) as con:
        assert con.execute("select BilledCost::varchar, Tags['team'], _run_id from costs").fetchall() == [("1.250000000000000000", "a", 1)]
        tables = con.execute(
            "select table_name, comment from duckdb_tables() union select view_name, comment from duckdb_views() where not internal"
        )
        assert all(comment for _, comment in tables.fetchall())
        assert con.execute("select tags['storage_version'] from duckdb_databases() where not internal").fetchall() == [("v1.4.0+",)]


def test_the_time_zone_of_the_machine_does_not_matter(path: Path) -> None:
    words = f"""
        from finopsnb.store import Store
        with Store.open({str(path)!r}) as store:
            print(store.query("select '2024-01-01'::timestamptz::varchar as t")["t"][0])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(words)],
        env={**os.environ, "TZ": "America/New_York", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "2024-01-01 00:00:00+00\n"


def test_a_held_file_is_waited_for_and_then_told_with_two_ways_on(path: Path) -> None:
    Store.open(path).close()
    with held_elsewhere(path) as holder:
        start = time.monotonic()
        with pytest.raises(StoreLocked) as caught:
            Store.open(path, wait_seconds=0.5)
        assert 0.5 <= time.monotonic() - start < 2
    assert f"(PID {holder.pid})" in caught.value.what
    assert "python" in caught.value.what
    assert "duckdb.connect" not in str(caught.value), "the command line may hold secrets"
    assert "close it there" in caught.value.hint
    assert "read_only=True" in caught.value.hint


def test_a_file_that_is_given_back_in_time_is_opened(path: Path) -> None:
    Store.open(path).close()
    with held_elsewhere(path) as holder:
        import threading

        threading.Timer(0.3, holder.kill).start()
        with Store.open(path, wait_seconds=10) as store:
            assert costs(store) == []


def test_a_held_file_can_be_read_from_a_snapshot(path: Path) -> None:
    with Store.open(path) as store:
        collect(store, [row("1")])
    with held_elsewhere(path) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write("insert into cost_rows (BilledCost) values (2)\n")  # only in the log of the holder
        holder.stdin.flush()
        holder.stdout.readline()
        with Store.open(path, read_only=True) as store:
            assert [cost for cost, _ in costs(store)] == [1, 2]
            assert store.table("costs").count().execute() == 2
            folders = list(store._database.folders)
            assert {mode(folder) for folder in folders} == {0o700}
            with pytest.raises(StoreError, match="read-only"):
                store.start_run("p", "telemetry", "collect")
    assert not any(folder.exists() for folder in folders)


def test_reading_a_free_file_changes_nothing(path: Path) -> None:
    with Store.open(path) as store:
        collect(store, [row("1")])
        store.start_run("p", "telemetry", "collect")
    before = path.read_bytes()
    with Store.open(path, read_only=True) as store:
        assert (len(costs(store)), store.interrupted, store.read_only) == (1, [], True)
    assert path.read_bytes() == before


def test_there_must_be_a_file_to_read_and_a_folder_to_write_in(path: Path) -> None:
    with pytest.raises(StoreError, match="no file"):
        Store.open(path, read_only=True)
    with pytest.raises(StoreError, match="no folder"):
        Store.open(path / "deeper" / "a.duckdb")
    with pytest.raises(StoreError, match="is a folder"):
        Store.open(path.parent)
    assert list(path.parent.iterdir()) == []


def test_stores_of_one_process_share_the_file(path: Path) -> None:
    first, second = Store.open(path), Store.open(path)
    collect(first, [row("1")])
    first.close()
    assert len(costs(second)) == 1
    with pytest.raises(StoreClosed, match="is closed"):
        first.query("select 1")
    with Store.open(path, read_only=True) as third, pytest.raises(StoreError, match="read-only"):
        third.set_state("p", "k", 1)
    second.close()
    duckdb.connect(path).close()


def test_a_closed_store_says_so_and_gives_the_file_back(path: Path) -> None:
    store = Store.open(path)
    expression = store.table("costs")
    store.close()
    store.close()
    assert (store.closed, repr(store)) == (True, f"<Store {path} closed>")
    for call in (
        lambda: store.execute(expression),
        lambda: store.start_run("p", "t", "v"),
        lambda: store.table("costs"),
        store.tables,
    ):
        with pytest.raises(StoreClosed):
            call()
    with held_elsewhere(path):
        pass


def damaged(path: Path) -> Iterator[tuple[str, bytes]]:
    whole = path.read_bytes()
    yield "text", b"BilledCost,Currency\n1,USD\n" * 2000
    yield "empty", b""
    yield "half", whole[: len(whole) // 2]
    yield "headers only", whole[: 3 * 4096]
    yield "some bytes", whole[:5000]
    for place in range(0, 3 * 4096, 1536):
        yield f"byte {place}", whole[: place + 9] + bytes([whole[place + 9] ^ 0xFF]) + whole[place + 10 :]


def test_damaged_files_are_told_and_left_as_they_are(path: Path) -> None:
    with Store.open(path) as store:
        collect(store, [row(str(n)) for n in range(50)])
    refused = [name for name, content in damaged(path) if _refused(path.with_name("mutant.duckdb"), content)]
    assert {"text", "empty", "half", "headers only", "some bytes", "byte 0"} <= set(refused)


def _refused(mutant: Path, content: bytes) -> bool:
    """Refused and unchanged; or else, where the damage is in what is not in use, whole."""
    mutant.write_bytes(content)
    try:
        with Store.open(mutant, wait_seconds=0) as store:
            assert len(costs(store)) == 50
            return False
    except (StoreDamaged, StoreTooNew) as error:
        told = error.what
    assert str(mutant) in told
    assert mutant.read_bytes() == content
    assert [one.name for one in mutant.parent.iterdir() if "mutant" in one.name] == ["mutant.duckdb"]
    return True


def test_a_log_that_cannot_be_replayed_is_left_as_it_is(path: Path) -> None:
    Store.open(path).close()
    with held_elsewhere(path) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        for number in range(50):
            holder.stdin.write(f"insert into cost_rows (BilledCost) values ({number})\n")
            holder.stdin.flush()
            holder.stdout.readline()
    log = path.with_name(path.name + ".wal")
    content = log.read_bytes()
    damaged = len(content) // 2 + 90  # inside an entry: one whose length is damaged is to DuckDB the torn end of the log
    log.write_bytes(content[:damaged] + b"\xff\xff\xff" + content[damaged + 3 :])
    before = path.read_bytes(), log.read_bytes()
    with pytest.raises(StoreDamaged):
        Store.open(path)
    assert (path.read_bytes(), log.read_bytes()) == before


def test_a_newer_store_is_left_as_it_is(path: Path) -> None:
    Store.open(path).close()
    with duckdb.connect(path) as con:
        con.execute("update meta set schema_version = 99, made_by = '7.1'")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreTooNew, match=r"made by finopsnb 7\.1.*(?s:.*)finopsnb>=7\.1"):
            Store.open(path, read_only=read_only)
    assert path.read_bytes() == before


def test_a_database_of_somebody_else_gets_our_tables_beside_its_own(path: Path) -> None:
    with duckdb.connect(path) as con:
        con.execute("create table theirs as select 42 as n")
    with Store.open(path) as store:
        collect(store, [row("1")])
        assert store.query("select n from theirs")["n"].to_pylist() == [42]


def test_tables_with_our_names_that_are_not_ours_are_refused(path: Path) -> None:
    with duckdb.connect(path) as con:
        con.execute("create table costs as select 42 as n")
    before = path.read_bytes()
    with pytest.raises(StoreDamaged, match="did not make: costs"):
        Store.open(path)
    assert path.read_bytes() == before
    with duckdb.connect(path) as con:
        con.execute("drop table costs; create table meta as select 1 as anything")
    with pytest.raises(StoreDamaged, match="meta"):
        Store.open(path)


def test_a_table_of_theirs_by_a_name_that_came_later_is_refused(path: Path) -> None:
    Store.open(path).close()
    with duckdb.connect(str(path)) as con:
        con.execute("drop table outbox; create table outbox as select 42 as n; update meta set schema_version = 5")
    with pytest.raises(StoreDamaged, match="did not make: outbox"):
        Store.open(path)


def test_a_migration_is_done_once_and_wholly(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(path) as store:
        collect(store, [row("1")])

    def step(cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("alter table budgets add column note varchar")

    def failing(cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.execute("delete from cost_rows")
        raise RuntimeError("killed")

    old = migrations.STEPS
    monkeypatch.setattr(migrations, "STEPS", (*old, step, failing))
    with pytest.raises(RuntimeError, match="killed"):
        Store.open(path)
    monkeypatch.setattr(migrations, "STEPS", (*old, step))
    with Store.open(path, read_only=True) as store:
        assert "note" in store.schema("budgets"), "a snapshot is migrated, the file is not"
    for _ in range(2):
        with Store.open(path) as store:
            assert len(costs(store)) == 1
            assert "note" in store.schema("budgets")
            assert store.execute("from meta")["schema_version"].to_pylist() == [len(old) + 1]


def test_a_new_file_has_the_tables_that_all_steps_would_make(path: Path) -> None:
    everything = (
        "select table_name, told.comment, list((column_name, data_type) order by column_index) from duckdb_columns() join "
        "(select table_name, comment from duckdb_tables() union all select view_name, comment from duckdb_views()) told using (table_name) "
        "where schema_name = 'main' and not internal and database_name = current_database() group by all order by all"
    )
    Store.open(path).close()
    with duckdb.connect(str(path)) as new, duckdb.connect() as stepped:
        for step in migrations.STEPS:
            step(stepped)
        assert schema.missing_columns(stepped) == {}
        made = new.execute(everything).fetchall()
        assert len(made) > len(schema.TABLES)
        assert made == stepped.execute(everything).fetchall()


def test_columns_that_our_tables_gain_are_added(path: Path) -> None:
    with Store.open(path) as store:
        collect(store, [row("1", Tags='{"team": "web"}')])
    with duckdb.connect(str(path)) as con:
        con.execute("alter table allocations drop column pool")
        con.execute("create or replace view costs as select BilledCost, _run_id from cost_rows")
        con.execute("drop table outbox; drop table received_tables; update meta set schema_version = 2")
    with Store.open(path) as store:
        assert store.tables().filter(pc.field("name") == "outbox")["rows"].to_pylist() == [0]
        assert store.schema("allocations")["pool"] == "VARCHAR"
        tags = store.execute("select t.Tags['team'] as team from costs c join tag_sets t on c._tag_id = t.tag_id")
        assert tags["team"].to_pylist() == ["web"]


def test_columns_that_focus_gains_are_added(path: Path) -> None:
    with Store.open(path) as store:
        collect(store, [row("1", InvoiceId="7")])
    with duckdb.connect(path) as con:
        con.execute("alter table cost_rows drop column InvoiceId")
    with Store.open(path) as store:
        assert costs(store, "BilledCost", "InvoiceId") == [(1, None)]


def test_big_stages_spill_beside_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SETTINGS", {**opening.SETTINGS, "memory_limit": "60MB", "threads": 1})
    with Store.open(path) as store, store._database.cursor() as cursor:
        cursor.execute("create temporary table big as select range as n, md5(range::varchar) || uuid()::varchar as t from range(900000)")
        spilled = sum(one.stat().st_size for one in path.parent.glob("*.finopsnb-tmp/*"))
        assert spilled > 10_000_000
        assert cursor.execute("select count(distinct n) from big").fetchall() == [(900_000,)]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_parts_may_be_anything_with_an_arrow_stream(path: Path) -> None:
    import polars as pl

    with Store.open(path) as store:
        frame = pl.from_arrow(table([row("1")]))
        assert collect(store, [Batch(frame, "a")]).rows_stored == 1  # type: ignore[arg-type]
