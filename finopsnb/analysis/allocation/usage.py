"""The table by which a pool is split by usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["usage_of"]

_NEEDED = ("owner", "period", "quantity")


def usage_of(table: ir.Table, said: str) -> ir.Table:
    """``owner``, ``period`` (2025-01) and ``quantity`` (decimal) of a table that ``said`` names.

    The period may be a date, a time, or text that begins with year and month. Raises FinopsError for a missing column.
    """
    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        near = nearest(missing[0], table.columns)
        raise FinopsError(
            f"{said} has no column {', '.join(missing)}.",
            why=f"A pool is split by owner, period and quantity; its columns are {', '.join(table.columns)}.",
            hint=f"rename {near} to {missing[0]}" if near else "owner,period,quantity as the first line of a CSV file",
        )
    period = table.period.cast("string")[:7]
    rows = table.select(owner=table.owner.cast("string"), period=period, quantity=table.quantity.cast("decimal(38, 18)"))
    return rows.filter(rows.owner.notnull(), rows.quantity.notnull())
