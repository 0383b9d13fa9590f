"""Costs into the store: stage, check, and replace in one transaction.

    batches ──▶ _stage ──▶ refused, duplicates out ──▶ focus.check ──▶ ┌ one transaction ──────────────┐ ──▶ checkpoint
                                                                       │ delete scope, tag sets, rows, │
                                                                       │ quarantine, findings, the run │
                                                                       └───────────────────────────────┘

Whatever fails, the store is as before or as after. rows in = stored + quarantined + duplicates.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from finopsnb import focus
from finopsnb.amounts import plain
from finopsnb.errors import StoreError
from finopsnb.store import refusing, replacing, runs, state, totalling
from finopsnb.store.database import Database
from finopsnb.store.opening import private_files
from finopsnb.store.replacing import Replaced
from finopsnb.store.sql import engine_errors, one, run, storable, transaction
from finopsnb.store.staging import Batch, Stage

__all__ = ["Ingested", "checkpoint", "ingest"]

_DOING = "storing the costs"


@dataclass(frozen=True)
class Ingested:
    """What became of the rows of a source.

    ``periods`` are the billing periods by their first day, ``totals`` the BilledCost stored by BillingCurrency,
    ``replaced`` what was there before.
    """

    rows_in: int
    rows_stored: int
    rows_quarantined: int
    rows_duplicate: int
    findings: list[focus.Finding]
    periods: list[str]
    totals: dict[str, Decimal]
    replaced: Replaced


@dataclass
class _Ingest:
    """One ingest on its own cursor, step by step."""

    database: Database
    cursor: Any
    run_id: int
    plugin: str
    source: str
    clock: Callable[[], datetime]
    noticed: Callable[[], Iterable[focus.Finding]] = list
    remembered: Callable[[], Mapping[str, Any]] = dict
    whole_periods: bool = True

    done: Ingested | None = None

    def __post_init__(self) -> None:
        with engine_errors(self.database.path, _DOING):
            self.stage = Stage(self.cursor, self.database.path)

    def prepare(self, row_key: Sequence[str]) -> int:
        """Everything that needs no transaction; how many duplicates there were."""
        totalling.open_books(self.cursor)
        refusing.refuse_unreadable(self.stage)
        refusing.refuse_future(self.stage, self._now())
        duplicates = refusing.drop_duplicates(self.stage, row_key)
        found = [*self.stage.findings, *refusing.refused_findings(self.stage), *self._checked(), *self.noticed()]
        self.findings = focus.merge(found)
        return duplicates

    def _now(self) -> datetime:
        """By the clock; one that jumped back is held against the runs so far."""
        newest = one(self.cursor, "select max(epoch(started_at)) from runs")[0]
        now = self.clock()
        return now if newest is None else max(now, datetime.fromtimestamp(newest, tz=now.tzinfo))

    def _checked(self) -> list[focus.Finding]:
        if not self.stage.columns:
            return []
        # files of several versions are held against the oldest: a newer column is rightly null in the older files
        version = min(plan.version for plan in self.stage.plans)
        return focus.check(self.stage.table(), self.stage.execute, version=version)

    def store(self, duplicates: int) -> Ingested:
        """The transaction."""
        with self.database.writing, private_files(), transaction(self.cursor):
            widened = replacing.make_room(self.cursor, self.stage)
            near = replacing.overlaps(self.cursor, self.stage, self.plugin, self.source)
            self.findings = focus.merge([*self.findings, *widened, *near])
            replaced = replacing.delete_scope(self.cursor, self.stage, self.plugin, self.source, self.whole_periods)
            totalling.note(self.stage, "stored")
            stored = replacing.insert_costs(self.cursor, self.stage, self.run_id, self.plugin, self.source)
            if not self.whole_periods:
                totalling.note_kept(self.cursor, self.run_id, self.plugin, self.source)
                totalling.note_read(self.cursor)
            quarantined = replacing.insert_quarantine(self.cursor, self.run_id, self.plugin, self.source)
            self.done = self._outcome(stored, quarantined, duplicates, replaced)
            self._record(self.done)
        return self.done

    def _outcome(self, stored: int, quarantined: int, duplicates: int, replaced: Replaced) -> Ingested:
        rows = self.stage.rows
        if rows != stored + quarantined + duplicates:
            raise StoreError(
                f"{rows} rows came, and {stored} stored + {quarantined} quarantined + {duplicates} duplicates do not add up.",
                why="This is a fault of finopsnb. Nothing was stored.",
            )
        _, totals = totalling.by_currency(self.cursor, "stored")
        periods = replacing.periods(self.cursor)
        return Ingested(rows, stored, quarantined, duplicates, self.findings, periods, totals, replaced)

    def _record(self, done: Ingested) -> None:
        replacing.insert_findings(self.cursor, self.run_id, done.findings)
        totalling.write(self.cursor, self.run_id)
        state.set_collected(self.cursor, self.plugin, self.remembered(), self.clock())
        runs.finish(
            self.cursor,
            self.run_id,
            "succeeded",
            self.clock(),
            self.database.stopwatch.seconds(self.run_id),
            rows_in=done.rows_in,
            rows_stored=done.rows_stored,
            rows_quarantined=done.rows_quarantined,
            rows_duplicate=done.rows_duplicate,
            rows_replaced=done.replaced.rows,
            billed=_as_text(done.totals),
            billed_before=_as_text(done.replaced.totals),
            periods=runs.as_json(done.periods),
        )


def ingest(
    database: Database,
    run_id: int,
    batches: Iterable[Batch],
    *,
    plugin: str,
    source: str,
    clock: Callable[[], datetime],
    row_key: Sequence[str] = (),
    on_progress: Callable[[int], None] | None = None,
    noticed: Callable[[], Iterable[focus.Finding]] = list,
    remembered: Callable[[], Mapping[str, Any]] = dict,
    whole_periods: bool = True,
) -> Ingested:
    """Store all batches as the costs of that plugin and source, in place of what they restate.

    What the iteration over ``batches`` raises passes through as it is. Raises StoreError when the engine fails.
    """
    _require_running(database, run_id)
    with database.cursor() as cursor:
        work = _Ingest(database, cursor, run_id, plugin, storable(source) or "", clock, noticed, remembered, whole_periods)
        work.stage.fill(batches, on_progress)
        done = _stored(work, row_key)
    checkpoint(database)
    return done


def _stored(work: _Ingest, row_key: Sequence[str]) -> Ingested:
    try:
        with engine_errors(work.database.path, _DOING):
            return work.store(work.prepare(row_key))
    except StoreError:
        if work.done is None or not _is_committed(work.database, work.run_id):
            raise
        return work.done


def _is_committed(database: Database, run_id: int) -> bool:
    """A commit may be in the log, and fail as the disk fills up when DuckDB brings it into the file."""
    with contextlib.suppress(StoreError), database.probing() as cursor, engine_errors(database.path, _DOING):
        return runs.require(cursor, run_id)[1] == "succeeded"
    return False


def _require_running(database: Database, run_id: int) -> None:
    with database.cursor() as cursor, engine_errors(database.path, _DOING):
        runs.require_running(cursor, run_id)


def checkpoint(database: Database) -> None:
    """Bring the log into the file, so that opening it never has to replay a long one."""
    import duckdb

    # what is committed is safe in the log: a reader that is under way, or a full disk, only puts this off
    with contextlib.suppress(duckdb.Error), database.cursor() as cursor, private_files():
        run(cursor, "checkpoint")


def _as_text(totals: dict[str, Decimal]) -> str:
    """Exact decimals as JSON text.

    >>> _as_text({"USD": Decimal("18.006638618400000000")})
    '{"USD": "18.0066386184"}'
    """
    return runs.as_json({currency: plain(total) for currency, total in totals.items()})
