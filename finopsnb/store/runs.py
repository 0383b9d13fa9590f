# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""The run log: a row is written when a run starts and completed when it ends, whatever happens in between.

    running ──▶ succeeded | failed | cancelled        ──▶ forgotten
       └──────▶ interrupted   (found running when the file is next opened)

Runs are ordered by run_id, from a sequence; clocks only label them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from finopsnb.errors import StoreError, UnknownRun
from finopsnb.store import receiving
from finopsnb.store.migrations import made_by
from finopsnb.store.sql import one, quote, run, storable

__all__ = [
    "Stopwatch",
    "as_json",
    "collected_by",
    "finish",
    "forget",
    "mark_interrupted",
    "require",
    "require_running",
    "start",
    "utc_now",
]

#: what a run made; what it sent has been sent, so notifications and syncs tell of it like the run's own row
_MADE = {
    "cost_rows": "_run_id = ?",
    "allocations": "run_id = ?",
    "recommendations": "run_id = ? and (decided_at is null or status = 'open')",
    "violations": "run_id = ?",
}
_NOTICED = {
    "quarantine": "run_id = ?",
    "findings": "run_id = ?",
    "run_totals": "run_id = ? and outcome <> 'read'",
}


def utc_now() -> datetime:
    """The clock of a store that was given none."""
    return datetime.now(UTC)


def as_json(value: Any) -> str:
    """JSON text, the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False)


@dataclass
class Stopwatch:
    """How long the runs of this process take, by a clock that never goes back."""

    ticks: Any = time.monotonic
    started: dict[int, float] = field(default_factory=dict)

    def start(self, run_id: int) -> None:
        self.started[run_id] = self.ticks()

    def seconds(self, run_id: int) -> float | None:
        """Seconds since the start; None for a run that another process started."""
        begun = self.started.get(run_id)
        return None if begun is None else max(0.0, self.ticks() - begun)


def start(cursor: Any, values: Mapping[str, Any], now: datetime) -> int:
    """Write the row of a run that begins, and its number."""
    (run_id,) = one(cursor, "select nextval('run_ids')")
    row = {"run_id": run_id, **values, "status": "running", "started_at": now, "finopsnb_version": made_by()}
    columns, places = ", ".join(map(quote, row)), ", ".join("?" * len(row))
    run(cursor, f"insert into runs ({columns}) values ({places})", [_storable(value) for value in row.values()])
    return int(run_id)


def finish(cursor: Any, run_id: int, status: str, now: datetime, seconds: float | None, **values: Any) -> None:
    """Complete the row of a run that is under way; other runs are left as they are.

    Raises UnknownRun, or StoreError for a run that has ended already.
    """
    require_running(cursor, run_id)
    changes = ", ".join(f"{quote(name)} = ?" for name in values)
    run(
        cursor,
        "update runs set status = ?, finished_at = greatest(started_at, ?), "
        "seconds = coalesce(?, greatest(0, epoch(?) - epoch(started_at)))"
        f"{', ' if changes else ''}{changes} where run_id = ?",
        [status, now, seconds, now, *map(_storable, values.values()), run_id],
    )


def require(cursor: Any, run_id: int) -> tuple[str, str]:
    """The plugin and the status of a run; UnknownRun where there is none."""
    found = run(cursor, "select plugin, status from runs where run_id = ?", [run_id]).fetchall()
    if not found:
        newest = one(cursor, "select max(run_id) from runs")[0]
        why = f"The runs are 1 to {newest}." if newest else "There are no runs yet."
        raise UnknownRun(f"There is no run {run_id}.", why=why, hint="session.runs()")
    return found[0][0], found[0][1]


def collected_by(cursor: Any, run_id: int) -> tuple[str, str]:
    """The plugin of a run, and the source that it collected."""
    plugin, source = one(cursor, "select plugin, coalesce(source, '') from runs where run_id = ?", [run_id])
    return plugin, source


def mark_interrupted(cursor: Any) -> list[int]:
    """Runs that were under way when their process ended, now marked so."""
    found = run(cursor, "select run_id from runs where status = 'running' order by run_id").fetchall()
    if found:
        run(cursor, "update runs set status = 'interrupted' where status = 'running'")
    return [run_id for (run_id,) in found]


def forget(cursor: Any, run_id: int) -> int:
    """Remove what a run stored, quarantined and found; the number of rows that it had stored.

    Its row stays, and which parts it read: what earlier runs had of them was replaced, and does not come back. Nor does what
    earlier runs knew of the violations and recommendations that it found last: one that is found again is new. What people
    decided of a recommendation stays, with the recommendation.
    """
    _, status = require(cursor, run_id)
    if status == "running":
        raise StoreError(f"Run {run_id} is under way.", hint="wait for it to end, or cancel it")
    removed = sum(_emptied(cursor, table, mine, run_id) for table, mine in _MADE.items()) + receiving.forget(cursor, run_id)
    for table, mine in _NOTICED.items():
        _emptied(cursor, table, mine, run_id)
    run(cursor, "delete from tag_sets where tag_id not in (select _tag_id from cost_rows where _tag_id is not null)")
    run(cursor, "update runs set status = 'forgotten' where run_id = ?", [run_id])
    return removed


def _emptied(cursor: Any, table: str, mine: str, run_id: int) -> int:
    return int(one(cursor, f"delete from {table} where {mine}", [run_id])[0])


def require_running(cursor: Any, run_id: int) -> None:
    """UnknownRun where there is none, StoreError where it has ended."""
    _, status = require(cursor, run_id)
    if status != "running":
        raise StoreError(f"Run {run_id} has ended already: {status}.", hint="start a new run with start_run()")


def _storable(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value
