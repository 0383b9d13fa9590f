"""The forecast that is drawn: one back-test gives the days to come, their sum, and how well past forecasts have done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.ranges import no_costs

from ._settings import chosen_currency, last_day

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.analysis.forecasting import Outlook, Projection

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Drawn", "look"]


#: series that are forecast by themselves, the largest; no more than a few of them are drawn
_MOST = 100


@dataclass(frozen=True)
class Drawn:
    """What is drawn, all in one currency: the total and the largest series to come; ``others`` are sums of what is left out."""

    projection: Projection
    total: Outlook
    series: list[tuple[str, Outlook]]
    others: dict[str, Decimal]
    settings: Any

    @property
    def currency(self) -> str:
        return self.projection.series.currency

    @property
    def left_out(self) -> int:
        """The series that are in the total and are not drawn by themselves."""
        return len(self.projection.series.keys) - len(self.series)


def look(costs: ir.Table, execute: Execute, settings: Any) -> Drawn | None:
    """The forecast for these settings, or None without any costs. Raises FinopsError for a currency, or days, that have none."""
    from finopsnb.analysis import forecasting

    last = last_day(settings)
    rows = execute(forecasting.daily(costs, [settings.by], settings.cost, last, most=_MOST))
    if not rows.num_rows and last and execute(costs.limit(1)).num_rows:
        raise no_costs(None, last + timedelta(days=1))
    found = {series.currency: series for series in forecasting.series_of(rows, [settings.by])} if rows.num_rows else {}
    if not found:
        return None
    sizes = {name: Decimal(str(round(forecasting.size(series), 2))) for name, series in found.items()}
    currency = chosen_currency(sizes, settings.currency, "forecast")
    projection = forecasting.project(found[currency], settings.horizon, origins=forecasting.FOR_ACCURACY)
    total, *series = forecasting.outlooks(projection, _history(projection, settings))
    largest = sorted(series, key=lambda one: (-abs(one.sum), one.key))[: settings.top]
    named = [(one.key[-1], one) for one in largest if one.sum or any(one.actual)]
    others = {name: size for name, size in sorted(sizes.items()) if name != currency}
    return Drawn(projection, total, named if len(series) > 1 else [], others, settings)


def _history(projection: Projection, settings: Any) -> int:
    """How many days of the past are drawn: from ``start`` on where it is given."""
    days: int = (projection.series.end - settings.start).days if settings.start else settings.history
    if days < 1:
        raise no_costs(settings.start, None, last=projection.series.end - timedelta(days=1))
    return days


def days(one: Outlook) -> Iterator[dict[str, Any]]:
    """The rows of a fan, with ``day`` in place of its name and middle; the line goes on into the forecast."""
    blank = dict.fromkeys(("actual", "forecast", *(name for name in one.bands)))
    known = [(one.first + timedelta(days=place), cost) for place, cost in enumerate(one.actual)]
    for day, cost in known:
        yield {**blank, "day": day, "actual": cost}
    for place, amount in enumerate(one.forecast):
        day = one.first + timedelta(days=len(known) + place)
        yield {**blank, "day": day, "forecast": amount, **{name: band[place] for name, band in one.bands.items()}}
