"""The tables by which pools are split by usage: which rows of them count, and which cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.rules import UNALLOCATED
from finopsnb.analysis.money import MONEY
from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.analysis.allocation.pools import Pool

__all__ = ["usable", "usage_of"]

_NEEDED = ("owner", "period", "quantity")
_MONTH = r"^\s*\d{4}-(0[1-9]|1[0-2])(\D|$)"


def usage_of(table: ir.Table, said: str) -> ir.Table:
    """``owner``, ``period`` (2025-01) and ``quantity`` (decimal) of a table that ``said`` names, and ``row``, how it was written.

    The period may be a date, a time, or text that begins with year and month. Rows without a quantity are left out; what is no
    owner, no month or no number is null. Raises FinopsError for a missing column.
    """
    import ibis

    missing = [name for name in _NEEDED if name not in table.columns]
    if missing:
        near = nearest(missing[0], table.columns)
        raise FinopsError(
            f"{said} has no column {', '.join(missing)}.",
            why=f"A pool is split by owner, period and quantity; its columns are {', '.join(table.columns)}.",
            hint=f"rename {near} to {missing[0]}" if near else "owner,period,quantity as the first line of a CSV file",
        )
    texts = {name: table[name].cast("string") for name in _NEEDED}
    given = table.filter(texts["quantity"].nullif("").notnull())
    owner, period, quantity = (given[name].cast("string") for name in _NEEDED)
    return given.select(
        owner=owner.strip().nullif("").nullif(UNALLOCATED),
        period=ibis.ifelse(period.re_search(_MONTH), period.strip()[:7], ibis.null("string")),
        quantity=given.quantity.try_cast(MONEY),
        row=ibis.literal(",").join([part.coalesce("") for part in (owner, period, quantity)]),
    )


def usable(rows: pa.Table, pool: Pool) -> pa.Table:
    """The rows of :func:`usage_of` that are for the owners of ``pool``; FinopsError that quotes one that cannot be used."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, problem in (("owner", f"who pays; {UNALLOCATED} is nobody"), ("period", "the month"), ("quantity", "the quantity")):
        wrong = rows.filter(rows[name].is_null())
        if wrong.num_rows:
            raise FinopsError(
                f"{wrong.num_rows} rows of {pool.usage}, by which the pool {pool.name} is split, do not tell {problem}.",
                why=f"One of them is {wrong['row'][0].as_py()!r}.",
                hint="owner,period,quantity and then web,2025-01,12.5",
            )
    kept = rows.select(["owner", "period", "quantity"])
    return kept.filter(pc.is_in(kept["owner"], pa.array(pool.owners, pa.string()))) if pool.owners else kept
