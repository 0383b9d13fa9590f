"""The user's SQL: one statement that reads, in a read-only transaction of its own, on the locked instance."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from finopsnb.errors import QueryRefused, StoreError, nearest
from finopsnb.store import reading
from finopsnb.store.schema import PUBLIC
from finopsnb.store.sql import Params, cleaned, run, undisturbed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["query"]

_READS = ("SELECT", "EXPLAIN")
_BATCH = 100_000
_UNKNOWN_TABLE = re.compile(r"Table with name (?P<name>.+?) does not exist")
_UNKNOWN_COLUMN = re.compile(r'Referenced column "(?P<name>.+?)" (?:was )?not found|column named "(?P<other>.+?)"')
_NO_FILES = "session.load('focus-files', path=...) brings files in; SQL here sees the tables of the store"


def query(cursor: Any, sql: str, params: Params = (), limit: int | None = None) -> pa.Table:
    """The result of the user's statement, at most ``limit`` rows of it.

    Raises QueryRefused for anything but one reading statement, and for one that the engine refuses.
    """
    import duckdb

    if limit is not None and limit < 0:
        raise QueryRefused(f"limit={limit} is not a number of rows.", hint="limit=1000")
    try:
        statement = _reading(cursor, sql)
        run(cursor, "begin transaction read only")
        return undisturbed(cursor, lambda: _fetched(cursor, statement, params, limit))
    except duckdb.InterruptException as error:
        raise StoreError("The query was interrupted.") from error
    except duckdb.Error as error:
        raise _refusal(cursor, str(error)) from error


def _reading(cursor: Any, sql: str) -> str:
    statements = cursor.extract_statements(sql)
    if len(statements) != 1:
        why = f"There are {len(statements)} statements." if statements else "There is none."
        raise QueryRefused("One statement at a time.", why=why, hint="session.sql('select ... from costs')")
    kind = statements[0].type.name
    if kind not in _READS:
        raise _not_reading(kind)
    text: str = statements[0].query
    return text


def _not_reading(kind: str) -> QueryRefused:
    if kind == "MULTI":
        return QueryRefused(
            "A PIVOT has to name its values.",
            why="Without them DuckDB makes a type first, and SQL here only reads.",
            hint="pivot costs on ChargeCategory in ('Usage', 'Purchase') using sum(BilledCost) group by BillingCurrency",
        )
    return QueryRefused(
        f"{kind} is not for reading.",
        why="SQL here reads: SELECT, FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN.",
        hint="session.collect(...) and the other verbs write; session.forget(run_id) removes",
    )


def _fetched(cursor: Any, statement: str, params: Params, limit: int | None) -> pa.Table:
    relation = cursor.sql(statement, params=params or None)
    if limit is None:
        return relation.to_arrow_table()
    return _first(relation.to_arrow_reader(min(_BATCH, max(limit, 1))), limit)


def _first(reader: pa.RecordBatchReader, limit: int) -> pa.Table:
    """The first rows only: the rest is not computed, and the cursor is not used again."""
    import pyarrow as pa

    batches, rows = [], 0
    for batch in reader:
        batches.append(batch.slice(0, limit - rows))
        rows += batches[-1].num_rows
        if rows >= limit:
            break
    return pa.Table.from_batches(batches, reader.schema)


def _refusal(cursor: Any, message: str) -> QueryRefused:
    what = cleaned(message)
    if "read-only mode" in message:
        return QueryRefused("SQL here only reads.", why=what, hint="session.forget(run_id) removes a run")
    if "disabled by configuration" in message or "configuration has been locked" in message:
        return QueryRefused("SQL here reaches no files, extensions or settings.", why=what, hint=_NO_FILES)
    return QueryRefused("The query failed.", why=what, hint=_near(cursor, message))


def _near(cursor: Any, message: str) -> str:
    if found := _UNKNOWN_TABLE.search(message):
        cursor.rollback()
        names = (*PUBLIC, *reading.received(cursor))
        return _meant(found["name"], names) or f"the tables are {', '.join(names)}"
    if found := _UNKNOWN_COLUMN.search(message):
        return _meant(found["name"] or found["other"], _columns(cursor)) or "describe costs"
    return "session.tables()"


def _meant(name: str, options: Iterable[str]) -> str:
    near = nearest(name, options)
    return f"did you mean {near}?" if near else ""


def _columns(cursor: Any) -> set[str]:
    cursor.rollback()
    found = cursor.execute("select distinct column_name from duckdb_columns() where not internal")
    return {name for (name,) in found.fetchall()}
