# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""From the stage into the store: what is replaced, what is inserted, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finopsnb import focus
from finopsnb.store import schema, state, totalling
from finopsnb.store.sql import folded, listed, one, quote, run
from finopsnb.store.staging import Stage, widened
from finopsnb.store.totalling import PERIOD, or_null, period_of

__all__ = [
    "Replaced",
    "delete_scope",
    "insert_costs",
    "insert_findings",
    "insert_quarantine",
    "make_room",
    "overlaps",
    "periods",
]

_IS_PLACE = "(starts_with(_part, '/') or contains(_part, '://') or regexp_matches(_part, '^[A-Za-z]:[\\\\/]'))"


@dataclass(frozen=True)
class Replaced:
    """What an ingest took the place of: rows, and their BilledCost by currency."""

    rows: int
    totals: dict[str, Decimal]


def make_room(cursor: Any, stage: Stage) -> list[focus.Finding]:
    """Give cost_rows the x_ columns of the stage; a column that has another type becomes text."""
    present = schema.held(cursor, "cost_rows")
    incoming = schema.held(cursor, "_stage", temporary=True)
    own = {folded(name): name for name in present}
    added = {name: kind for name, kind in incoming.items() if name in stage.columns and folded(name) not in own and name != "Tags"}
    findings = [
        _widen(cursor, own[folded(name)], present[own[folded(name)]], kind)
        for name, kind in incoming.items()
        if folded(name).startswith("x_") and folded(name) in own and present[own[folded(name)]] not in (kind, "VARCHAR")
    ]
    if added:
        schema.add_columns(cursor, added)
    elif findings:
        schema.draw_costs(cursor)
    return findings


def _widen(cursor: Any, name: str, before: str, kind: str) -> focus.Finding:
    run(cursor, f"alter table cost_rows alter column {quote(name)} set data type varchar")
    return widened(name, before, kind)


def delete_scope(cursor: Any, stage: Stage, plugin: str, source: str, whole_periods: bool = True) -> Replaced:
    """Delete what the stage replaces.

    Of this plugin: the same source for the same billing periods and accounts, and the same parts. Where one of the
    two does not name an account, it means all of them. A part that is an absolute path or an address is the same thing
    whatever source it came with; "page 1" is not. It moves to this source if it has rows: of one that is only gone from
    here, another source may still have the rows. Without ``whole_periods`` it is the same parts alone.
    """
    _note_scope(cursor, stage)
    again = "_part in (select part from _parts)"
    in_scope = f"({again} or {_IN_SCOPE})" if whole_periods else again
    condition = f"_plugin = ? and (({_IS_PLACE} and _part in (select part from _parts where came)) or (_source = ? and {in_scope}))"
    totalling.note_replaced(cursor, condition, [plugin, source])
    rows, before = totalling.by_currency(cursor, "replaced")
    if rows:
        _outdate_others(cursor, condition, plugin, source)
        run(cursor, f"delete from cost_rows where {condition}", [plugin, source])
    return Replaced(rows, before)


def _note_scope(cursor: Any, stage: Stage) -> None:
    """The periods and accounts of the stage, and the parts: of which of them rows came, whatever became of those."""
    run(cursor, f"create or replace temporary table _scope as select distinct {_scope(stage)} from _stage")
    run(
        cursor,
        "create or replace temporary table _parts as select part, bool_or(came) as came from (select unnest(?::varchar[]) as part, "
        "false as came union all select distinct _part, true from _stage union all select part, true from _tally) "
        "where part is not null group by part",
        [sorted(stage.parts)],
    )


def _outdate_others(cursor: Any, condition: str, plugin: str, source: str) -> None:
    """The sources that lose rows to this one no longer have what they remember."""
    others = f"select distinct _source from cost_rows where {condition} and _source <> ?"
    for (other,) in run(cursor, others, [plugin, source, source]).fetchall():
        state.outdate_collected(cursor, plugin, other)


_IN_SCOPE = (
    f"(({PERIOD}, BillingAccountId) in (select period, account from _scope where account is not null) "
    f"or {PERIOD} in (select period from _scope where account is null) "
    f"or (BillingAccountId is null and {PERIOD} in (select period from _scope)))"
)


def _scope(stage: Stage) -> str:
    return f"{period_of(stage)} as period, {or_null(stage, 'BillingAccountId', 'varchar')} as account"


