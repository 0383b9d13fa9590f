"""Anomalies: days, weeks and months on which series of daily costs were not as they usually are, by currency, with the money at stake.

    found = anomalies(costs, execute, ["provider", "account", "service"])     # an Arrow table, the most money first

costs                        daily costs as arrays; what is not known is not a cost of nothing
places, memory, usual        the past of each series: level, week, places in the month, growth, and how far days are usually off
signals, news, onset         what is out of the ordinary, and since when
events, watching             how an event goes on, and when it is over; day after day, each judged by what was before it
kinds, telling, drivers      what it is called, what it cost, and what explains it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.anomalies.kinds import KINDS
from finopsnb.analysis.anomalies.settings import Limits

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["BY", "KINDS", "Limits", "anomalies"]

#: what a series is unless other dimensions are asked for
BY = ("provider", "account", "service")
#: events that are explained, the newest and largest; what else there is, is history
_EXPLAINED = 200


def anomalies(
    costs: ir.Table,
    execute: Callable[[ir.Expr], pa.Table],
    by: Sequence[str] = BY,
    *,
    metric: str = "EffectiveCost",
    as_of: date | None = None,
    since: date | None = None,
    minimum: Decimal = Decimal(0),
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
) -> pa.Table:
    """The events in ``costs`` that lasted until ``since`` or later and came to ``minimum`` in their currency, in two queries.

    Columns: the dimensions, BillingCurrency, ``event`` (siblings, which changed together, have the same), ``kind`` (see KINDS),
    ``direction`` up or down, ``state`` (under way, settled: it is how things are now, over), ``start`` and ``end`` (days, both of it),
    ``noticed``, the day whose cost gave it away, ``days``, ``expected``, ``actual`` and ``impact``, their difference, ``score``, how many
    times its usual deviations it was off, ``siblings`` and ``drivers`` (JSON: level, value, change, share). Ordered by currency and impact.
    Raises FinopsError for what is no dimension or no cost.
    """
    from finopsnb.analysis.anomalies.costs import costs_of, daily_costs
    from finopsnb.analysis.anomalies.telling import events_of, table_of

    rows = execute(daily_costs(costs, by, metric, as_of))
    found = [event for series in (costs_of(rows, by) if rows.num_rows else ()) for event in events_of(series, by, limits, minimum)]
    kept = [event for event in found if since is None or event["end"] >= since]
    _explain(costs, execute, kept, by, metric)
    return table_of(kept, by)


def _explain(costs: ir.Table, execute: Callable[[ir.Expr], pa.Table], events: list[dict[str, Any]], by: Sequence[str], metric: str) -> None:
    from finopsnb.analysis.anomalies.drivers import changes, explained

    chosen = sorted(events, key=lambda event: event["end"], reverse=True)[:_EXPLAINED]
    if not chosen:
        return
    for event, drivers in zip(chosen, explained(chosen, execute(changes(costs, chosen, by, metric))), strict=True):
        event["drivers"] = drivers
