# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""Tables that integration plugins bring: read by name like any other, and never in the place of one of ours.

    received.owners   the rows, as they came last              (a schema of its own)
    owners            a view on them in main, where SQL and Ibis find it by its name
    received_tables   who brought it, from where, when, and in which run

A plugin replaces what it brought before, whole, in the transaction that ends its run. A name that a table of finopsnb, of the file's
owner or of another plugin has is refused. Should a later version of finopsnb make a table of the name, the view gives way to it, and
the rows are still there as ``received.owners``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from finopsnb.errors import StoreError
from finopsnb.focus.characters import normalised
from finopsnb.store.schema import TABLES, text_literal
from finopsnb.store.sql import folded, one, quote, run

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Brought", "forget", "give_way", "keep", "views"]

_SCHEMA = "received"
_CATALOGUE = "received_tables"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_ENGINE = ("duckdb_", "sqlite_", "pg_", "information_schema")


@dataclass(frozen=True)
class Brought:
    """A table that came: the name it is to have, its rows, and where it is from (without secrets)."""

    name: str
    rows: pa.Table
    source: str = ""


def keep(cursor: Any, run_id: int, plugin: str, brought: Brought, now: datetime) -> None:
    """Put a table in place of the one of that name that the plugin brought before; raises StoreError for a name that is taken."""
    name = brought.name
    _require_free(cursor, name, plugin)
    _require_columns(brought)
    rows, _ = normalised(brought.rows)  # as those of costs are, or a name would not find itself
    cursor.register("_brought", rows)
    run(cursor, f"create schema if not exists {_SCHEMA}")
    run(cursor, f"create or replace table {_SCHEMA}.{quote(name)} as select {_typed(brought.rows)} from _brought")
    cursor.unregister("_brought")
    run(cursor, f"create or replace view main.{quote(name)} as select * from {_SCHEMA}.{quote(name)}")
    told = f"Received by {plugin}{f' from {brought.source}' if brought.source else ''}"
    run(cursor, f"comment on view main.{quote(name)} is {text_literal(told)}")
    run(cursor, f"delete from {_CATALOGUE} where lower(name) = lower(?)", [name])
    values = [run_id, plugin, name, brought.source, brought.rows.num_rows, now]
    run(cursor, f"insert into {_CATALOGUE} (run_id, plugin, name, source, rows, received_at) values (?, ?, ?, ?, ?, ?)", values)


def forget(cursor: Any, run_id: int) -> int:
    """Drop the tables that a run brought last; how many rows they had."""
    found = run(cursor, f"select name, rows from {_CATALOGUE} where run_id = ?", [run_id]).fetchall()
    for name, _ in found:
        _drop_view(cursor, name)
        run(cursor, f"drop table if exists {_SCHEMA}.{quote(name)}")
    run(cursor, f"delete from {_CATALOGUE} where run_id = ?", [run_id])
    return sum(rows or 0 for _, rows in found)


def give_way(cursor: Any, names: Iterable[str]) -> None:
    """Take our views of these names away, so that tables of finopsnb can be made."""
    for name in names:
        _drop_view(cursor, name)


def views(cursor: Any) -> set[str]:
    """The names by which what came is read."""
    found = run(cursor, f"select name from {_CATALOGUE}").fetchall()
    return {name for (name,) in found if _objects(cursor, name) == ["view"]}


def _drop_view(cursor: Any, name: str) -> None:
    if _objects(cursor, name) == ["view"]:
        run(cursor, f"drop view main.{quote(name)}")


def _require_free(cursor: Any, name: str, plugin: str) -> None:
    hint = 'table="owners" gives it another name'
    if not _NAME.fullmatch(name):
        raise StoreError(f"{name!r} cannot name a table.", why="A name has letters, digits and underscores, a letter first.", hint=hint)
    if folded(name) in {folded(own) for own in (*TABLES, "costs")} or folded(name).startswith(_ENGINE):
        raise StoreError(f"{name} is a table of finopsnb, which nothing that is received takes the place of.", hint=hint)
    if one(cursor, "select count(*) from duckdb_keywords() where keyword_name = lower(?) and keyword_category = 'reserved'", [name])[0]:
        raise StoreError(f"{name} is a word of SQL and cannot name a table.", hint=hint)
    owner = run(cursor, f"select plugin, run_id from {_CATALOGUE} where lower(name) = lower(?)", [name]).fetchall()
    if owner and owner[0][0] != plugin:
        what = f"{name} was received by {owner[0][0]}, and {plugin} does not take its place."
        raise StoreError(what, hint=f"session.forget({owner[0][1]}) removes it, or {hint}")
    if not owner and (_objects(cursor, name) or _is_stored(cursor, name)):
        raise StoreError(f"The file has a table {name} that finopsnb did not make.", hint=hint)


def _require_columns(brought: Brought) -> None:
    names = brought.rows.column_names
    if not names:
        raise StoreError(f"What came as {brought.name} has no columns.", hint="a table with a row of names")
    known = [folded(name) for name in names]
    if twice := [name for name, same in zip(names, known, strict=True) if known.count(same) > 1]:
        why = "A table in SQL cannot tell them apart."
        raise StoreError(f"What came as {brought.name} has the columns {', '.join(twice)}.", why=why, hint=f"rename {twice[-1]}")


def _typed(rows: pa.Table) -> str:
    """Every column as it is; one without any value is text, for nothing else is known of it."""
    import pyarrow as pa

    plain = (f"cast({quote(f.name)} as varchar) as {quote(f.name)}" if pa.types.is_null(f.type) else quote(f.name) for f in rows.schema)
    return ", ".join(plain)


def _is_stored(cursor: Any, name: str) -> bool:
    """Whether the schema has a table of the name, from us or from the file's owner."""
    mine = "schema_name = ? and database_name = current_database() and lower(table_name) = lower(?)"
    return bool(one(cursor, f"select count(*) from duckdb_tables() where {mine}", [_SCHEMA, name])[0])


def _objects(cursor: Any, name: str) -> list[str]:
    """What has the name in main: a table, a view, nothing."""
    found = run(
        cursor,
        "select 'table' from duckdb_tables() where schema_name = 'main' and database_name = current_database() "
        "and lower(table_name) = lower($1) "
        "union all select 'view' from duckdb_views() where schema_name = 'main' and not internal "
        "and database_name = current_database() and lower(view_name) = lower($1)",
        [name],
    ).fetchall()
    return [kind for (kind,) in found]
