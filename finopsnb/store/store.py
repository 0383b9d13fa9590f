"""Store, the one door to a DuckDB file."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.errors import StoreClosed, StoreError, UnknownTable, nearest
from finopsnb.store import (
    comparing,
    delivering,
    opening,
    reading,
    receiving,
    recommending,
    replacing,
    runs,
    schema,
    settling,
    state,
    totalling,
    violating,
    writing,
)
from finopsnb.store import ingest as ingesting
from finopsnb.store import query as querying
from finopsnb.store.sql import Params, engine_errors, transaction, undisturbed

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from finopsnb.focus import Finding
    from finopsnb.store.database import Database
    from finopsnb.store.delivering import Outcome
    from finopsnb.store.ingest import Ingested
    from finopsnb.store.receiving import Brought
    from finopsnb.store.recommending import Recommended
    from finopsnb.store.settling import Decided
    from finopsnb.store.staging import Batch
    from finopsnb.store.violating import Evaluated

__all__ = ["Store"]


class Store:
    """One DuckDB file, or ``:memory:``; made by :meth:`open`. Threads may share it: every call has a cursor of its own.

    >>> with Store.open(":memory:") as store:
    ...     store.query("select 1 + 1 as two").to_pylist()
    [{'two': 2}]
    """

    def __init__(self, database: Database, *, read_only: bool, clock: Callable[[], datetime]) -> None:
        self._database, self.read_only, self._clock = database, read_only, clock
        self._closed = False

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        read_only: bool = False,
        wait_seconds: float = 5.0,
        clock: Callable[[], datetime] = runs.utc_now,
    ) -> Store:
        """Open a file, made and migrated as needed; ``read_only`` takes a snapshot copy where another process holds it.

        A file that is a DuckDB database of somebody else gets our tables beside its own, if no name is taken.
        ``clock`` gives aware times.
        Raises StoreLocked after ``wait_seconds``, StoreTooNew, StoreDamaged; the file is then as it was.
        """
        database = opening.open_database(path, read_only=read_only, wait_seconds=wait_seconds)
        return cls(database, read_only=read_only or database.read_only, clock=clock)

    @property
    def path(self) -> str:
        """The absolute path of the file, or ``:memory:``."""
        return self._database.path

    @property
    def interrupted(self) -> list[int]:
        """The runs that were found under way when the file was opened; they are marked interrupted."""
        return list(self._database.interrupted)

    @property
    def closed(self) -> bool:
        return self._closed or self._database.closed

    def close(self) -> None:
        """Give the file back; again and again if need be."""
        if not self._closed:
            self._closed = True
            self._database.release()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "read-only" if self.read_only else "open"
        return f"<Store {self.path} {state}>"

    def interrupt(self, thread: int | None = None) -> None:
        """Stop the statements that run now, from another thread; with ``thread`` (its ident) only those of that one."""
        self._database.interrupt(thread)

    # ---- reading

    def execute(self, statement: ibis.Expr | str, params: Params = ()) -> pa.Table:
        """The result of our own SQL, or of an Ibis expression over the tables."""
        with self._cursor("reading") as cursor:
            return reading.execute(self._database, cursor, statement, params)

    def query(self, sql: str, params: Params = (), limit: int | None = None) -> pa.Table:
        """The result of the user's SQL, one statement that reads; QueryRefused for others, and for errors in it."""
        with self._cursor("reading") as cursor:
            return querying.query(cursor, sql, params, limit)

    def table(self, name: str) -> ibis.Table:
        """A table as an Ibis expression. Raises UnknownTable."""
        with self._cursor("reading") as cursor:
            found = reading.table(self._database, cursor, name)
        if found is None:
            self._require_table(name)
        return found

    def tables(self) -> pa.Table:
        """name, rows, columns and description of every table."""
        with self._cursor("reading") as cursor:
            return reading.tables(cursor)

    def schema(self, name: str) -> dict[str, str]:
        """The columns of a table with their DuckDB types. Raises UnknownTable."""
        self._require_table(name)
        with self._cursor("reading") as cursor:
            return schema.held(cursor, name)

    def accounted(self, plugin: str, source: str, whole_periods: bool = True) -> pa.Table:
        """What became of the money of a source, by outcome (stored, quarantined, duplicate), account, period and currency."""
        with self._cursor("reading") as cursor:
            return totalling.accounted(cursor, plugin, source, whole_periods)

    def differing(self, batches: Iterable[Batch], *, plugin: str, source: str, row_key: Sequence[str] = (), limit: int = 1000) -> pa.Table:
        """The rows in which these batches and what is stored of that plugin and source differ; nothing is changed."""
        if self._closed:
            raise StoreClosed(f"The store {self.path} is closed.", hint=f"finopsnb.open({self.path!r})")
        return comparing.differing(self._database, batches, plugin=plugin, source=source, row_key=row_key, clock=self._clock, limit=limit)

    # ---- runs

    def start_run(
        self,
        plugin: str,
        plugin_type: str,
        verb: str,
        version: str = "",
        origin: str = "",
        sha256: str = "",
        config: Mapping[str, Any] | None = None,
        source: str = "",
    ) -> int:
        """Write the row of a run that begins, at once; its number. ``config`` is stored as it is: mask it first."""
        values = {"plugin": plugin, "plugin_type": plugin_type, "verb": verb, "version": version, "origin": origin}
        values |= {"sha256": sha256, "source": source, "config": runs.as_json(dict(config or {}))}
        with self._changing("starting a run") as cursor:
            run_id = runs.start(cursor, values, self._clock())
        self._database.stopwatch.start(run_id)
        return run_id

    def finish_run(self, run_id: int, status: str = "succeeded", noticed: Sequence[Finding] = (), **values: Any) -> None:
        """End a run that stores nothing but what was ``noticed``; ``values`` are columns of its row, as rows_in."""
        with self._changing("ending a run") as cursor:
            replacing.insert_findings(cursor, run_id, noticed)
            runs.finish(cursor, run_id, status, self._clock(), self._database.stopwatch.seconds(run_id), **values)

    def fail_run(self, run_id: int, status: str = "failed", error: str = "") -> None:
        """End a run as ``failed`` or ``cancelled``, with what happened; mask secrets first.

        A run that has ended stays as it is, so that what is told is why, and not that it was told twice.
        """
        with self._changing("ending a run") as cursor:
            if runs.require(cursor, run_id)[1] == "running":
                seconds = self._database.stopwatch.seconds(run_id)
                runs.finish(cursor, run_id, status, self._clock(), seconds, error=error)

    def forget(self, run_id: int) -> int:
        """Remove what a run stored, its quarantine and findings, not its row; how many rows it had stored. Raises UnknownRun.

        What it stored are costs, allocations, a table that it received, or the violations and recommendations that it found last; of
        the latter those stay that people have decided on.
        """
        with self._changing("forgetting a run") as cursor:
            removed = runs.forget(cursor, run_id)
            state.outdate_collected(cursor, *runs.collected_by(cursor, run_id))
        ingesting.checkpoint(self._database)
        return removed

    # ---- writing

    def ingest(
        self,
        run_id: int,
        batches: Iterable[Batch],
        *,
        plugin: str,
        source: str,
        row_key: Sequence[str] = (),
        on_progress: Callable[[int], None] | None = None,
        noticed: Callable[[], Iterable[Finding]] = list,
        remembered: Callable[[], Mapping[str, Any]] = dict,
        whole_periods: bool = True,
    ) -> Ingested:
        """Store costs in place of the plugin's for the same source, billing periods and accounts, or the same parts.

        ``row_key`` names the columns that identify a row; ``on_progress`` is told the number of rows taken in
        so far. When the batches are through, ``noticed`` gives further findings, and ``remembered`` the state of
        the plugin that is written with the rows, or not at all. Without ``whole_periods`` only the parts that came
        are replaced, and the rest of their billing periods stays. When it raises, nothing
        was stored and the run is still under way: say ``fail_run``.
        """
        self._require_writable()
        return ingesting.ingest(
            self._database,
            run_id,
            batches,
            plugin=plugin,
            source=source,
            clock=self._clock,
            row_key=row_key,
            on_progress=on_progress,
            noticed=noticed,
            remembered=remembered,
            whole_periods=whole_periods,
        )

    def write(
        self, run_id: int, table: str, data: pa.Table, *, scope: Mapping[str, Any] | None = None, noticed: Sequence[Finding] = ()
    ) -> int:
        """Store the rows of a run in place of those of its plugin that are in ``scope``, and what it noticed, and end the run; how many.

        Without a scope all rows of the plugin are replaced; notifications and syncs are logs, to which is added. Raises
        UnknownTable, and StoreError for a column that the table does not have.
        """
        with self._changing(f"writing {table}") as cursor:
            plugin, _ = runs.require(cursor, run_id)
            stored, replaced = writing.replace(cursor, run_id, plugin, table, data, scope)
            replacing.insert_findings(cursor, run_id, noticed)
            counts = {"rows_in": data.num_rows, "rows_stored": stored, "rows_replaced": replaced}
            seconds = self._database.stopwatch.seconds(run_id)
            runs.finish(cursor, run_id, "succeeded", self._clock(), seconds, rows_quarantined=0, rows_duplicate=0, **counts)
        ingesting.checkpoint(self._database)
        return stored

    def keep_received(
        self,
        run_id: int,
        brought: Sequence[Brought],
        log: pa.Table,
        settled: Sequence[Decided] = (),
        remembered: Mapping[str, Any] | None = None,
        noticed: Sequence[Finding] = (),
    ) -> int:
        """Put tables that came in place of those that the plugin brought before, and end the run; how many rows they have.

        With them go the rows of ``syncs``, what was noticed, what was decided of findings, and the state of the plugin that is about
        both. See :mod:`finopsnb.store.receiving`. Raises StoreError for a name that is taken; nothing was stored then.
        """
        with self._changing("storing what came") as cursor:
            plugin, _ = runs.require(cursor, run_id)
            for one in brought:
                receiving.keep(cursor, run_id, plugin, one, self._clock())
            settling.settle(cursor, settled, self._clock())
            state.set_collected(cursor, plugin, remembered or {}, self._clock())
            writing.replace(cursor, run_id, plugin, "syncs", log, None)
            replacing.insert_findings(cursor, run_id, noticed)
            rows: int = sum(one.rows.num_rows for one in brought)
            seconds = self._database.stopwatch.seconds(run_id)
            counts = {"rows_in": rows, "rows_stored": rows, "rows_quarantined": 0, "rows_duplicate": 0}
            runs.finish(cursor, run_id, "succeeded", self._clock(), seconds, **counts)
        ingesting.checkpoint(self._database)
        return rows

    def keep_violations(self, run_id: int, data: pa.Table, noticed: Sequence[Finding] = ()) -> Evaluated:
        """Store what a policy plugin found, and what it noticed, and end the run; what changed against its last evaluation.

        Rows need a ``violation_id``; see :mod:`finopsnb.store.violating` for first_seen, last_seen and status. Raises
        StoreError for a column that the table does not have.
        """
        with self._changing("writing violations") as cursor:
            plugin, _ = runs.require(cursor, run_id)
            evaluated = violating.keep(cursor, run_id, plugin, writing.matched("violations", data.schema.names), data, self._clock())
            replacing.insert_findings(cursor, run_id, noticed)
            counts = {"rows_in": data.num_rows, "rows_stored": evaluated.open, "rows_replaced": evaluated.resolved}
            seconds = self._database.stopwatch.seconds(run_id)
            runs.finish(cursor, run_id, "succeeded", self._clock(), seconds, rows_quarantined=0, rows_duplicate=0, **counts)
        ingesting.checkpoint(self._database)
        return evaluated

    def keep_recommendations(self, run_id: int, data: pa.Table, noticed: Sequence[Finding] = ()) -> Recommended:
        """Store what a recommendation plugin found, and what it noticed, and end the run; what changed against its last run.

        Rows need a ``recommendation_id``; see :mod:`finopsnb.store.recommending` for status and created_at. Raises StoreError for
        a column that the table does not have.
        """
        with self._changing("writing recommendations") as cursor:
            plugin, _ = runs.require(cursor, run_id)
            kept = recommending.keep(cursor, run_id, plugin, writing.matched("recommendations", data.schema.names), data, self._clock())
            replacing.insert_findings(cursor, run_id, noticed)
            counts = {"rows_in": data.num_rows, "rows_stored": kept.found, "rows_replaced": kept.resolved}
            seconds = self._database.stopwatch.seconds(run_id)
            runs.finish(cursor, run_id, "succeeded", self._clock(), seconds, rows_quarantined=0, rows_duplicate=0, **counts)
        ingesting.checkpoint(self._database)
        return kept

    def decide(self, ids: Sequence[str], status: str, reason: str | None = None, implemented_at: datetime | None = None) -> int:
        """Write what people decided of these recommendations (accepted, dismissed, implemented), or that they are open; how many."""
        with self._changing("deciding on recommendations") as cursor:
            return recommending.decide(cursor, ids, status, reason, self._clock(), implemented_at)

    def keep_budgets(self, budgets: pa.Table) -> None:
        """Keep these budgets in place of all that there are."""
        with self._changing("keeping budgets") as cursor:
            writing.keep_budgets(cursor, budgets)

    def keep_rates(self, rates: pa.Table) -> None:
        """Keep exchange rates (date, from_currency, to_currency, rate) in place of those to the same currencies."""
        with self._changing("keeping exchange rates") as cursor:
            writing.keep_rates(cursor, rates)

    # ---- the outbox: see finopsnb.store.delivering

    def now(self) -> datetime:
        """The time by the clock of this store."""
        return self._clock()

    def queue_messages(self, messages: Sequence[Mapping[str, Any]], window: timedelta) -> list[int]:
        """Write messages to be sent, but for findings that were written within the ``window``; the numbers of those written."""
        with self._changing("writing messages") as cursor:
            now = self._clock()
            return undisturbed(cursor, lambda: delivering.queue(cursor, messages, window, now))

    def claim_message(self, plugin: str, *, hurry: bool = False, only: Collection[int] = ()) -> list[dict[str, Any]]:
        """The rows of the next message of a plugin that is due, marked as being sent; empty where there is none."""
        with self._changing("claiming a message") as cursor:
            return delivering.claim(cursor, plugin, self._clock(), hurry=hurry, only=only)

    def settle_message(self, plugin: str, sent_as: str, outcome: Outcome, told: Mapping[str, Any]) -> None:
        """Write how an attempt to send a message ended."""
        with self._changing("settling a message") as cursor:
            delivering.settle(cursor, plugin, sent_as, outcome, told, self._clock())

    def next_message(self, plugin: str, *, hurry: bool = False) -> tuple[datetime | None, datetime | None]:
        """When the next message of a plugin is due, and when its last one was tried."""
        with self._cursor("reading the outbox") as cursor:
            return delivering.next_due(cursor, plugin, self._clock(), hurry=hurry)

    def recover_messages(self, plugin: str, under_way: Collection[str], *, knows: bool, again: bool, keep: timedelta) -> int:
        """Take up what another process was sending when it ended, and forget what was settled longer ago than ``keep``; how many."""
        with self._changing("taking up messages") as cursor:
            now = self._clock()
            delivering.outdate(cursor, now - keep)
            return delivering.recover(cursor, plugin, under_way, knows=knows, again=again, now=now)

    def change_messages(self, ids: Sequence[int], status: str, error: str = "") -> int:
        """Send these messages again (pending) or never (given_up). Raises StoreError for those that were sent."""
        with self._changing("changing messages") as cursor:
            return delivering.change(cursor, ids, status, error, self._clock())

    # ---- state

    def get_state(self, plugin: str, key: str) -> Any:
        """What the plugin remembers under that key, or None."""
        with self._cursor("reading state") as cursor:
            return state.get_state(cursor, plugin, key)

    def set_state(self, plugin: str, key: str, value: Any) -> None:
        """Remember a JSON-able value."""
        with self._changing("writing state") as cursor:
            state.set_state(cursor, plugin, key, value, self._clock())

    def delete_state(self, plugin: str, key: str) -> None:
        """Forget the value."""
        with self._changing("writing state") as cursor:
            state.delete_state(cursor, plugin, key)

    # ---- within

    @contextmanager
    def _cursor(self, doing: str) -> Iterator[Any]:
        if self._closed:
            raise StoreClosed(f"The store {self.path} is closed.", hint=f"finopsnb.open({self.path!r})")
        with self._database.cursor() as cursor, engine_errors(self.path, doing):
            yield cursor

    @contextmanager
    def _changing(self, doing: str) -> Iterator[Any]:
        self._require_writable()
        with self._cursor(doing) as cursor, self._database.writing, opening.private_files(), transaction(cursor):
            yield cursor

    def _require_writable(self) -> None:
        if self._closed:
            raise StoreClosed(f"The store {self.path} is closed.", hint=f"finopsnb.open({self.path!r})")
        if self.read_only:
            raise StoreError(f"{self.path} is open read-only.", hint=f"finopsnb.open({self.path!r})")

    def _require_table(self, name: str) -> None:
        names = reading.names(self)
        if name not in names:
            near = nearest(name, names)
            hint = f"session.table({near!r})" if near else "session.tables()"
            raise UnknownTable(f"There is no table {name}.", why=f"The tables are {', '.join(names)}.", hint=hint)
