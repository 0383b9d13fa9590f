"""What a run found is told to listeners after it is stored. A process that ends in between owes it, and a later one tells it.

owe ──▶ rows stored ──▶ listeners told ──▶ paid
          └──── the process ends ────▶ owed: told again to each notification plugin that is loaded within a day
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.errors import UnknownRun
from finopsnb.plugins.hooks import HookBus
from finopsnb.verbs import readings
from finopsnb.verbs.shapes import SHAPES

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["owe", "paid", "tell_again"]

_OWNER, _KEY = "finopsnb", "owed"
#: as long as a channel remembers, unless its settings say otherwise: what is told twice within is sent once
_WHILE = timedelta(hours=24)


def owe(store: Store, run_id: int, event: str) -> None:
    """Before the rows of a run are stored: ``event`` will have to be told of it."""
    _keep(store, {**_owed(store), str(run_id): event})


def paid(store: Store, run_id: int) -> None:
    """It was told."""
    _keep(store, {key: event for key, event in _owed(store).items() if key != str(run_id)})


def tell_again(store: Store, hooks: HookBus) -> None:
    """Tell what is owed of runs that stored their rows; what failed, was forgotten or is older than a day is owed no more."""
    for run, event in _missed(store):
        rows = _open_rows(store, run)
        if rows.num_rows:
            hooks.trigger(event, plugin=run["plugin"], run_id=run["run_id"], rows=rows.num_rows, table=rows)


def _missed(store: Store) -> Iterator[tuple[dict[str, Any], str]]:
    for key, event in _owed(store).items():
        run = _run(store, int(key))
        if run.get("status") == "running":
            continue
        if run.get("status") == "succeeded" and datetime.now(UTC) - run["finished_at"] < _WHILE:
            yield run, event
        else:
            paid(store, int(key))


def _run(store: Store, run_id: int) -> dict[str, Any]:
    try:
        return readings.run(store, run_id)
    except UnknownRun:
        return {}


def _open_rows(store: Store, run: dict[str, Any]) -> pa.Table:
    import pyarrow.compute as pc

    rows = readings.rows_of(store, SHAPES[run["plugin_type"]].table, run["run_id"])
    return rows.filter(pc.equal(rows["status"], "open"))


def _owed(store: Store) -> dict[str, str]:
    return dict(store.get_state(_OWNER, _KEY) or {})


def _keep(store: Store, owed: dict[str, str]) -> None:
    store.set_state(_OWNER, _KEY, owed)
