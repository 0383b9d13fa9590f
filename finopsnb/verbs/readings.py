"""The questions that a session asks of its store, as Ibis expressions: runs, findings, quarantine, and a run's rows."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

from finopsnb.amounts import plain
from finopsnb.errors import UnknownRun

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = [
    "collections",
    "costs_of",
    "findings",
    "last_run",
    "of_same_sources",
    "quarantine",
    "result_columns",
    "rows_of",
    "run",
    "runs",
    "telling",
]


def runs(store: Store) -> pa.Table:
    """Every run, the newest last; ``restated`` tells the billing periods whose BilledCost it changed, old and new."""
    import pyarrow as pa

    table = store.execute(store.table("runs").order_by("run_id"))
    told = _restated(store)
    texts = pa.array([told.get(run_id) for run_id in table["run_id"].to_pylist()], pa.string())
    return table.add_column(table.column_names.index("billed_before") + 1, "restated", texts)


def _restated(store: Store) -> dict[int, str]:
    """By run: ``2024-09 USD 18.5 → 19``, for each period and currency that it replaced by another total."""
    table, keys = store.table("run_totals"), ("run_id", "BillingPeriodStart", "BillingCurrency")
    sums = table.group_by(*keys).aggregate(
        old=table.BilledCost.sum(where=table.outcome.isin(["replaced", "kept"])).coalesce(0),
        new=table.BilledCost.sum(where=table.outcome.isin(["stored", "kept"])).coalesce(0),
        replaced=(table.outcome == "replaced").sum(),
    )
    changed = sums.filter((sums.replaced > 0) & (sums.old != sums.new)).order_by(*keys)
    told: dict[int, list[str]] = {}
    for row in store.execute(changed).to_pylist():
        period = f"{row['BillingPeriodStart']:%Y-%m}" if row["BillingPeriodStart"] else "no period"
        text = f"{period} {row['BillingCurrency'] or 'no currency'} {plain(row['old'])} → {plain(row['new'])}"
        told.setdefault(row["run_id"], []).append(text)
    return {run_id: "; ".join(texts) for run_id, texts in told.items()}


def run(store: Store, run_id: int) -> dict[str, Any]:
    """One run as a dict, by its number, which may come from a data frame; raises UnknownRun."""
    table = store.table("runs")
    number = int(run_id) if isinstance(run_id, Integral) else 0
    rows = store.execute(table.filter(table.run_id == number)).to_pylist()
    if not rows:
        raise UnknownRun(f"There is no run {run_id}.", hint="session.runs()")
    return dict(rows[0])


def last_run(store: Store) -> dict[str, Any] | None:
    """The newest run as a dict, or None."""
    import ibis

    rows = store.execute(store.table("runs").order_by(ibis.desc("run_id")).limit(1)).to_pylist()
    return dict(rows[0]) if rows else None


def collections(store: Store, plugin: str, source: str) -> list[dict[str, Any]]:
    """The successful collections of a source, the newest last: run_id, started_at, and whether its totals were kept."""
    table, totals = store.table("runs"), store.table("run_totals")
    mine = (table.plugin == plugin) & (table.source == source) & (table.verb == "collect") & (table.status == "succeeded")
    chosen = table.filter(mine)
    # a collection without rows has no totals to keep
    kept = chosen.run_id.isin(totals.run_id) | (chosen.rows_in == 0)
    return list(store.execute(chosen.select("run_id", "started_at", has_totals=kept).order_by("run_id")).to_pylist())


def findings(store: Store, run_id: int | None) -> pa.Table:
    """The findings of a run, or on what is stored now; the gravest first.

    What is stored of a source is of one collection, or, where collections replace parts of it, of several: of each rule and
    column the newest of these is told. What other plugins found or received is of the last run of each.
    """
    table = store.table("findings")
    if run_id is not None:
        chosen = table.filter(table.run_id == run(store, run_id)["run_id"])
    else:
        chosen = _newest_told(store, table).union(table.semi_join(_newest_kept(store), "run_id"))
    gravity = chosen.severity.cases(("error", 0), ("warning", 1), else_=2)
    return store.execute(chosen.order_by([gravity, chosen.run_id, chosen.rule, chosen.column]))


def quarantine(store: Store, run_id: int | None) -> pa.Table:
    """The quarantined rows of a run, or those of the newest successful collection of every plugin, source and part."""
    table = store.table("quarantine")
    if run_id is not None:
        chosen = table.filter(table.run_id == run(store, run_id)["run_id"])
    else:
        parts = _newest_of_parts(store)
        same = [table.run_id == parts.run_id, table.part.fill_null("") == parts.part.fill_null("")]
        chosen = table.filter(table.run_id.isin(_newest_of_sources(store))).union(table.semi_join(parts, same))
    return store.execute(chosen.order_by(["run_id", "part", "line"]))


def _newest_told(store: Store, table: ir.Table) -> ir.Table:
    """Of what runs told whose rows are stored, of each source, rule and column the newest."""
    import ibis

    runs, parts, newest = _collected(store), _newest_of_parts(store), _newest_of_sources(store)
    sources = runs.select("run_id", "plugin", "source", is_newest=runs.run_id == runs.run_id.max().over(group_by=["plugin", "source"]))
    told = table.filter(table.run_id.isin(newest) | table.run_id.isin(parts.run_id)).join(sources, "run_id")
    told = told.filter(told.is_newest | ~told.rule.isin(_OF_THE_RUN))
    last = ibis.row_number().over(group_by=["plugin", "source", "rule", "column"], order_by=ibis.desc("run_id"))
    return told.mutate(_place=last).filter(ibis._["_place"] == 0).select(table.columns)


def _newest_kept(store: Store) -> ir.Table:
    """run_id of the newest run of each plugin that found or received what is stored."""
    table = store.table("runs")
    kept = table.filter(table.verb.isin(_KEEPING) & (table.status == "succeeded"))
    return kept.group_by("plugin").aggregate(run_id=kept.run_id.max()).select("run_id")


def of_same_sources(store: Store, run_ids: Sequence[int]) -> list[int]:
    """All collections of the sources of these runs: what a run found unchanged is of an earlier one."""
    table = store.table("runs")
    sources = table.filter(table.run_id.isin(list(run_ids))).select("plugin", "source").distinct()
    return [int(number) for number in store.execute(table.semi_join(sources, ["plugin", "source"]).select("run_id"))["run_id"].to_pylist()]


def costs_of(store: Store, run_ids: Sequence[int], limit: int | None = None) -> pa.Table:
    """The cost rows that these runs stored.

    The columns are those that FOCUS makes mandatory and those that hold a value: of the others of the specification
    there would be dozens without any.
    """
    table = store.table("costs")
    chosen = table.filter(table["_run_id"].isin(list(run_ids)))
    return telling(store.execute(chosen if limit is None else chosen.limit(limit)))


def telling(rows: pa.Table, keep: Sequence[str] = ()) -> pa.Table:
    """Rows of cost without the optional columns in which they have no value, those to ``keep`` aside."""
    return rows.select([name for name in rows.column_names if name in keep or _is_telling(rows, name)])


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
    filled = name != "_tag_id" and rows.column(name).null_count < len(rows)
    return mandatory or name == "_run_id" or filled


#: the verbs of plugins, telemetry aside, whose rows are there until the next run
_KEEPING = ("allocations", "recommendations", "violations", "receive")

#: what is said of a run and not of its rows
_OF_THE_RUN = ("files-unchanged", "up-to-date")


def _collected(store: Store) -> ir.Table:
    table = store.table("runs")
    return table.filter((table.verb == "collect") & (table.status == "succeeded"))


def _parts_read(store: Store) -> ir.Table:
    """run_id, plugin, source and part of what collections read that replace parts, those that were forgotten too."""
    totals, runs = store.table("run_totals"), store.table("runs")
    read = totals.filter(totals.outcome == "read").select("run_id", "part")
    return read.join(runs.select("run_id", "plugin", "source"), "run_id")


def _newest_of_parts(store: Store) -> ir.Table:
    """run_id and part, for each part of a source the newest collection that read it."""
    read = _parts_read(store)
    return read.group_by("plugin", "source", "part").aggregate(run_id=read.run_id.max()).select("run_id", "part")


def _newest_of_sources(store: Store) -> list[int]:
    """The newest collection of each source whose collections replace all that they are about."""
    collected = _collected(store).anti_join(_parts_read(store), ["plugin", "source"])
    newest = collected.group_by(["plugin", "source"]).aggregate(
        # one that found nothing has nothing to say of the rows
        run_id=collected.run_id.max(where=collected.rows_in > 0).coalesce(collected.run_id.max())
    )
    return [int(number) for number in store.execute(newest)["run_id"].to_pylist()]
