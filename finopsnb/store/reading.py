# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""Reading for our own purposes: the catalogue, and Ibis expressions on a cursor of their own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from finopsnb.store.schema import PUBLIC, held
from finopsnb.store.sql import Params, arrow, quote, run

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store.database import Database
    from finopsnb.store.store import Store

__all__ = ["execute", "names", "received", "table", "tables"]

#: what the file holds for the store's own use
_OWN = ("cost_rows", "meta")


def execute(database: Database, cursor: Any, statement: Any, params: Params = ()) -> pa.Table:
    """The result of SQL, or of an Ibis expression, whose memtables the cursor is shown for the time."""
    if isinstance(statement, str):
        return arrow(cursor, statement, params)
    sql = _compiled(database, statement)
    for memtable in _memtables(statement):
        cursor.register(memtable.name, memtable.data.to_pyarrow(memtable.schema))
    return arrow(cursor, sql, params)


def table(database: Database, cursor: Any, name: str) -> Any:
    """A table or view that people read, as an Ibis expression; None where there is none of that name.

    Ibis asks for the columns and parses their types anew each time, 20 ms for the costs: an expression is kept for as long as the
    catalogue says the same columns.
    """
    columns = tuple(held(cursor, name).items())
    if not columns or name in _OWN:
        return None
    with database.catalogue:
        known, expression = database.tables.get(name, ((), None))
        if known != columns:
            expression = database.backend.table(name)
            database.tables[name] = (columns, expression)
        return expression


#: the SQL of expressions that were asked lately, of any store: expressions are equal where all that they are made of is
_COMPILED: LRUCache[Any, str] = LRUCache(maxsize=256)
_LOOKING = threading.Lock()


def _compiled(database: Database, expression: Any) -> str:
    """The SQL of an expression. Ibis takes 0.02 to 0.2 s for it each time, often longer than DuckDB for the answer, and a dashboard
    that is drawn again asks the same. Expressions with rows in them are not kept."""
    operation = expression.op()
    with _LOOKING:
        known = _COMPILED.get(operation)
    if known is not None:
        return known
    with database.catalogue:
        sql = str(database.backend.compile(expression))
    if not _memtables(expression):
        with _LOOKING:
            _COMPILED[operation] = sql
    return sql


def _memtables(expression: Any) -> list[Any]:
    from ibis.expr import operations

    return list(expression.op().find(operations.InMemoryTable))


def names(store: Store) -> list[str]:
    """The tables and views of the file, those for the store's own use aside."""
    found = store.execute(
        "select table_name as name from duckdb_tables() where schema_name = 'main' and database_name = "
        "current_database() "
        "union all select view_name from duckdb_views() where schema_name = 'main' and not internal "
        "and database_name = current_database() order by name"
    )
    return [name for name in found["name"].to_pylist() if name not in _OWN]


def tables(cursor: Any) -> pa.Table:
    """name, rows, columns, description of every table that people read."""
    import pyarrow as pa

    described = run(
        cursor,
        "select table_name, column_count, comment from duckdb_tables() where schema_name = 'main' and database_name = "
        "current_database() union all "
        "select view_name, column_count, comment from duckdb_views() where schema_name = 'main' and not internal and database_name = "
        "current_database()",
    ).fetchall()
    by_name = {name: (columns, comment) for name, columns, comment in described}
    shown = (*PUBLIC, *received(cursor))
    rows = [{"name": name, "rows": _count(cursor, name), "columns": by_name[name][0], "description": by_name[name][1]} for name in shown]
    return pa.Table.from_pylist(rows)


def received(cursor: Any) -> list[str]:
    """The tables that integration plugins brought, by the names that they can be read by."""
    found = run(
        cursor,
        "select name from received_tables where name in (select view_name from duckdb_views() where schema_name = 'main' and not internal "
        "and database_name = current_database()) order by name",
    )
    return [name for (name,) in found.fetchall()]


def _count(cursor: Any, name: str) -> int:
    table = "cost_rows" if name == "costs" else name
    return int(run(cursor, f"select count(*) from {quote(table)}").fetchall()[0][0])
