"""FOCUS for a data frame at hand, without a store: an in-memory DuckDB of our own does the work."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_
from ibis.expr import operations as ops

from finopsnb.engines import private_engine
from finopsnb.errors import FocusError
from finopsnb.focus.checking import check
from finopsnb.focus.counting import Execute
from finopsnb.focus.finding import Finding, merge
from finopsnb.focus.planning import plan

__all__ = ["as_arrow", "findings", "normalise", "sql"]


def normalise(frame: Any, *, version: str | None = None) -> tuple[pa.Table, list[Finding]]:
    """A billing table of any make as FOCUS, and all that was noticed about it.

    ``frame`` is a pandas or polars frame, an Arrow table, a list of dicts, or anything with ``__arrow_c_stream__``. The
    result has one row for each row that can be read, with FOCUS columns of FOCUS types (money as decimals, times in
    UTC, JSON as text); the rows that cannot are counted in findings whose action is "quarantined". Raises FocusError
    for a frame that is no table.

    >>> table, findings = normalise([{"ChargePeriodStart": "2024-09-01T00:00:00Z", "BilledCost": "1.8E-2"}])
    >>> table["BilledCost"].to_pylist()
    [Decimal('0.018000000000000000')]
    >>> [finding.column for finding in findings if finding.rule == "e-notation"]
    ['BilledCost']
    """
    table = as_arrow(frame)
    made = plan(table.schema, version=version)
    with _engine() as (register, execute):
        register("raw", table)
        normalised = execute(made.normalised("raw"))
        register("normalised", normalised)
        stage = ibis.table(ibis.Schema.from_pyarrow(normalised.schema), name="normalised")
        noticed = [*made.findings, *made.repairs("raw", execute), *check(stage, execute, plan=made)]
    good = normalised.filter(pc.is_null(normalised["_reason"]))
    return good.select(list(made.columns)), merge(noticed)


def findings(frame: Any, *, version: str | None = None) -> pa.Table:
    """What :func:`normalise` notices, as a table: rule, column, rows, example, severity, action, message.

    >>> findings([{"ChargePeriodStart": "09/01/2024"}]).column_names
    ['rule', 'column', 'rows', 'example', 'severity', 'action', 'message']
    """
    kinds = {"rows": pa.int64()}
    schema = pa.schema([(field.name, kinds.get(field.name, pa.string())) for field in fields(Finding)])
    return pa.Table.from_pylist([asdict(one) for one in normalise(frame, version=version)[1]], schema=schema)


def as_arrow(frame: Any) -> pa.Table:
    """Any table as an Arrow table that DuckDB can read; FocusError for what is no table.

    >>> as_arrow([{"Id": 7, "Tags": None}]).column_names
    ['Id', 'Tags']
    """
    table = _table(frame)
    for index, field in enumerate(table.schema):
        if (kind := _readable(field.type)) != field.type:
            table = table.set_column(index, field.name, table.column(index).cast(kind))
    return table


def _table(frame: Any) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    try:
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
        if isinstance(frame, Sequence) and all(isinstance(row, Mapping) for row in frame):
            names = dict.fromkeys(name for row in frame for name in row)
            return pa.table({str(name): [row.get(name) for row in frame] for name in names})
    except pa.ArrowException as error:
        raise FocusError(
            "A column of the table has values of several types.", why=str(error), hint="make that column text first"
        ) from error
    raise FocusError(
        f"A {type(frame).__name__} is not a table.",
        why="A table is a pandas or polars frame, an Arrow table, a list of dicts, or has __arrow_c_stream__.",
        hint="focus.normalise(pandas.DataFrame(...))",
    )


def _readable(kind: pa.DataType) -> pa.DataType:
    """The type itself, or the nearest one that DuckDB can read."""
    if is_.is_float16(kind):
        return pa.float32()
    if is_.is_decimal(kind) and not is_.is_decimal128(kind):
        return pa.string() if is_.is_decimal256(kind) else pa.decimal128(kind.precision, kind.scale)
    return kind


@contextmanager
def _engine() -> Iterator[tuple[Callable[[str, pa.Table], object], Execute]]:
    with closing(private_engine()) as connection:
        yield connection.register, lambda expression: connection.sql(sql(expression)).to_arrow_table()


def sql(expression: ibis.Table) -> str:
    """The expression as one DuckDB statement; compiled once, however often the same one is asked for."""
    return _compiled(expression.op())


@functools.lru_cache(maxsize=256)
def _compiled(node: ops.Node) -> str:
    return str(ibis.to_sql(node.to_expr(), dialect="duckdb", pretty=False))
