"""What a session says of its allocations: showback, chargeback, and the explanation of one owner's bill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["chargeback", "explain", "showback"]

Month = str | date | None
_WITHIN_A_MONTH = ("day", "week")
_MONTH = re.compile(r"\d{4}-\d{2}")


def showback(store: Store, by: str | Sequence[str], month: Month, grain: str, plugin: str | None) -> pa.Table:
    """See :func:`finopsnb.analysis.allocation.showback`; raises FinopsError for days or weeks of what was allocated by month."""
    from finopsnb.analysis import allocation
    from finopsnb.analysis.attributions import is_by_month
    from finopsnb.analysis.names import repeated

    names = [by] if isinstance(by, str) else list(by)
    if twice := repeated(names):
        raise FinopsError(f"{twice[0]} is there twice.", hint=f"by={list(dict.fromkeys(names))}")
    rows, chosen = _allocations(store, plugin, month)
    if grain in _WITHIN_A_MONTH and is_by_month(rows, store.execute):
        why = "They do not tell on which day of the month a charge was."
        raise FinopsError(f"The allocations of {chosen} are by month.", why=why, hint=f'session.attribute("{chosen}", grain="day")')
    return store.execute(allocation.showback(rows, names, grain))


def chargeback(store: Store, month: Month, plugin: str | None) -> pa.Table:
    """See :func:`finopsnb.analysis.allocation.chargeback`."""
    from finopsnb.analysis import allocation

    return store.execute(allocation.chargeback(_allocations(store, plugin, month)[0]))


def explain(store: Store, owner: str, month: Month, plugin: str | None) -> pa.Table:
    """See :func:`finopsnb.analysis.allocation.explanation`; raises FinopsError for an owner without allocations."""
    from finopsnb.analysis import allocation

    table, _ = _allocations(store, plugin, month)
    rows = store.execute(allocation.explanation(table.filter(table.owner == owner)))
    if not rows.num_rows:
        raise _nobody(owner, month, store.execute(table.select("owner").distinct().order_by("owner"))["owner"].to_pylist())
    return rows


def _allocations(store: Store, plugin: str | None, month: Month) -> tuple[ir.Table, str]:
    """The rows of one attribution plugin, of the one that ran last unless it is named, in one billing month or all; and its name."""
    from finopsnb.analysis.allocation import newest
    from finopsnb.analysis.cost import instant

    table = store.table("allocations")
    rows, chosen = newest(table, store.execute)
    if not chosen:
        raise FinopsError("Nothing is allocated yet.", hint='session.load("tag-rules", rules=[...]); session.attribute("tag-rules")')
    if plugin not in (None, chosen):
        rows, chosen = table.filter(table.plugin == plugin), _known(store, str(plugin))
    if month is None:
        return rows, chosen
    start, end = _bounds(month)
    return rows.filter(rows.BillingPeriodStart >= instant(start), rows.BillingPeriodStart < instant(end)), chosen


def _known(store: Store, plugin: str) -> str:
    names = store.execute(store.table("allocations").select("plugin").distinct().order_by("plugin"))["plugin"].to_pylist()
    if plugin in names:
        return plugin
    near = nearest(plugin, names) or names[0]
    raise FinopsError(f"{plugin} has allocated nothing.", why=f"Allocations are by {', '.join(names)}.", hint=f'plugin="{near}"')


def _bounds(month: str | date) -> tuple[date, date]:
    """The first day of a month and of the next one."""
    said = str(month).strip()
    try:
        if not _MONTH.match(said):
            raise ValueError(said)
        day = datetime.fromisoformat(said if len(said) > len("2025-01") else f"{said}-01").date().replace(day=1)
        return day, day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
    except ValueError as error:
        raise FinopsError(f"{month} is not a month.", why="A month is written as year and month.", hint='"2025-01"') from error


def _nobody(owner: str, month: Month, owners: list[str]) -> FinopsError:
    near = nearest(owner, owners)
    when = f" in {str(month)[:7]}" if month else ""
    why = f"Owners are {', '.join(owners[:10])}{', ...' if len(owners) > 10 else ''}." if owners else "Nobody has any."
    return FinopsError(f"{owner} has no allocations{when}.", why=why, hint=f"did you mean {near}?" if near else "session.showback()")
