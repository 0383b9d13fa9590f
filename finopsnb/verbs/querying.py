"""``session.query`` and ``session.queries``: the query library, asked of a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.analysis.queries import Query
    from finopsnb.store import Store

__all__ = ["answer", "library", "statement"]


def answer(store: Store, name: str, parameters: Mapping[str, Any]) -> pa.Table:
    """The rows that answer a query; see :mod:`finopsnb.analysis.queries`.

    Raises FinopsError for a name or a parameter that there is not, and for what the data lacks.
    """
    return store.execute(_expression(store, name, parameters))


def statement(store: Store, name: str, parameters: Mapping[str, Any]) -> str:
    """The DuckDB statement of a query; raises what :func:`answer` raises."""
    import ibis

    return str(ibis.to_sql(_expression(store, name, parameters), dialect="duckdb"))


def library(store: Store) -> pa.Table:
    """Every query: name, title, theme, versions, parameters, and ``lacking``, the columns that the data does not have for it.

    ``lacking`` is empty for a query that can be answered, and null where there are no costs.
    """
    import pyarrow as pa

    from finopsnb.analysis.queries import QUERIES
    from finopsnb.analysis.queries.page import told_parameters

    present = _present(store, *QUERIES.values())
    rows = [
        {
            "name": query.name,
            "title": query.title,
            "theme": query.theme,
            "versions": ", ".join(query.versions),
            "parameters": told_parameters(query),
            "lacking": None if present is None else ", ".join(query.lacking(present)),
        }
        for query in sorted(QUERIES.values(), key=lambda one: one.name)
    ]
    return pa.table({key: pa.array([row[key] for row in rows], pa.string()) for key in rows[0]})


def _expression(store: Store, name: str, parameters: Mapping[str, Any]) -> ir.Table:
    from finopsnb.analysis.queries import query_named

    query = query_named(name)
    expression = query(*(store.table(table) for table in query.tables), **parameters)
    present = _present(store, query)
    if present is None:
        raise FinopsError(f"{name} has nothing to answer from.", why="The table costs is empty.", hint='session.collect("focus-files")')
    if lacking := query.lacking(present):
        raise _lacks(query, lacking)
    return expression


def _present(store: Store, *queries: Query) -> set[str] | None:
    """The columns among those essential to the queries that have a value in any row of costs; None where there is no row."""
    costs = store.table("costs")
    asked = {name: value for query in queries for name, value in query.filled(costs).items()}
    row = store.execute(costs.aggregate(_rows=costs.count(), **asked)).to_pylist()[0]
    return {name for name in asked if row[name]} if row["_rows"] else None


def _lacks(query: Query, lacking: list[str]) -> FinopsError:
    from finopsnb.focus import COLUMNS

    since = [f"{name} from FOCUS {COLUMNS[name].versions[0]} on" for name in lacking]
    why = f"{'They are' if len(lacking) > 1 else 'It is'} null in every row of costs; there is {', '.join(since)}."
    hint = "session.queries() tells which queries the data can answer"
    return FinopsError(f"{query.name} needs {' and '.join(lacking)}, which the data does not have.", why=why, hint=hint)
