# ruff: noqa: S608  names reach SQL through our own words only, and values are bound
"""What people decided of findings somewhere else, as in a tracker, written to the findings here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from finopsnb.errors import StoreError
from finopsnb.store.recommending import DECISIONS
from finopsnb.store.sql import one

__all__ = ["Decided", "settle"]

_STATUSES = ("", "open", *DECISIONS)
#: of each table the column that identifies a finding of a plugin
_IDS = {"recommendations": "recommendation_id", "violations": "violation_id"}


@dataclass(frozen=True)
class Decided:
    """One finding: its table, plugin and id, who has it where, and what was decided; an empty ``status`` decides nothing."""

    table: str
    plugin: str
    finding: str
    status: str = ""
    reason: str = ""
    assignee: str = ""
    ticket: str = ""


def settle(cursor: Any, settled: Sequence[Decided], now: datetime) -> int:
    """Write what was decided; how many findings that are. One that is no more here is passed over. Raises StoreError for no status."""
    import pyarrow as pa

    if not settled:
        return 0
    for one_ in settled:
        if one_.status not in _STATUSES or one_.table not in _IDS:
            why = f"The statuses are {', '.join(_STATUSES[1:])}, the tables {', '.join(_IDS)}."
            raise StoreError(f"{one_.status} is nothing that can be decided of {one_.table}.", why=why)
    cursor.register("_settled", pa.Table.from_pylist([asdict(row) for row in settled]))
    count = sum(_write(cursor, table, column, now) for table, column in _IDS.items())
    cursor.unregister("_settled")
    return count


def _write(cursor: Any, table: str, column: str, now: datetime) -> int:
    mine = f"from _settled s where s.\"table\" = '{table}' and t.plugin = s.plugin and t.{column} = s.finding"
    decided = f"update {table} as t set {_DECIDED[table]} {mine} and s.status <> ''"
    one(cursor, decided, {"now": now})
    known = f"update {table} as t set assignee = nullif(s.assignee, ''), ticket = nullif(s.ticket, '') {mine}"
    return int(one(cursor, known)[0])


_AT = "case when s.status = 'open' then null else $now::timestamptz end"
_DECIDED = {
    "recommendations": f"status = s.status, reason = nullif(s.reason, ''), decided_at = {_AT}, "
    # the day that was told here is not the one on which it is closed there
    "implemented_at = case when s.status = 'implemented' then coalesce(t.implemented_at, $now::timestamptz) end",
    "violations": f"decision = nullif(s.status, 'open'), reason = nullif(s.reason, ''), decided_at = {_AT}",
}
