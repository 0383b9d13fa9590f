"""The three columns that every table has beside those of its file: ``_line``, ``_reason`` and ``_raw``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from finopsnb.errors import SourceError
from finopsnb.plugins.files.dialect import OWN

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CHUNK_ROWS", "SPELLED", "Columns", "marked", "projected", "rejected", "spelled", "tables", "wanted"]

#: metadata of a field: how the file writes the name of a column that had to be made distinct
SPELLED = b"finopsnb.spelled"

#: rows of a table
CHUNK_ROWS = 262_144

#: from the names of the columns in a file to those that are wanted
Columns = Callable[[list[str]], Sequence[str]]


def wanted(names: list[str], columns: Columns | None, name: str) -> list[str]:
    """Those of the names that are asked for; raises SourceError for one that the file has not."""
    if columns is None:
        return names
    chosen = list(columns(list(names)))
    if unknown := set(chosen) - set(names):
        raise SourceError(f"The file {name} has no column {', '.join(sorted(unknown))}.", why=f"Its columns are {', '.join(names[:20])}.")
    return chosen


def projected(relation: Any, columns: Columns | None, name: str) -> Any:
    """The wanted columns of a relation; one that is called as ours are gets an x before it."""
    import duckdb

    names = list(relation.columns)
    chosen = wanted(names, columns, name)
    if chosen == names and not OWN & set(names):
        return relation
    return relation.select(*(duckdb.ColumnExpression(one).alias(f"x{one}" if one in OWN else one) for one in chosen))


def tables(relation: Any) -> Iterator[pa.Table]:
    """The rows of a relation; one without rows is one empty table, so that its columns are known."""
    import pyarrow as pa

    reader = relation.to_arrow_reader(CHUNK_ROWS)
    table = None
    for batch in reader:
        yield (table := pa.Table.from_batches([batch]))
    if table is None:
        yield reader.schema.empty_table()


def marked(table: pa.Table, lines: Any) -> pa.Table:
    """Good rows, with their lines (a numpy array)."""
    import pyarrow as pa

    nothing = pa.nulls(len(table), pa.string())
    return table.append_column("_line", pa.array(lines, pa.int64())).append_column("_reason", nothing).append_column("_raw", nothing)


def spelled(table: pa.Table, names: Mapping[str, str]) -> pa.Table:
    """The table, its fields saying how the file writes their names, where that differs."""
    import pyarrow as pa

    if not set(names) & set(table.column_names):
        return table
    fields = [one.with_metadata({SPELLED: names[one.name]}) if one.name in names else one for one in table.schema]
    return pa.Table.from_arrays(table.columns, schema=pa.schema(fields))


def rejected(batch: pa.RecordBatch, schema: pa.Schema) -> pa.Table:
    """Bad rows (_line, _reason, _raw), with all columns of a schema null."""
    import pyarrow as pa

    cells = [pa.nulls(len(batch), one.type) for one in schema]
    fields = [*(one.with_nullable(True) for one in schema), *batch.schema]
    return pa.Table.from_arrays([*cells, *batch.columns], schema=pa.schema(fields))
