"""The tables of other libraries, and how each of them becomes Arrow: whole, or batch by batch.

A library that was not imported cannot have made the object at hand, so none is imported to find out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.tabular.columns import storable, to_array
from finopsnb.plugins.tabular.values import text_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["IBIS", "Source", "sliced", "source_of", "united"]


@dataclass(frozen=True)
class Source:
    """One library's kind of table. ``batches`` reads it in Arrow tables of about so many rows."""

    module: str
    name: str
    batches: Callable[[Any, int], Iterator[pa.Table]]

    def made(self, obj: Any) -> bool:
        cls = getattr(sys.modules.get(self.module), self.name, None)
        return cls is not None and isinstance(obj, cls)


def source_of(obj: Any) -> Source | None:
    """How to read ``obj``, or None when it is no library's table."""
    if found := next((source for source in _SOURCES if source.made(obj)), None):
        return found
    if isinstance(obj, type):
        return None
    return next((source for source in _PROTOCOLS if hasattr(obj, source.name)), None)


def sliced(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """``table`` in pieces of at most ``rows`` rows, in a form that DuckDB reads; nothing is copied."""
    import pyarrow as pa

    columns = [storable(column) for column in table.columns]
    table = pa.Table.from_arrays(columns, names=table.column_names)
    for start in range(0, max(table.num_rows, 1), rows):
        yield table.slice(start, rows)


def united(tables: list[pa.Table]) -> pa.Table:
    """One table of all columns of all ``tables``; a column whose types differ becomes text."""
    import pyarrow as pa

    types: dict[str, set[pa.DataType]] = {}
    for table in tables:
        for field in table.schema:
            types.setdefault(field.name, set()).add(field.type)
    texts = {name for name, found in types.items() if len(found) > 1}
    return pa.concat_tables([_as_text(table, texts) for table in tables], promote_options="default")


def _as_text(table: pa.Table, names: set[str]) -> pa.Table:
    import pyarrow as pa

    for index, name in enumerate(table.column_names):
        if name in names:
            table = table.set_column(index, name, _texts(table.column(index)))
    return table.replace_schema_metadata(pa.schema([]).metadata)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    try:
        return column.cast(pa.string())
    except pa.ArrowNotImplementedError:  # maps and structs
        return pa.chunked_array([pa.array(map(text_of, column.to_pylist()), pa.string())])


def _of_arrow(table: Any, _: int) -> Iterator[pa.Table]:
    yield table


def _of_record_batch(batch: Any, _: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    yield pa.Table.from_batches([batch])


def _of_reader(reader: Any, rows: int) -> Iterator[pa.Table]:
    """Small batches are put together, so that a source of tiny pages does not cost a statement each."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    for batch in reader:
        waiting.append(batch)
        if sum(map(len, waiting)) >= rows:
            yield pa.Table.from_batches(waiting)
            waiting = []
    yield pa.Table.from_batches(waiting, reader.schema)


def _of_pandas(frame: Any, _: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    named = [level for level, name in enumerate(frame.index.names) if name is not None]
    frame = frame.reset_index(level=named) if named else frame
    columns = [_pandas_column(frame.iloc[:, position]) for position in range(frame.shape[1])]
    yield pa.Table.from_arrays(columns, names=list(frame.columns))


def _pandas_column(series: Any) -> pa.Array:
    import pyarrow as pa

    if series.dtype == object:
        return _pandas_values(series)
    try:
        made = pa.Array.from_pandas(series)
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        return _pandas_values(series)
    return _pandas_values(series) if isinstance(made.type, pa.BaseExtensionType) else made


def _pandas_values(series: Any) -> pa.Array:
    """Cell by cell: objects, periods, intervals; what pandas counts as missing is null."""
    missing = series.isna().tolist()
    return to_array([None if gone else value for value, gone in zip(series.tolist(), missing, strict=True)])


def _of_polars(frame: Any, _: int) -> Iterator[pa.Table]:
    import polars as pl
    import pyarrow as pa

    foreign = {pl.Object, pl.Int128, pl.UInt128}  # Arrow would get pointers, or nothing
    columns = [to_array(s.to_list()) if s.dtype in foreign else s.to_arrow() for s in frame.iter_columns()]
    yield pa.Table.from_arrays(columns, names=frame.columns)


def _of_lazy_polars(frame: Any, rows: int) -> Iterator[pa.Table]:
    for batch in frame.collect_batches(chunk_size=rows, maintain_order=True):
        yield from _of_polars(batch, rows)


def _of_duckdb(relation: Any, rows: int) -> Iterator[pa.Table]:
    return _of_reader(relation.to_arrow_reader(rows), rows)


def _of_ibis(expression: Any, _: int) -> Iterator[pa.Table]:
    yield expression.to_pyarrow()


def _of_stream(obj: Any, rows: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    return _of_reader(pa.RecordBatchReader.from_stream(obj), rows)


def _of_c_array(obj: Any, _: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    yield pa.Table.from_batches([pa.record_batch(obj)])


IBIS = Source("ibis.expr.types", "Table", _of_ibis)
_SOURCES = (
    Source("pyarrow", "Table", _of_arrow),
    Source("pyarrow", "RecordBatch", _of_record_batch),
    Source("pyarrow", "RecordBatchReader", _of_reader),
    Source("pandas", "DataFrame", _of_pandas),
    Source("polars", "DataFrame", _of_polars),
    Source("polars", "LazyFrame", _of_lazy_polars),
    Source("duckdb", "DuckDBPyRelation", _of_duckdb),
    IBIS,
)
_PROTOCOLS = (Source("", "__arrow_c_stream__", _of_stream), Source("", "__arrow_c_array__", _of_c_array))
