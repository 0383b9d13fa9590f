"""Private engines: where tables are worked on apart from the store, each with nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PIECE_ROWS", "in_pieces", "private_engine"]

#: rows that one thread of the engine takes at a time
PIECE_ROWS = 16_384


def private_engine() -> Any:
    """A DuckDB connection of its own, in UTC and without a progress bar; whoever asks for it closes it."""
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")  # the session shows one bar, and not one a file
    return connection


def in_pieces(table: pa.Table) -> pa.Table:
    """The table in batches of PIECE_ROWS rows: the engine gives each of its threads one, and a table of one batch to one thread."""
    import pyarrow as pa

    return pa.Table.from_batches(table.to_batches(max_chunksize=PIECE_ROWS), table.schema)
