"""An upsert in one transaction: COPY into a temporary table, then INSERT ... ON CONFLICT, where something differs.

    rows ──COPY──▶ _incoming ──INSERT ON CONFLICT (keys) DO UPDATE ... WHERE the rest IS DISTINCT──▶ the table
                       └──of a whole table: DELETE what the same source sent under other keys──────────▲

Each row of the table says in ``finopsnb_source`` who sent it last, so that nobody deletes what another has sent.

Names reach SQL through ``psycopg.sql.Identifier``; values are copied, and never part of a statement.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, nearest
from finopsnb.plugins.sheets import flattened

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SOURCE", "Pushed", "Target", "pushed"]

#: the column of the other side that says who sent a row
SOURCE = "finopsnb_source"

_PIECE_ROWS = 50_000
_LONGEST_NAME = 63
_NULLS_NOT_DISTINCT = 150_000


@dataclass(frozen=True)
class Target:
    """The table of the other side, the columns that identify a row of it, and who sends."""

    schema: str
    table: str
    keys: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Pushed:
    """How many rows were inserted, updated and deleted; the others were equal, or are of somebody else."""

    inserted: int
    updated: int
    deleted: int


def pushed(connection: Any, target: Target, rows: pa.Table, whole: bool = False) -> Pushed:
    """Bring the table to what ``rows`` say; where they are ``whole``, what the source had sent beside them goes.

    Raises FinopsError where keys do not identify rows.
    """
    rows = _signed(rows, target.source)
    keys = _checked_keys(rows, target)
    _prepare(connection, target, rows, keys)
    _copy(connection, rows)
    deleted = _remove(connection, target, keys) if whole else 0
    inserted, updated = connection.execute(_upsert(target, rows.column_names, keys)).fetchone()
    return Pushed(int(inserted), int(updated), deleted)


def _signed(rows: pa.Table, source: str) -> pa.Table:
    """The rows with who sends them; what came from there and goes back has a column of it already."""
    import pyarrow as pa

    plain = rows.drop_columns(SOURCE) if SOURCE in rows.column_names else rows
    return plain.append_column(SOURCE, pa.repeat(pa.scalar(source), rows.num_rows))


def _checked_keys(rows: pa.Table, target: Target) -> list[str]:
    """The keys by the names of the columns; every row has one of its own."""
    own = {name.lower(): name for name in rows.column_names}
    for key in target.keys:
        if key.lower() not in own:
            near = nearest(key, rows.column_names)
            raise FinopsError(f"What is sent as {target.table} has no column {key}.", hint=f'keys=["{near}"]' if near else "")
    if long := [name for name in (target.table, *rows.column_names) if len(name.encode()) > _LONGEST_NAME]:
        raise FinopsError(f"{long[0]} is too long a name for PostgreSQL.", why=f"It has {_LONGEST_NAME} bytes.")
    keys = [own[key.lower()] for key in target.keys]
    distinct = rows.select(keys).group_by(keys).aggregate([]).num_rows
    if distinct < rows.num_rows:
        why = f"{rows.num_rows:,} rows have {distinct:,} keys ({', '.join(keys)})."
        raise FinopsError(
            f"Several rows of {target.table} have the same key; nothing was sent.", why=why, hint="keys=[...] with more columns"
        )
    return keys


def _prepare(connection: Any, target: Target, rows: pa.Table, keys: list[str]) -> None:
    """Schema, table, columns and key, where they are not there, and the temporary table."""
    from psycopg import sql

    place = sql.Identifier(target.schema, target.table)
    columns = [sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(_type_of(field.type))) for field in rows.schema]
    if not connection.execute("select to_regnamespace(quote_ident(%s)) is not null", [target.schema]).fetchone()[0]:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(target.schema)))
    connection.execute(sql.SQL("create table if not exists {} ({})").format(place, sql.SQL(", ").join(columns)))
    for column in columns:
        connection.execute(sql.SQL("alter table {} add column if not exists {}").format(place, column))
    _make_unique(connection, target, keys)
    connection.execute(sql.SQL("create temporary table _incoming ({}) on commit drop").format(sql.SQL(", ").join(columns)))


def _make_unique(connection: Any, target: Target, keys: list[str]) -> None:
    """An index by which ON CONFLICT finds rows; a null in a key is a value like others, which PostgreSQL can since 15."""
    from psycopg import sql

    digest = hashlib.sha256("\0".join([target.table, *keys]).encode()).hexdigest()[:8]
    name = sql.Identifier(f"{target.table[:40]}_{digest}_key")
    listed = sql.SQL(", ").join(map(sql.Identifier, keys))
    nulls = sql.SQL(" nulls not distinct" if connection.info.server_version >= _NULLS_NOT_DISTINCT else "")
    statement = sql.SQL("create unique index if not exists {} on {} ({}){}")
    connection.execute(statement.format(name, sql.Identifier(target.schema, target.table), listed, nulls))


def _copy(connection: Any, rows: pa.Table) -> None:
    """The rows as CSV, in which a null is nothing and an empty text is in quotes."""
    from psycopg import sql
    from pyarrow import csv

    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    names = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    flat = flattened(rows)
    with connection.cursor().copy(sql.SQL("copy _incoming ({}) from stdin (format csv)").format(names)) as copy:
        for start in range(0, flat.num_rows, _PIECE_ROWS):
            buffer = io.BytesIO()
            csv.write_csv(flat.slice(start, _PIECE_ROWS), buffer, options)
            copy.write(buffer.getvalue())


def _upsert(target: Target, names: list[str], keys: list[str]) -> Any:
    """One statement that says how many rows it inserted and updated: a row that is new has no xmax."""
    from psycopg import sql

    others = [name for name in names if name not in keys]
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL(
        "with done as (insert into {place} as t ({names}) select {names} from _incoming on conflict ({keys}) {do} "
        "returning (t.xmax = 0) as fresh) select count(*) filter (where fresh), count(*) filter (where not fresh) from done"
    ).format(
        place=sql.Identifier(target.schema, target.table),
        names=listed,
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        do=_update(others) if others else sql.SQL("do nothing"),
    )


def _remove(connection: Any, target: Target, keys: list[str]) -> int:
    """Delete what the source has sent and sends no more; how many rows.

    Those are rows whose keys are not among the ones that came. Grouping takes a null for equal to a null, as the index does; the keys
    that came are first brought to the types of the table, as an INSERT brings them.
    """
    from psycopg import sql

    parts = {"place": sql.Identifier(target.schema, target.table), "keys": sql.SQL(", ").join(map(sql.Identifier, keys))}
    connection.execute(sql.SQL("create temporary table _kept on commit drop as select {keys} from {place} with no data").format(**parts))
    connection.execute(sql.SQL("insert into _kept select {keys} from _incoming").format(**parts))
    statement = sql.SQL(
        "delete from {place} where ctid = any(array(select unnest(array_agg(_place)) from (select {keys}, ctid as _place from {place} "
        "where {source} = %s union all select {keys}, null::tid from _kept) as both_sides group by {keys} "
        "having bool_and(_place is not null)))"
    )
    return int(connection.execute(statement.format(source=sql.Identifier(SOURCE), **parts), [target.source]).rowcount)


def _update(others: list[str]) -> Any:
    from psycopg import sql

    new = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others]
    differs = [sql.SQL("t.{0} is distinct from excluded.{0}").format(sql.Identifier(name)) for name in others]
    return sql.SQL("do update set {} where {}").format(sql.SQL(", ").join(new), sql.SQL(" or ").join(differs))


def _type_of(kind: pa.DataType) -> str:
    """The type of PostgreSQL that holds all of a type of Arrow."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        return _type_of(kind.value_type)
    if types.is_decimal(kind):
        return f"numeric({kind.precision},{kind.scale})"
    if types.is_timestamp(kind):
        return "timestamptz" if kind.tz else "timestamp"
    plain = (
        (types.is_boolean, "boolean"), (types.is_uint64, "numeric(20)"), (types.is_integer, "bigint"),
        (types.is_floating, "double precision"), (types.is_date, "date"), (types.is_time, "time"), (types.is_nested, "jsonb"),
    )  # fmt: skip
    return next((name for fits, name in plain if fits(kind)), "text")
