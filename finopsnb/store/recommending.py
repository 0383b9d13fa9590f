# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""The life of a recommendation, from one run of its plugin to the next, and what people decide about it.

    found first ──▶ open ──found again──▶ open        created_at stays, the figures are the newest
                     │ ▲
          not found  ▼ │ found again
                  resolved                            the row stays as it was found last

    any ──▶ accepted | dismissed | implemented        what people decided stays, whatever is found, until it is reopened
                                                      an implemented one keeps the figures that it was decided on

The same recommendation is the one with the same recommendation_id of the same plugin; ``run_id`` is the run that found it last. A plugin
that says a status itself is believed, unless people have decided. ``decided_at`` tells what people decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from finopsnb.errors import StoreError
from finopsnb.store.schema import TABLES
from finopsnb.store.sql import arrow, listed, one, quote, run

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DECISIONS", "Recommended", "decide", "keep"]

_TABLE = "recommendations"
_ID = "recommendation_id"
#: what people can say of one; open again is no decision
DECISIONS = ("accepted", "dismissed", "implemented")
#: what is asked first when several rows have one id: it does not move from run to run
_TOLD_APART = ("BillingCurrency", "ServiceName", "RegionId", "SubAccountId", "ResourceId")
_OWN = ("run_id", "plugin", _ID, "status", "created_at", "reason", "decided_at", "implemented_at", "assignee", "ticket")


@dataclass(frozen=True)
class Recommended:
    """What a run changed: how many it found, how many became resolved, and the ids that are new or back."""

    found: int
    resolved: int
    opened: tuple[str, ...]


def keep(cursor: Any, run_id: int, plugin: str, columns: Mapping[str, str], data: pa.Table, now: datetime) -> Recommended:
    """Bring the recommendations of a plugin to what it found now; ``columns`` maps those of ``data`` to those of the table.

    Of several rows with one id the later ones, in the order of _TOLD_APART, get a number behind it.
    """
    cursor.register("_incoming", data)
    merged = arrow(cursor, _merged(columns), {"plugin": plugin, "run_id": run_id, "now": now})
    run(cursor, f"delete from {_TABLE} where plugin = ?", [plugin])
    cursor.register("_kept", merged)
    names = listed(list(TABLES[_TABLE].columns))
    run(cursor, f"insert into {_TABLE} ({names}) select {names} from _kept order by created_at, {_ID}")
    opened = run(cursor, f"select {_ID} from _kept where _opened order by {_ID}").fetchall()
    found, resolved = one(cursor, "select count(*) filter (run_id = ?), count(*) filter (_resolved) from _kept", [run_id])
    return Recommended(int(found), int(resolved), tuple(name for (name,) in opened))


def decide(cursor: Any, ids: Sequence[str], status: str, reason: str | None, now: datetime, implemented_at: datetime | None) -> int:
    """Write what people decided of these, or that they are open again; how many rows that are."""
    if status not in (*DECISIONS, "open"):
        raise StoreError(f"{status} is no status that people decide on.", why=f"They are {', '.join(DECISIONS)}, and open.")
    values = [status, reason, now if status in DECISIONS else None, implemented_at, list(ids)]
    changed = "status = ?, reason = ?, decided_at = ?, implemented_at = ?"
    return int(one(cursor, f"update {_TABLE} set {changed} where {_ID} in (select unnest(?::varchar[]))", values)[0])


def _merged(columns: Mapping[str, str]) -> str:
    """Known and found side by side: what people decided stays, else what was found takes the place of what was known."""
    told = [name for name in TABLES[_TABLE].columns if name not in _OWN]
    stays = "(f.recommendation_id is null or k.status = 'implemented' and _decided)"
    values = ", ".join(f"case when {stays} then k.{quote(name)} else f.{quote(name)} end as {quote(name)}" for name in told)
    decision = ", ".join(
        f"case when f.recommendation_id is null or _decided then k.{name} else f.{name} end as {name}"
        for name in ("reason", "decided_at", "implemented_at")
    )
    return (
        f"with found as ({_found(columns)}), known as (select * from {_TABLE} where plugin = $plugin "
        f"qualify row_number() over (partition by {_ID} order by run_id desc, created_at) = 1), "
        f"both_of_them as (select f, k, coalesce(k.decided_at is not null and k.status in ({_quoted(DECISIONS)}), false) as _decided "
        f"from known k full join found f on k.{_ID} = f.{_ID}), "
        f"merged as (select coalesce(f.{_ID}, k.{_ID}) as {_ID}, $plugin as plugin, "
        f"case when f.{_ID} is null then k.run_id else $run_id end as run_id, "
        f"case when _decided then k.status when f.{_ID} is not null then coalesce(f.status, 'open') "
        "when coalesce(k.status, 'open') = 'open' then 'resolved' else k.status end as status, "
        "coalesce(k.created_at, f.created_at, $now) as created_at, "
        f"k.{_ID} is null or k.status = 'resolved' as _unknown, coalesce(k.status, 'open') = 'open' and k.{_ID} is not null as _was_open, "
        f"{decision}, k.assignee as assignee, k.ticket as ticket, {values} from both_of_them) "
        "select *, _unknown and status <> 'resolved' as _opened, _was_open and status = 'resolved' as _resolved from merged"
    )


def _found(columns: Mapping[str, str]) -> str:
    """The rows with every column of the table, null where they do not say it, and an id of their own each."""
    given = {target: quote(name) for name, target in columns.items()}
    texts = {name: f"cast({given.get(name, 'null')} as {kind})" for name, kind in TABLES[_TABLE].columns.items()}
    every = ", ".join(f"{text} as {quote(name)}" for name, text in texts.items())
    order = listed(list(dict.fromkeys((*_TOLD_APART, *texts))))
    return (
        f"select * exclude (_place) replace (case when _place = 1 then {_ID} else {_ID} || '-' || _place end as {_ID}, "
        "nullif(status, '') as status) "
        f"from (select *, row_number() over (partition by {_ID} order by {order}) as _place from (select {every} from _incoming))"
    )


def _quoted(texts: Sequence[str]) -> str:
    """Our own words as literals."""
    return ", ".join(f"'{text}'" for text in texts)
