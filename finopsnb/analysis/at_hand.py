"""Charges at hand, as dicts, as the table that rules and policies are asked of, with an engine of our own: for one row, or a few."""

from __future__ import annotations

import atexit
import functools
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.focus import COLUMNS

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["costs_at_hand", "execute_at_hand"]

#: held while an expression is written as SQL, which one backend does for all threads
_WRITING = threading.Lock()


def costs_at_hand(rows: Iterable[Mapping[str, Any]]) -> ir.Table:
    """The rows with every FOCUS column in its type, null where a row does not have it, and x_ columns as text.

    Amounts may be numbers or text, times datetimes or ISO text (UTC where no zone is said), Tags a dict or JSON.
    """
    import ibis
    import pyarrow as pa

    given = list(rows)
    own = dict.fromkeys(name for row in given for name in row if name.startswith("x_"))
    kinds = {name: COLUMNS[name].kind if name in COLUMNS else "String" for name in (*COLUMNS, *own)}
    columns = {name: _column([row.get(name) for row in given], "Tags" if name == "Tags" else kind) for name, kind in kinds.items()}
    return ibis.memtable(pa.table(columns))


def execute_at_hand(expression: ir.Expr) -> pa.Table:
    """Run an expression over such tables, on a cursor of its own: several threads may."""
    from ibis.expr import operations

    with _WRITING:
        engine = _engine()
        sql = str(engine.compile(expression))
    cursor = engine.con.cursor()
    try:
        for table in expression.op().find(operations.InMemoryTable):
            cursor.register(table.name, table.data.to_pyarrow(table.schema))
        return cursor.sql(sql).to_arrow_table()
    finally:
        cursor.close()


@functools.cache
def _engine() -> ibis.BaseBackend:
    import ibis

    engine = ibis.duckdb.connect()
    engine.con.execute("set global TimeZone = 'UTC'")
    atexit.register(_close)
    return engine


def _close() -> None:
    """DuckDB complains of connections that outlive the interpreter."""
    _engine().disconnect()
    _engine.cache_clear()


def _column(values: list[Any], kind: str) -> pa.Array:
    import pyarrow as pa

    types = {
        "Decimal": pa.decimal128(38, 18),
        "Date/Time": pa.timestamp("us", tz="UTC"),
        "Tags": pa.map_(pa.string(), pa.string()),
    }
    return pa.array([None if value in (None, "") else _KINDS[kind](value) for value in values], types.get(kind, pa.string()))


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("1e-18"), context=Context(prec=60))


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time()) if isinstance(value, date) else datetime.fromisoformat(str(value))
    instant: datetime = value
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _tags(value: Any) -> list[tuple[str, str]]:
    pairs = json.loads(value) if isinstance(value, str) else value
    return [(str(key), str(one)) for key, one in dict(pairs).items() if one is not None]


_KINDS: dict[str, Callable[[Any], Any]] = {"Decimal": _decimal, "Date/Time": _time, "String": str, "JSON": str, "Tags": _tags}
