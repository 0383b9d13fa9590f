"""The store is as before or as after, whatever happens in between, and the next plain call works."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from finopsnb.errors import StoreError
from finopsnb.store import Batch, Store
from finopsnb.store.database import Database
from tests.store.costs import collect, costs, fingerprint, row, runs, table

OLD, NEW = [row("1", Tags='{"a": "1"}')], [row("2", Tags='{"b": "2"}', x_new="v"), row("x"), row("4")]


class Faulty:
    """A cursor whose Nth statement fails."""

    def __init__(self, cursor: Any, countdown: list[int], failure: BaseException) -> None:
        self._cursor, self._countdown, self._failure = cursor, countdown, failure

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def _step(self) -> None:
        self._countdown[0] -= 1
        if self._countdown[0] == 0:
            raise self._failure

    def execute(self, *arguments: Any) -> Any:
        self._step()
        return self._cursor.execute(*arguments)

    def sql(self, *arguments: Any, **options: Any) -> Any:
        self._step()
        return self._cursor.sql(*arguments, **options)


@pytest.mark.parametrize("failure", [duckdb.IOException("IO Error: gone"), KeyboardInterrupt()], ids=["engine", "ctrl-c"])
def test_whichever_statement_fails_the_costs_are_old_or_new(store: Store, monkeypatch: pytest.MonkeyPatch, failure: BaseException) -> None:
    collect(store, NEW)
    new = fingerprint(store)
    collect(store, OLD)
    old = fingerprint(store)
    plain, seen, countdown = Database._cursor, [], [0]
    while countdown[0] <= 0:
        countdown = [len(seen) + 1]
        run_id = store.start_run("files", "telemetry", "collect", source="exports")
        with monkeypatch.context() as patched:
            patched.setattr(Database, "_cursor", lambda self, left=countdown: Faulty(plain(self), left, failure))
            with contextlib.suppress(StoreError, KeyboardInterrupt):
                store.ingest(run_id, [Batch(table(NEW), "a.csv")], plugin="files", source="exports")
        seen.append(_state(store, old, new))
        assert (seen[-1] == "new") == (runs(store)[-1]["status"] == "succeeded"), f"statement {len(seen)}"
        store.fail_run(run_id, "cancelled")
        if seen[-1] == "new":
            collect(store, OLD)
            old = fingerprint(store)
    assert set(seen) == {"old", "new"}
    assert seen.index("new") > 25, "there were as many places to fail"


def _state(store: Store, old: tuple[Any, ...], new: tuple[Any, ...]) -> str:
    found = fingerprint(store)
    assert found in (old, (*new[:-1], found[-1])), "between old and new"
    return "old" if found == old else "new"


KILLED = """
    import os, signal, sys, threading
    import pyarrow as pa
    from finopsnb.store import Batch, Store
    from tests.store.costs import row, table

    store = Store.open(sys.argv[1])
    run_id = store.start_run("files", "telemetry", "collect", source="exports")
    big = pa.concat_tables([table([row(str(n)) for n in range(500)])] * 40)
    def batches():
        yield Batch(big, "a.csv")
        print("half", flush=True)
        yield Batch(big, "b.csv")
    if float(sys.argv[2]) == 0:
        for _ in batches():
            os.kill(os.getpid(), signal.SIGKILL)
    threading.Timer(float(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    while True:
        store.ingest(run_id, batches(), plugin="files", source="exports")
        run_id = store.start_run("files", "telemetry", "collect", source="exports")
"""


@pytest.mark.parametrize("seconds", [0, 0.35, 0.8])
def test_a_killed_process_leaves_whole_runs_only(path: Path, seconds: float) -> None:
    with Store.open(path) as store:
        collect(store, OLD)
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(path), str(seconds)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), os.getcwd()])},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    with Store.open(path) as store:
        done = [one for one in runs(store) if one["status"] == "succeeded"]
        assert len(costs(store)) == (done[-1]["rows_stored"] if len(done) > 1 else 1)
        between = bool(seconds) and runs(store)[-1]["status"] == "succeeded"  # killed when a run had ended and none had begun
        assert store.interrupted == ([] if between else [runs(store)[-1]["run_id"]])
        assert {one["run_id"]: one["status"] for one in runs(store) if one not in done} == dict.fromkeys(store.interrupted, "interrupted")
        assert collect(store, NEW).rows_stored == 2
        assert [cost for cost, _ in costs(store)] == [2, 4]
    with Store.open(path) as store:
        assert store.interrupted == []


ENDLESS = "select sum(a.range * b.range) from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 3"


@pytest.mark.parametrize("statement", [ENDLESS, ENDLESS.replace("sum(a.range * b.range)", "a.range").replace("= 3", "= 9")])
def test_ctrl_c_stops_a_query_at_once(store: Store, statement: str) -> None:
    import polars  # noqa: F401  it puts a signal handler of its own in front

    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        store.query(statement, limit=10)
    assert time.monotonic() - start < 3
    assert store.query("select 1 as one").to_pylist() == [{"one": 1}]


def test_another_thread_can_stop_what_runs(store: Store) -> None:
    threading.Timer(0.3, store.interrupt).start()
    with pytest.raises(StoreError, match="interrupted"):
        store.query(ENDLESS)
    assert collect(store, OLD).rows_stored == 1


@pytest.mark.parametrize("room", ["none", "for the log"])
def test_a_full_disk_leaves_old_or_new_and_the_next_try_works(store: Store, room: str) -> None:
    collect(store, OLD)
    before = fingerprint(store)
    run_id = store.start_run("files", "telemetry", "collect")
    told = ""
    with _room(0 if room == "none" else Path(store.path).stat().st_size + 4096):
        try:
            store.ingest(run_id, [Batch(_big(), "a.csv")], plugin="files", source="exports")
        except StoreError as error:
            told = str(error)
    stored = runs(store)[-1]["status"] == "succeeded"
    assert (fingerprint(store) == before) != stored
    assert stored or ("no room" in told and "MB are free" in told)
    assert collect(store, NEW).rows_stored == 2
    assert [cost for cost, _ in costs(store)] == [2, 4]
    assert store.execute(store.table("costs").count().as_table()).to_pylist() == [{"CountStar(costs)": 2}]


def _big() -> pa.Table:
    rows = [row(str(n), ResourceId=f"{n * 7919:x}" * 9, Id=str(n)) for n in range(3000)]
    return pa.concat_tables([table(rows)] * 9)


@contextlib.contextmanager
def _room(size: int) -> Iterator[None]:
    """No file may grow beyond that size, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
