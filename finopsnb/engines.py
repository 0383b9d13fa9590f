"""Private engines: where tables are worked on apart from the store, each with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PIECE_ROWS", "Incoming", "in_pieces", "private_engine"]

#: rows that one thread of the engine takes at a time
PIECE_ROWS = 16_384


class Incoming:
    """A table that statements are prepared on: they read what ``table`` is when they run, which must have one schema.

    Reading and planning a long statement takes DuckDB as long as some ten thousand rows take; prepared, it is done once for all
    chunks of a file. A statement keeps the object that was registered under the name when it was prepared, and an Arrow table
    never changes, so it is this object that is registered.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_schema__(self) -> object:
        return self.table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def private_engine() -> Any:
    """A DuckDB connection of its own, in UTC and without a progress bar; whoever asks for it closes it."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("set global TimeZone = 'UTC'")  # of its cursors too
    connection.execute("set enable_progress_bar = false")  # the session shows one bar, and not one a file
    return connection


def in_pieces(table: pa.Table) -> pa.Table:
    """The table in batches of PIECE_ROWS rows: the engine gives each of its threads one, and a table of one batch to one thread."""
    import pyarrow as pa

    return pa.Table.from_batches(table.to_batches(max_chunksize=PIECE_ROWS), table.schema)
