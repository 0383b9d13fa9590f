# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""Taking out of the stage what is not to be stored: rows that cannot be read, and duplicates.

Afterwards ``_stage`` has exactly the rows to store, and ``_refused`` the rows for the quarantine, each with its rule
and reason.

Duplicates. With a row key: of the rows with one key the first is kept, equal ones are duplicates, others are
quarantined. A key that is null throughout identifies nothing and is not compared. Without a row key: a row that equals
one of another part is a duplicate; what is stored of a distinct row is the largest number of times that any one part has
it, for a bill may carry equal lines. Rows are matched by a 64-bit hash of their content and dropped only if a comparison
column by column says that they are equal: a collision never costs a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from finopsnb import focus
from finopsnb.errors import StoreError, nearest
from finopsnb.store import totalling
from finopsnb.store.sql import folded, listed, one, quote, run
from finopsnb.store.staging import Stage

__all__ = ["drop_duplicates", "refuse_future", "refuse_unreadable", "refused_findings"]

_FUTURE = timedelta(hours=48)
_MESSAGES = {
    "unreadable-value": "rows with a value that cannot be read are set aside",
    "charge-in-future": "rows for charges more than 48 hours ahead are set aside",
    "same-key-different-content": "rows with the key of an earlier row and other content are set aside",
}


def refuse_unreadable(stage: Stage) -> None:
    """Rows that normalising could not read."""
    run(
        stage.cursor,
        "create temporary table _refused as select _n, _part, _line, _reason, _raw, 'unreadable-value' as rule, "
        "case when contains(_reason, ': ') then split_part(_reason, ': ', 1) else '' end as about from _stage where _reason is not null",
    )
    totalling.note(stage, "quarantined", "_reason is not null")
    run(stage.cursor, "delete from _stage where _reason is not null")


def refuse_future(stage: Stage, now: datetime) -> None:
    """Rows whose charge begins more than 48 hours after now."""
    if "ChargePeriodStart" not in stage.columns:
        return
    late, limit = "ChargePeriodStart > $limit", {"limit": now + _FUTURE}
    if one(stage.cursor, f"select count(*) from _stage where {late}", limit)[0]:
        reason = "$about || ': ' || ChargePeriodStart::varchar || ' is more than 48 hours ahead'"
        _refuse(stage, "charge-in-future", "ChargePeriodStart", reason, late, limit)


def drop_duplicates(stage: Stage, row_key: Sequence[str]) -> int:
    """Remove duplicates; how many there were."""
    if row_key:
        return _drop_same_key(stage, _key_columns(stage, row_key))
    parts = "select count(*) from (select distinct _part from _stage)"
    return _drop_across_parts(stage) if one(stage.cursor, parts)[0] > 1 else 0


def refused_findings(stage: Stage) -> list[focus.Finding]:
    """The quarantined rows by rule and column."""
    found = run(
        stage.cursor,
        "select rule, about, count(*), left(min(_reason), 160) from _refused group by rule, about order by rule, about",
    ).fetchall()
    return [focus.Finding(rule, about, rows, example, "error", "quarantined", _MESSAGES[rule]) for rule, about, rows, example in found]


def _key_columns(stage: Stage, row_key: Sequence[str]) -> list[str]:
    own = {folded(name): name for name in stage.columns}
    return [own.get(folded(name)) or own.get(folded(f"x_{name}")) or _unknown_key(stage, name) for name in row_key if own]


def _unknown_key(stage: Stage, name: str) -> str:
    near = nearest(name, stage.columns)
    why = f"The source has the columns {', '.join(stage.columns)}."
    raise StoreError(f"row_key names no column: {name}.", why=why, hint=f"did you mean {near}?" if near else "")


def _drop_same_key(stage: Stage, key: list[str]) -> int:
    """Only keys that repeat are looked at; mostly there are none."""
    if not key:
        return 0
    known = f"coalesce({', '.join(f'{quote(name)}::varchar' for name in key)}) is not null"
    run(
        stage.cursor,
        f"create or replace temporary table _repeated as select {listed(key)}, min(_n) as first from _stage "
        f"where {known} "
        f"group by {listed(key)} having count(*) > 1",
    )
    if not one(stage.cursor, "select count(*) from _repeated")[0]:
        return 0
    matched = " and ".join(f"s.{quote(name)} is not distinct from r.{quote(name)}" for name in key)
    run(
        stage.cursor,
        f"create or replace temporary table _again as select s._n, {_equal(stage)} as same from _repeated r "
        f"join _stage s on {matched} "
        "join _stage f on f._n = r.first where s._n <> r.first",
    )
    dropped = _drop(stage, "_n in (select _n from _again where same)")
    other = "_n in (select _n from _again where not same)"
    _refuse(stage, "same-key-different-content", ", ".join(key), "$about || ': same key, different content'", other, {})
    return dropped


def _drop_across_parts(stage: Stage) -> int:
    """Hashes first: rows whose hash is in one part only are unlike all others, and mostly those are all."""
    content = f"hash({', '.join(quote(name) for name in stage.columns)})"
    run(stage.cursor, f"create or replace temporary table _hashed as select _n, _part, {content} as h from _stage")
    run(
        stage.cursor,
        "create or replace temporary table _suspects as select _n, _part, h, row_number() over (partition by "
        "h, _part order by _n) as copy "
        "from _hashed where h in (select h from _hashed group by h having count(distinct coalesce(_part, chr(1))) > 1)",
    )
    run(stage.cursor, "drop table _hashed")
    if not one(stage.cursor, "select count(*) from _suspects")[0]:
        return 0
    run(
        stage.cursor,
        "create or replace temporary table _again as select _n, first_value(_n) over (partition by h, copy "
        "order by _n) as first from _suspects",
    )
    return _drop(
        stage,
        "_n in (select s._n from _again a join _stage s on s._n = a._n join _stage f on f._n = a.first "
        f"where a._n <> a.first and {_equal(stage)})",
    )


def _drop(stage: Stage, condition: str) -> int:
    totalling.note(stage, "duplicate", condition)
    return int(one(stage.cursor, f"delete from _stage where {condition}")[0])


def _equal(stage: Stage) -> str:
    return " and ".join(f"s.{quote(name)} is not distinct from f.{quote(name)}" for name in stage.columns)


def _refuse(stage: Stage, rule: str, about: str, reason: str, condition: str, params: dict[str, Any]) -> None:
    """Move rows from the stage to the refused ones, with their normalised content as texts; what came is gone."""
    raw = f"to_json({{{', '.join(f'{quote(name)}: {quote(name)}::varchar' for name in stage.columns)}}})::varchar"
    run(
        stage.cursor,
        f"insert into _refused select _n, _part, _line, {reason}, {raw}, $rule, $about from _stage where {condition}",
        {"rule": rule, "about": about, **params},
    )
    totalling.note(stage, "quarantined", condition, params)
    run(stage.cursor, f"delete from _stage where {condition}", params)
