"""The answer to a query as a table: by COPY, read without a row of Python, in types that hold every value."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["pulled"]

#: how many digits a decimal of DuckDB has
_DIGITS = 38
#: what a number without a precision of its own is given, as money is
_SCALE = 18


def pulled(connection: Any, query: str) -> pa.Table:
    """What one reading query answers; it is run in a transaction that cannot write. Raises FinopsError for a value that does not fit."""
    import pyarrow as pa
    from psycopg import sql
    from pyarrow import csv

    statement = sql.SQL(query.strip().rstrip(";"))
    connection.execute("set transaction read only")
    columns = connection.execute(sql.SQL("select * from ({}\n) as answer limit 0").format(statement)).description
    names, types = [column.name for column in columns], [_type_of(column) for column in columns]
    buffer = io.BytesIO()
    with connection.cursor().copy(sql.SQL("copy (select * from ({}\n) as answer) to stdout (format csv)").format(statement)) as copy:
        for part in copy:
            buffer.write(part)
    if not buffer.tell():
        return pa.table({name: pa.array([], kind) for name, kind in zip(names, types, strict=True)})
    try:
        return csv.read_csv(io.BytesIO(buffer.getvalue()), _reading(names), _parsing(), _converting(names, types))
    except pa.ArrowInvalid as error:
        why = str(error).split("\n")[0]
        raise FinopsError(
            "The answer of the query cannot be kept as it is.", why=why, hint="cast the column to text in the query"
        ) from error


def _reading(names: list[str]) -> Any:
    from pyarrow import csv

    # as many threads as there are blocks would each take memory; one block at a time will do
    return csv.ReadOptions(column_names=names, use_threads=False, block_size=2**26)


def _parsing() -> Any:
    from pyarrow import csv

    return csv.ParseOptions(newlines_in_values=True)


def _converting(names: list[str], types: list[pa.DataType]) -> Any:
    from pyarrow import csv

    return csv.ConvertOptions(
        column_types=dict(zip(names, types, strict=True)),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )


def _type_of(column: Any) -> pa.DataType:
    """By the name of the column's type; what has no like here is text."""
    import pyarrow as pa
    from psycopg import adapters

    known = adapters.types.get(column.type_code)
    name = known.name if known and known.oid == column.type_code else "text"
    if name == "numeric":
        scale = column.scale if column.precision else _SCALE
        return pa.decimal128(_DIGITS, min(max(scale or 0, 0), _DIGITS))
    whole, real = pa.int64(), pa.float64()
    return {
        "bool": pa.bool_(),
        "int2": whole,
        "int4": whole,
        "int8": whole,
        "float4": real,
        "float8": real,
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "timestamptz": pa.timestamp("us", "UTC"),
    }.get(name, pa.string())