def insert_costs(cursor: Any, stage: Stage, run_id: int, plugin: str, source: str) -> int:
    """Insert the stage; how many rows there were."""
    stored = [name for name in stage.columns if name != "Tags"]
    helpers = ["_tag_id", "_run_id", "_plugin", "_source", "_part"]
    tagged = "Tags" in stage.columns
    if tagged:
        _insert_tag_sets(cursor)
    tag = "m.tag_id" if tagged else "null"
    join = " left join _tagged m on m.text = s.Tags" if tagged else ""
    statement = (
        f"insert into cost_rows ({listed([*stored, *helpers])}) "
        f"select {''.join(f's.{quote(name)}, ' for name in stored)}{tag}, ?, ?, ?, s._part from _stage s{join}"
    )
    return int(one(cursor, statement, [run_id, plugin, source])[0])


#: a text in JSON may have spelled its characters as \\u0301 or \\u0000, which focus.characters does not see
_WRITTEN = "nfc_normalize(replace({}, chr(0), ''))"


def _insert_tag_sets(cursor: Any) -> None:
    """Each distinct set of tags once, its keys sorted, in whatever order they came; a set without tags is none."""
    key, value = (_WRITTEN.format(said) for said in ("e.key", "arg_max(e.value ->> '$', e.rowid)"))
    run(
        cursor,
        "create or replace temporary table _texts as select text, map_from_entries(list({k: key, v: value} order by key)) as tags from ("
        f"select t.text, {key} as key, {value} as value from (select distinct Tags as text from _stage where Tags is not null) t, "
        f"json_each(t.text) e group by t.text, {key}) group by text",
    )
    run(
        cursor,
        "insert into tag_sets select row_number() over (order by tags_text) + (select coalesce(max(tag_id), "
        "0) from tag_sets), tags_text, tags "
        "from (select to_json(tags)::varchar as tags_text, any_value(tags) as tags from _texts group by all) "
        "where tags_text not in (select tags_text from tag_sets)",
    )
    run(
        cursor,
        "create or replace temporary table _tagged as select t.text, s.tag_id from _texts t join tag_sets s "
        "on s.tags_text = to_json(t.tags)::varchar",
    )


def insert_quarantine(cursor: Any, run_id: int, plugin: str, source: str) -> int:
    """Keep the refused rows; how many there are."""
    statement = (
        "insert into quarantine (run_id, plugin, source, part, line, reason, raw) select ?, ?, ?, _part, "
        "_line, _reason, _raw "
        "from _refused order by _n"
    )
    return int(one(cursor, statement, [run_id, plugin, source])[0])


def insert_findings(cursor: Any, run_id: int, findings: Sequence[focus.Finding]) -> None:
    """Write the findings of a run."""
    if not findings:
        return
    places = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(findings))
    values = [value for f in findings for value in (run_id, f.rule, f.column, f.rows, f.example, f.severity, f.action, f.message)]
    run(
        cursor,
        f'insert into findings (run_id, rule, "column", rows, example, severity, action, message) values {places}',
        values,
    )


def periods(cursor: Any) -> list[str]:
    """The billing periods of the scope by their first day, with the time where it is not midnight, UTC."""
    form = "case when date_trunc('day', period) = period then '%Y-%m-%d' else '%Y-%m-%dT%H:%M:%SZ' end"
    found = run(cursor, f"select distinct strftime(period, {form}) as start from _scope order by start")
    return [start for (start,) in found.fetchall()]


def overlaps(cursor: Any, stage: Stage, plugin: str, source: str) -> list[focus.Finding]:
    """Charges of the same provider, account and period from another plugin or source: they may be counted twice."""
    provider = f"coalesce({or_null(stage, 'ServiceProviderName', 'varchar')}, {or_null(stage, 'ProviderName', 'varchar')})"
    found = run(
        cursor,
        f"with new as (select distinct {provider} as provider, {_scope(stage)} from _stage) "
        "select c._plugin, c._source, count(*), min(concat_ws(' ', new.provider, new.account, "
        "strftime(new.period, '%Y-%m-%d'))) "
        "from cost_rows c join new on new.provider = coalesce(c.ServiceProviderName, c.ProviderName) and "
        "new.account = c.BillingAccountId "
        f"and new.period = {PERIOD} where c._plugin <> ? or c._source <> ? group by 1, 2 order by 1, 2",
        [plugin, source],
    ).fetchall()
    return [
        focus.Finding(
            "overlapping-source",
            "BillingPeriodStart",
            rows,
            example,
            "warning",
            "kept",
            f"{other} ({origin}) has charges of the same provider, account and period; they may be counted twice",
        )
        for other, origin, rows, example in found
    ]
