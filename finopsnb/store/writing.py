# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""Writing the results of the plugins other than telemetry: a table of rows in place of the former ones of its scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from finopsnb.errors import StoreError, UnknownTable, nearest
from finopsnb.store.schema import LOGS, TABLES
from finopsnb.store.sql import folded, listed, one, quote, run

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["WRITABLE", "keep_budgets", "keep_rates", "matched", "replace"]

#: violations, recommendations and budgets are written by functions of their own: those live on from run to run, these are nobody's run's
WRITABLE = ("allocations", "notifications", "syncs")


def replace(cursor: Any, run_id: int, plugin: str, table: str, data: pa.Table, scope: Mapping[str, Any] | None) -> tuple[int, int]:
    """Delete the scope, insert the rows. How many were inserted, and how many deleted.

    ``scope`` maps columns to the value, or the list of values, that rows of this plugin must have to be replaced.
    Without one all rows of the plugin are replaced; of a log (notifications, syncs) none.
    """
    require_writable(table)
    columns = matched(table, data.schema.names)
    deleted = 0 if scope is None and table in LOGS else _delete(cursor, table, plugin, scope or {})
    return _insert(cursor, table, columns, data, run_id, plugin), deleted


def keep_rates(cursor: Any, data: pa.Table) -> None:
    """Put exchange rates in place of all that lead to the same currencies."""
    cursor.register("_incoming", data)
    run(cursor, "delete from exchange_rates where to_currency in (select to_currency from _incoming)")
    columns = listed(list(TABLES["exchange_rates"].columns))
    run(cursor, f"insert into exchange_rates ({columns}) select {columns} from _incoming order by all")


def keep_budgets(cursor: Any, data: pa.Table) -> None:
    """Put budgets in place of all that there are."""
    cursor.register("_incoming", data)
    run(cursor, "delete from budgets")
    columns = listed(list(TABLES["budgets"].columns))
    run(cursor, f"insert into budgets ({columns}) select {columns} from _incoming order by all")


def require_writable(table: str) -> None:
    """UnknownTable unless results can be written there."""
    if table not in WRITABLE:
        near = nearest(table, WRITABLE) or WRITABLE[0]
        raise UnknownTable(f"Results cannot be written to {table}.", why=f"Only to {', '.join(WRITABLE)}.", hint=f"table={near!r}")


def matched(table: str, names: list[str]) -> dict[str, str]:
    """Each incoming column with its column of the table; the store fills run_id and plugin itself."""
    own = {folded(name): name for name in TABLES[table].columns}
    unknown = sorted(name for name in names if folded(name) not in own)
    if unknown:
        near = nearest(unknown[0], own.values())
        why = f"Its columns are {', '.join(own.values())}."
        raise StoreError(f"{table} has no column {', '.join(unknown)}.", why=why, hint=f"did you mean {near}?" if near else "")
    return {name: own[folded(name)] for name in names if own[folded(name)] not in ("run_id", "plugin")}


def _delete(cursor: Any, table: str, plugin: str, scope: Mapping[str, Any]) -> int:
    scope = {**scope, "plugin": plugin}
    conditions = " and ".join(_among(table, name) for name in scope)
    values = [list(value) if isinstance(value, list | tuple | set | frozenset) else [value] for value in scope.values()]
    return int(one(cursor, f"delete from {quote(table)} where {conditions}", values)[0])


def _among(table: str, name: str) -> str:
    """The column has one of the values of a bound list; null is a value like others."""
    own = {folded(column): column for column in TABLES[table].columns}
    if folded(name) not in own:
        near = nearest(name, own.values())
        raise StoreError(f"{table} has no column {name} to replace by.", hint=f"did you mean {near}?" if near else "")
    column = own[folded(name)]
    values = f"(select unnest(cast(? as {TABLES[table].columns[column]}[])))"
    return f"exists (from {values} as wanted(value) where wanted.value is not distinct from {quote(column)})"


def _insert(cursor: Any, table: str, columns: Mapping[str, str], data: pa.Table, run_id: int, plugin: str) -> int:
    types = TABLES[table].columns
    values = [f"cast({quote(name)} as {types[target]})" for name, target in columns.items()]
    targets = list(columns.values())
    params: list[Any] = []
    for name, value in (("run_id", run_id), ("plugin", plugin)):
        if name in types:
            targets, values, params = [*targets, name], [*values, "?"], [*params, value]
    # it goes with the cursor; taking it off after a failure would fail too, and hide why
    cursor.register("_incoming", data)
    statement = f"insert into {quote(table)} ({listed(targets)}) select {', '.join(values)} from _incoming"
    return int(one(cursor, statement, params)[0])
