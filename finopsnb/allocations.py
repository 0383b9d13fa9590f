"""What a session says of its allocations: showback, chargeback, and the explanation of one owner's bill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["chargeback", "explain", "showback"]

Month = str | date | None
_MONTH = re.compile(r"(\d{4})-(\d{2})(-\d{2})?")


def showback(store: Store, by: str | Sequence[str], month: Month, grain: str, plugin: str | None) -> pa.Table:
    """See :func:`finopsnb.analysis.allocation.showback`."""
    from finopsnb.analysis import allocation

    names = [by] if isinstance(by, str) else list(by)
    return store.execute(allocation.showback(_allocations(store, plugin, month), names, grain))


def chargeback(store: Store, month: Month, plugin: str | None) -> pa.Table:
    """See :func:`finopsnb.analysis.allocation.chargeback`."""
    from finopsnb.analysis import allocation

    return store.execute(allocation.chargeback(_allocations(store, plugin, month)))


def explain(store: Store, owner: str, month: Month, plugin: str | None) -> pa.Table:
    """See :func:`finopsnb.analysis.allocation.explanation`; raises FinopsError for an owner without allocations."""
    from finopsnb.analysis import allocation

    table = _allocations(store, plugin, month)
    rows = store.execute(allocation.explanation(table.filter(table.owner == owner)))
    if not rows.num_rows:
        raise _nobody(owner, month, store.execute(table.select("owner").distinct().order_by("owner"))["owner"].to_pylist())
    return rows


def _allocations(store: Store, plugin: str | None, month: Month) -> ir.Table:
    """The rows of one attribution plugin, of the one that ran last unless it is named, in one billing month or all."""
    from finopsnb.analysis.allocation import newest

    table = store.table("allocations")
    rows, chosen = newest(table, store.execute) if plugin is None else (table.filter(table.plugin == plugin), plugin)
    if not chosen:
        raise FinopsError("Nothing is allocated yet.", hint='session.load("tag-rules", rules=[...]); session.attribute("tag-rules")')
    if month is None:
        return rows
    start, end = _bounds(month)
    from finopsnb.analysis.cost import instant

    return rows.filter(rows.BillingPeriodStart >= instant(start), rows.BillingPeriodStart < instant(end))


def _bounds(month: str | date) -> tuple[date, date]:
    """The first day of a month and of the next one."""
    found = _MONTH.fullmatch(str(month).strip()[:10])
    if not found or not 1 <= int(found[2]) <= 12:
        raise FinopsError(f"{month} is not a month.", why="A month is written as year and month.", hint='"2025-01"')
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)


def _nobody(owner: str, month: Month, owners: list[str]) -> FinopsError:
    near = nearest(owner, owners)
    when = f" in {str(month)[:7]}" if month else ""
    why = f"Owners are {', '.join(owners[:10])}{', ...' if len(owners) > 10 else ''}." if owners else "Nobody has any."
    return FinopsError(f"{owner} has no allocations{when}.", why=why, hint=f"did you mean {near}?" if near else "session.showback()")
