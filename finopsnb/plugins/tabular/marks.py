"""What is said of a table beside what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["is_ready", "mark_ready", "no_rows"]

_READY: Final = {b"finopsnb": b"ready"}


def mark_ready(table: pa.Table) -> pa.Table:
    """The table, said to be in the columns, types and values of FOCUS: nothing in its cells is to be mended.

    Conversions of ours say it. What FOCUS asks of the values is checked all the same.
    """
    return table.replace_schema_metadata(_READY)


def is_ready(table: Any) -> bool:
    """Whether that was said of the table; of anything else it was not."""
    return bool(getattr(getattr(table, "schema", None), "metadata", None) == _READY)


def no_rows() -> pa.Table:
    """A table without rows and columns."""
    import pyarrow as pa

    return pa.table({})
