"""Days as numbers since 1970-01-01, UTC.

Truncating a time that has a zone, or adding a day to it, asks the calendar for each row, and takes longer than all the sums that are made
of the rows. Seconds are counted instead, and only what is left in the end becomes times again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["DAY", "day_number", "day_start"]

#: in seconds
DAY = 86_400


def day_number(instants: ir.TimestampValue) -> ir.IntegerValue:
    """The day that instants are in."""
    return (instants.epoch_seconds() // DAY).cast("int32")


def day_start(numbers: ir.IntegerValue) -> ir.TimestampValue:
    """The beginning of days by their numbers, as UTC without a zone."""
    return (numbers.cast("int64") * DAY).as_timestamp("s")
