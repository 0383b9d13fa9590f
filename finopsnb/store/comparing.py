# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""Which rows make a difference: a source converted anew, beside what is stored of it, row by row as multisets.

Rows are the same when their FOCUS columns are, tags aside: two hashes of 64 bits of them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from finopsnb.store import refusing, schema, totalling
from finopsnb.store.database import Database
from finopsnb.store.sql import arrow, engine_errors, listed, quote, run, storable
from finopsnb.store.staging import Batch, Stage
from finopsnb.store.totalling import or_null

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["differing"]

NOT_STORED, NOT_IN_SOURCE = "in the source, not stored", "stored, not in the source"

#: what is told of a row
_SHOWN = ("BillingAccountId", "BillingPeriodStart", "BillingCurrency", "ChargePeriodStart", "ChargeCategory", "ServiceName",
          "ResourceId", "ChargeDescription", "BilledCost", "EffectiveCost")  # fmt: skip


def differing(
    database: Database,
    batches: Iterable[Batch],
    *,
    plugin: str,
    source: str,
    row_key: Sequence[str],
    clock: Callable[[], datetime],
    limit: int,
) -> pa.Table:
    """Rows of the batches that are not stored, and stored rows that are not in them; nothing is changed.

    ``difference`` says which, ``part`` and ``line`` where the row is, as far as that is known, then _SHOWN and the
    ``run_id`` that stored it. At most ``limit`` rows.
    """
    with database.cursor() as cursor:
        stage = Stage(cursor, database.path)
        stage.fill(batches, None)
        with engine_errors(database.path, "comparing the costs"):
            totalling.open_books(cursor)
            refusing.refuse_unreadable(stage)
            refusing.refuse_future(stage, clock())
            refusing.drop_duplicates(stage, row_key)
            _hash(cursor, stage, plugin, storable(source) or "")
            return arrow(cursor, _statement(stage), {"limit": limit, "new": NOT_STORED, "old": NOT_IN_SOURCE})


def _hash(cursor: Any, stage: Stage, plugin: str, source: str) -> None:
    """Each row's place and its two hashes, numbered among equal ones."""
    kinds = {name: kind for name, kind in schema.TABLES["cost_rows"].columns.items() if name not in schema.COST_HELPERS}
    fresh = [or_null(stage, name, kind) for name, kind in kinds.items()]
    kept = [quote(name) for name in kinds]
    for table, place, columns, rows, params in (
        ("_fresh", "_n", fresh, "_stage", []),
        ("_kept", "rowid", kept, "cost_rows where _plugin = ? and _source = ?", [plugin, source]),
    ):
        hashes = f"hash({', '.join(columns)}) as h, hash({', '.join(reversed(columns))}) as g"
        hashed = f"select {place} as place, {hashes} from {rows}"
        numbered = f"select place, h, g, row_number() over (partition by h, g order by place) as copy from ({hashed})"
        run(cursor, f"create or replace temporary table {table} as {numbered}", params)


def _statement(stage: Stage) -> str:
    kinds = schema.TABLES["cost_rows"].columns
    new = ", ".join(f"{or_null(stage, name, kinds[name], 's.')} as {quote(name)}" for name in _SHOWN)
    return (
        f"select * from (select $new as difference, s._part as part, s._line as line, {new}, null::bigint as run_id "
        "from (from _fresh anti join _kept using (h, g, copy)) d join _stage s on s._n = d.place union all "
        f"select $old, c._part, null, {listed(_SHOWN, 'c.')}, c._run_id "
        "from (from _kept anti join _fresh using (h, g, copy)) d join cost_rows c on c.rowid = d.place) "
        f"order by part, line, {listed(_SHOWN)}, difference limit $limit"
    )
