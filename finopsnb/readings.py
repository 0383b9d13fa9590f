"""The questions that a session asks of its store, as Ibis expressions: runs, findings, quarantine, and a run's rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finopsnb.errors import UnknownRun

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["costs_of", "findings", "last_run", "quarantine", "result_columns", "rows_of", "run", "runs"]


def runs(store: Store) -> pa.Table:
    """Every run, the newest last."""
    return store.execute(store.table("runs").order_by("run_id"))


def run(store: Store, run_id: int) -> dict[str, Any]:
    """One run as a dict; raises UnknownRun."""
    table = store.table("runs")
    rows = store.execute(table.filter(table.run_id == run_id)).to_pylist()
    if not rows:
        raise UnknownRun(f"There is no run {run_id}.", hint="session.runs()")
    return dict(rows[0])


def last_run(store: Store) -> dict[str, Any] | None:
    """The newest run as a dict, or None."""
    import ibis

    rows = store.execute(store.table("runs").order_by(ibis.desc("run_id")).limit(1)).to_pylist()
    return dict(rows[0]) if rows else None


def findings(store: Store, run_id: int | None) -> pa.Table:
    """The findings of a run, or of the newest successful collection of every plugin and source; the gravest first."""
    table = store.table("findings")
    chosen = table.filter(table.run_id.isin(_chosen(store, run_id)))
    gravity = chosen.severity.cases(("error", 0), ("warning", 1), else_=2)
    return store.execute(chosen.order_by([gravity, chosen.run_id, chosen.rule, chosen.column]))


def quarantine(store: Store, run_id: int | None) -> pa.Table:
    """The quarantined rows of a run, or of the newest successful collection of every plugin and source."""
    table = store.table("quarantine")
    chosen = table.filter(table.run_id.isin(_chosen(store, run_id)))
    return store.execute(chosen.order_by(["run_id", "part", "line"]))


def costs_of(store: Store, run_ids: Sequence[int], limit: int | None = None) -> pa.Table:
    """The cost rows that these runs stored.

    The columns are those that FOCUS makes mandatory and those that hold a value: of the others of the specification
    there would be dozens without any.
    """
    table = store.table("costs")
    chosen = table.filter(table["_run_id"].isin(list(run_ids)))
    rows = store.execute(chosen if limit is None else chosen.limit(limit))
    return rows.select([name for name in rows.column_names if _is_telling(rows, name)])


def rows_of(store: Store, name: str, run_id: int) -> pa.Table:
    """What a run wrote into the table of its type."""
    table = store.table(name)
    return store.execute(table.filter(table.run_id == run_id))


def result_columns(store: Store, name: str) -> list[str]:
    """The columns of a table that a plugin fills; the store fills in the run and the plugin."""
    return [column for column in store.schema(name) if column not in ("run_id", "plugin")]


def _is_telling(rows: pa.Table, name: str) -> bool:
    from finopsnb.focus import COLUMNS

    known = COLUMNS.get(name)
    mandatory = known is not None and known.feature_level == "Mandatory"
    return mandatory or name == "_run_id" or rows.column(name).null_count < len(rows)


def _chosen(store: Store, run_id: int | None) -> list[int] | ir.Column:
    """The run that was asked for, which must exist, or the newest that succeeded of each plugin and source."""
    if run_id is not None:
        return [run(store, run_id)["run_id"]]
    table = store.table("runs")
    collected = table.filter((table.verb == "collect") & (table.status == "succeeded"))
    newest = collected.group_by(["plugin", "source"]).aggregate(run_id=collected.run_id.max())
    return [int(number) for number in store.execute(newest)["run_id"].to_pylist()]
