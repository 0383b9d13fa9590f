# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""The life of a violation, from one evaluation of its policy plugin to the next.

    found first ──▶ open ──found again──▶ open        first_seen stays, last_seen moves
                     │ ▲
          not found  ▼ │ found again                  a reopened one keeps its first_seen
                  resolved                            the row stays as it was found last

The same violation is the one with the same violation_id of the same plugin. ``run_id`` is the run that found it last. What people
decided of it (``decision``: accepted, dismissed, implemented) does not change its status, and stays; but one that comes back after it was
resolved is asked about again, unless it was dismissed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from finopsnb.errors import StoreError
from finopsnb.store.schema import TABLES
from finopsnb.store.sql import arrow, listed, one, quote, run

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Evaluated", "keep"]

_TABLE = "violations"
_COST = "cost"
_DECIDED = ("decision", "reason", "decided_at")
_OWN = ("run_id", "plugin", "violation_id", "status", "first_seen", "last_seen", *_DECIDED, "assignee", "ticket")


@dataclass(frozen=True)
class Evaluated:
    """What an evaluation changed: how many are open, how many became resolved, and the ids that are new or reopened."""

    open: int
    resolved: int
    opened: tuple[str, ...]


def keep(cursor: Any, run_id: int, plugin: str, columns: Mapping[str, str], data: pa.Table, now: datetime) -> Evaluated:
    """Bring the violations of a plugin to what it found now; ``columns`` maps those of ``data`` to those of the table.

    Rows with one violation_id are one violation: its cost is their sum, and what else it says is of that row which is the
    first in the order of the alphabet. Raises StoreError where their costs are in several currencies.
    """
    cursor.register("_incoming", data)
    _refuse_several_currencies(cursor, columns)
    before = one(cursor, f"select count(*) from {_TABLE} where plugin = ? and status is distinct from 'resolved'", [plugin])[0]
    merged = arrow(cursor, _merged(columns), {"plugin": plugin, "run_id": run_id, "now": now})
    run(cursor, f"delete from {_TABLE} where plugin = ?", [plugin])
    cursor.register("_kept", merged)
    names = listed(list(TABLES[_TABLE].columns))
    run(cursor, f"insert into {_TABLE} ({names}) select {names} from _kept order by first_seen, violation_id")
    opened = run(cursor, "select violation_id from _kept where _opened order by violation_id").fetchall()
    found = one(cursor, "select count(*) from _kept where status = 'open'")[0]
    return Evaluated(int(found), int(before + len(opened) - found), tuple(violation for (violation,) in opened))


def _merged(columns: Mapping[str, str]) -> str:
    """Known and found side by side; what was found takes the place of what was known, column by column."""
    incoming = _incoming(columns)
    told = [name for name in TABLES[_TABLE].columns if name not in _OWN]
    row = ", ".join(f"{quote(name)} := {incoming[name]}" for name in told if name != _COST)
    found = ", ".join(f"_row.{quote(name)}" for name in told if name != _COST)
    values = ", ".join(f"case when f.violation_id is null then k.{quote(name)} else f.{quote(name)} end as {quote(name)}" for name in told)
    stays = "k.decision = 'dismissed' or f.violation_id is null or k.status is distinct from 'resolved'"
    decided = ", ".join(f"case when {stays} then k.{name} end as {name}" for name in _DECIDED)
    return (
        f"with summed as (select {incoming['violation_id']} as violation_id, min(struct_pack({row})) as _row, "
        f"cast(sum({incoming[_COST]}) as {TABLES[_TABLE].columns[_COST]}) as {_COST} from _incoming group by all), "
        f"found as (select violation_id, {_COST}, {found} from summed), "
        f"known as (select * from {_TABLE} where plugin = $plugin) "
        "select coalesce(f.violation_id, k.violation_id) as violation_id, $plugin as plugin, "
        "case when f.violation_id is null then k.run_id else $run_id end as run_id, "
        "case when f.violation_id is null then 'resolved' else 'open' end as status, "
        "coalesce(k.first_seen, $now) as first_seen, "
        "case when f.violation_id is null then k.last_seen else $now end as last_seen, "
        "f.violation_id is not null and (k.violation_id is null or k.status = 'resolved') is true as _opened, "
        f"{decided}, k.assignee as assignee, k.ticket as ticket, {values} from known k full join found f on k.violation_id = f.violation_id"
    )


def _incoming(columns: Mapping[str, str]) -> dict[str, str]:
    """Each column of the table as the rows say it, null where they do not."""
    given = {target: quote(name) for name, target in columns.items()}
    return {name: f"cast({given.get(name, 'null')} as {kind})" for name, kind in TABLES[_TABLE].columns.items()}


def _refuse_several_currencies(cursor: Any, columns: Mapping[str, str]) -> None:
    incoming = _incoming(columns)
    found = run(
        cursor,
        f"select {incoming['violation_id']} as id, list_sort(list(distinct coalesce({incoming['BillingCurrency']}, 'none'))) as currencies "
        f"from _incoming where {incoming[_COST]} is not null group by all having len(currencies) > 1 order by all limit 1",
    ).fetchall()
    for violation, currencies in found:
        raise StoreError(
            f"The violation {violation} has costs in several currencies: {', '.join(currencies)}.",
            why="They cannot be added up; nothing was stored.",
            hint="violation_id=None, so that each BillingCurrency is a violation of its own",
        )
