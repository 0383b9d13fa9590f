# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""The life of a message, from the finding that it tells to the channel that took it.

    queued ──▶ pending ──claimed──▶ sending ──▶ sent
                  ▲                   │ │ └───▶ given_up      refused, too old, or dropped by a person
                  │                   │ └─────▶ uncertain     nobody knows whether the channel has it, and it cannot tell
                  └───── failed ◀─────┘                       tried again at next_attempt_at

A message is written before anything is sent, and claimed in a transaction of its own before it is. What is found ``sending`` and
is not under way in this process was cut off by its end. Messages of a digest go together: ``sent_as`` is the key under which they
were claimed, and whoever tries again sends the same ones under the same key.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from finopsnb.errors import StoreError
from finopsnb.store.schema import MONEY, TABLES, TEXT, TIME, WHOLE
from finopsnb.store.sql import arrow, listed, one, run, storable

__all__ = ["OPEN", "Outcome", "change", "claim", "next_due", "outdate", "queue", "recover", "settle"]

#: what is still to be sent
OPEN = ("pending", "failed")
#: how long it has to be quiet before a digest goes, and how long its first message waits at most
HOLD, LONGEST_HOLD = timedelta(seconds=2), timedelta(seconds=60)
_RANK = "list_position(['critical', 'high', 'normal', 'low'], priority)"
_NEWEST = (
    "(select max(created_at) from outbox n where n.plugin = $plugin and n.digest <> '' and n.sent_as is null and n.status = 'pending')"
)
#: of a digest those wait that a run found which is still under way
_READY = (
    "plugin = $plugin and status in ('pending', 'failed') and coalesce(next_attempt_at <= $now, true) and (digest = '' "
    f"or sent_as is not null or (($hurry or {_NEWEST} <= $held or created_at <= $late) "
    "and not exists (from runs r where r.run_id = outbox.run_id and r.status = 'running')))"
)


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: the status that its messages have now, why, and when to try again.

    ``paused_until`` holds everything else of the channel back; ``doubtful`` says that the channel may have taken the message. What
    the plugin made a mess of before any channel was asked is not ``logged``.
    """

    status: str
    error: str = ""
    next_attempt_at: datetime | None = None
    paused_until: datetime | None = None
    doubtful: bool = False
    logged: bool = True


def queue(cursor: Any, messages: Sequence[Mapping[str, Any]], window: timedelta, now: datetime) -> list[int]:
    """Write messages, but for those whose finding was written for the same plugin and event within the ``window``; their numbers.

    A message without a ``finding`` is nobody's second one, and always written.
    """
    known = _known(cursor, messages, now - window)
    last, run_id = one(cursor, "select (select max(outbox_id) from outbox), (select max(run_id) from runs where status = 'running')")
    fresh: list[dict[str, Any]] = []
    for message in messages:
        plugin, event = message["plugin"], message.get("event") or ""
        finding = storable(message.get("finding")) or uuid.uuid4().hex
        if (plugin, event, finding) not in known:
            known.add((plugin, event, finding))
            text = "\x1f".join((plugin, event, finding, now.astimezone(UTC).isoformat()))
            named = {"outbox_id": (last or 0) + len(fresh) + 1, "run_id": run_id, "event": event, "finding": finding}
            fresh.append({**message, **named, "idempotency_key": hashlib.sha256(text.encode()).hexdigest(), "window_start": now})
    if fresh:
        cursor.register("_incoming", _table(fresh, now))
        columns = listed(list(TABLES["outbox"].columns))
        run(cursor, f"insert into outbox ({columns}) select {columns} from _incoming order by outbox_id")
    return [row["outbox_id"] for row in fresh]


def _known(cursor: Any, messages: Sequence[Mapping[str, Any]], since: datetime) -> set[tuple[str, str, str]]:
    """The findings of these messages that were written after ``since``."""
    findings = [storable(message["finding"]) for message in messages if message.get("finding")]
    if not findings:
        return set()
    found = run(
        cursor,
        "select plugin, event, finding from outbox where window_start > ? and finding in (select unnest(cast(? as varchar[])))",
        [since, findings],
    )
    return set(found.fetchall())


def claim(cursor: Any, plugin: str, now: datetime, *, hurry: bool = False, only: Collection[int] = ()) -> list[dict[str, Any]]:
    """Mark the next message that is due, or digest, as being sent; its rows. ``only`` these, whether they are due or not."""
    values = {"plugin": plugin, "now": now, "hurry": hurry, "held": now - HOLD, "late": now - LONGEST_HOLD}
    chosen, among = (_READY, values) if not only else (_CHOSEN, {"plugin": plugin, "ids": list(only)})
    found = run(cursor, f"select outbox_id, sent_as, digest from outbox where {chosen} order by {_RANK}, outbox_id limit 1", among)
    for number, sent_as, digest in found.fetchall():
        if sent_as is not None:
            together, values = "plugin = $plugin and sent_as = $sent_as", {"plugin": plugin, "sent_as": sent_as}
        elif digest and not only:
            together, values = f"{_READY} and digest = $digest and sent_as is null", values | {"digest": digest, "hurry": True}
        else:
            together, values = "outbox_id = $number", {"number": number}
        return _claimed(cursor, f"{together} and status in ('pending', 'failed')", values, now)
    return []


_CHOSEN = "plugin = $plugin and status in ('pending', 'failed') and outbox_id in (select unnest(cast($ids as bigint[])))"


def _claimed(cursor: Any, together: str, values: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    keys = run(cursor, f"select outbox_id, idempotency_key, sent_as from outbox where {together} order by {_RANK}, outbox_id", values)
    numbers, own, before = zip(*keys.fetchall(), strict=True)
    sent_as = before[0] or (own[0] if len(own) == 1 else hashlib.sha256("\x1f".join(sorted(own)).encode()).hexdigest())
    run(
        cursor,
        "update outbox set status = 'sending', sent_as = $sent_as, attempts = attempts + 1, tried_at = $now, next_attempt_at = null "
        "where outbox_id in (select unnest(cast($numbers as bigint[])))",
        {"sent_as": sent_as, "now": now, "numbers": list(numbers)},
    )
    statement = f"select * from outbox where sent_as = $sent_as and status = 'sending' order by {_RANK}, outbox_id"
    rows: list[dict[str, Any]] = arrow(cursor, statement, {"sent_as": sent_as}).to_pylist()
    return rows


def settle(cursor: Any, plugin: str, sent_as: str, outcome: Outcome, told: Mapping[str, Any], now: datetime) -> None:
    """Write how an attempt ended; ``told`` (priority, message, metadata) goes into the log where it was the last one."""
    mine = {"plugin": plugin, "sent_as": sent_as}
    run(
        cursor,
        "update outbox set status = $status, last_error = nullif($error, ''), next_attempt_at = $again, doubts = doubts + $doubts, "
        "sent_at = case when $status = 'sent' then $now end where plugin = $plugin and sent_as = $sent_as and status = 'sending'",
        mine
        | {"status": outcome.status, "error": storable(outcome.error), "again": outcome.next_attempt_at}
        | {"doubts": int(outcome.doubtful), "now": now},
    )
    if outcome.paused_until is not None:
        run(
            cursor,
            "update outbox set next_attempt_at = greatest(next_attempt_at, $until) "
            "where plugin = $plugin and status in ('pending', 'failed')",
            {"plugin": plugin, "until": outcome.paused_until},
        )
    if outcome.logged and outcome.status in ("sent", "given_up"):
        _log(cursor, mine, outcome, told)


def _log(cursor: Any, mine: Mapping[str, Any], outcome: Outcome, told: Mapping[str, Any]) -> None:
    run(
        cursor,
        "insert into notifications (run_id, plugin, notification_id, channel, priority, message, metadata, status, created_at, sent_at, "
        "attempts, error, idempotency_key) select max(run_id), plugin, plugin || '-' || min(outbox_id), plugin, $priority, $message, "
        "$metadata, $status, min(created_at), max(sent_at), max(attempts), max(last_error), sent_as from outbox "
        "where plugin = $plugin and sent_as = $sent_as and tried_at is not null group by plugin, sent_as",
        {**mine, **told, "status": {"given_up": "refused"}.get(outcome.status, outcome.status)},
    )


def next_due(cursor: Any, plugin: str, now: datetime, *, hurry: bool = False) -> tuple[datetime | None, datetime | None]:
    """When the next message of a plugin is due, and when the last one was tried; None where there is none."""
    values = {"plugin": plugin, "now": datetime.max.replace(tzinfo=now.tzinfo), "hurry": True, "soon": hurry}
    values |= {"held": now, "late": now, "hold": HOLD, "longest": LONGEST_HOLD}
    waits = "case when digest = '' or sent_as is not null or $soon then created_at "
    waits += f"else least({_NEWEST} + $hold, created_at + $longest) end"
    found = arrow(
        cursor,
        f"select min(greatest(coalesce(next_attempt_at, created_at), {waits})) filter ({_READY}) as due, "
        "max(tried_at) as tried from outbox where plugin = $plugin",
        values,
    ).to_pylist()[0]
    return found["due"], found["tried"]


def recover(cursor: Any, plugin: str, under_way: Collection[str], *, knows: bool, again: bool, now: datetime) -> int:
    """What another process was sending when it ended; how many.

    A channel that ``knows`` a message that it has seen gets it again under the same key. Of another one it is sent ``again``, once,
    or becomes uncertain.
    """
    cut = "plugin = $plugin and status = 'sending' and sent_as not in (select unnest(cast($under_way as varchar[])))"
    values = {"plugin": plugin, "under_way": list(under_way), "knows": knows, "again": again}
    return int(
        one(
            cursor,
            "update outbox set status = case when $knows or ($again and doubts = 0) then 'failed' else 'uncertain' end, "
            f"doubts = doubts + 1, next_attempt_at = $now, last_error = 'The process ended while it was being sent.' where {cut}",
            values | {"now": now},
        )[0]
    )


def change(cursor: Any, ids: Sequence[int], status: str, error: str, now: datetime) -> int:
    """Send messages again (pending), or never (given_up), as a person says; how many. What was sent, or is being sent, stays so."""
    among = "outbox_id in (select unnest(cast($ids as bigint[])))"
    found = run(cursor, f"select outbox_id from outbox where {among} and status in ('sent', 'sending')", {"ids": list(ids)}).fetchall()
    if found:
        numbers = ", ".join(str(number) for (number,) in found)
        raise StoreError(f"What was sent, or is being sent, cannot be taken back: {numbers}.", hint="session.outbox()")
    changed = one(
        cursor,
        "update outbox set status = $status, last_error = nullif($error, ''), next_attempt_at = null, "
        f"created_at = case when $status = 'pending' then $now else created_at end where {among}",
        {"status": status, "error": error, "now": now, "ids": list(ids)},
    )
    return int(changed[0])


def outdate(cursor: Any, before: datetime) -> int:
    """Forget what was settled long ago; how many. The log of what was sent stays."""
    settled = "status in ('sent', 'given_up', 'dry_run') and created_at < ?"
    return int(one(cursor, f"delete from outbox where {settled}", [before])[0])


def _table(rows: Sequence[Mapping[str, Any]], now: datetime) -> Any:
    """New messages as Arrow, with every column of the table, and text that DuckDB can hold."""
    import pyarrow as pa

    kinds = {TIME: pa.timestamp("us", tz="UTC"), WHOLE: pa.int64(), MONEY: pa.decimal128(38, 18), TEXT: pa.string()}
    usual = {"digest": "", "priority": "normal", "status": "pending", "attempts": 0, "doubts": 0, "created_at": now}
    return pa.table(
        {
            name: pa.array([_value(row.get(name), usual.get(name)) for row in rows], kinds[kind])
            for name, kind in TABLES["outbox"].columns.items()
        }
    )


def _value(value: Any, usual: Any) -> Any:
    given = usual if value in (None, "") else value
    return storable(given) if isinstance(given, str) else given
