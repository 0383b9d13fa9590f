"""Costs day by day, what they are forecast to be, and the intervals around it."""

from __future__ import annotations

from datetime import date
from typing import Any

from finopsnb.charts.data import Records, base, shared
from finopsnb.charts.styling import INK, PALETTE, axis_format, money_format
from finopsnb.charts.trends import time_scale

__all__ = ["fan"]


def fan(
    rows: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    extent: tuple[date, date],
    width: int = 960,
    height: int = 280,
    ticks: int = 5,
) -> Any:
    """The past as a line, the forecast dashed, with the 95 % interval light and the 80 % one darker behind it.

    Fields of ``rows``, a day each: ``middle`` (milliseconds, UTC), ``when`` (text), ``actual``, and for the days to come ``forecast``,
    ``low_80``, ``high_80``, ``low_95`` and ``high_95``; absent if none. ``extent`` is the first day and the day after the last.
    """
    import altair as alt

    first, after = extent
    scale, axis = time_scale(extent, max(1, round((after - first).days / 30)))
    amounts = [row[name] for row in rows for name in ("actual", "high_95", "low_95") if row.get(name) is not None]
    domain = alt.Scale(domain=[min([0.0, *amounts]), max([*amounts, 0.01]) * 1.04], nice=False)
    x = shared(alt.X)("middle:T", scale=scale, axis=axis, title=None)
    y = alt.Axis(format=axis_format([max(amounts, default=1.0)]), tickCount=ticks, orient="right")
    source = base(rows)

    def drawn(name: str, mark: Any, **more: Any) -> Any:
        chart = getattr(source.transform_filter(f"isValid(datum.{name})"), f"mark_{mark.pop('type')}")(**mark)
        return chart.encode(x=x, y=shared(alt.Y)(f"{name}:Q", scale=domain, axis=y, title=None), **more)

    layers = [
        *(
            drawn(f"low_{level}", {"type": "area", "color": PALETTE[0], "opacity": opacity, "aria": False}, y2=f"high_{level}:Q")
            for level, opacity in ((95, 0.16), (80, 0.24))
        ),
        drawn("actual", {"type": "line", "color": INK, "strokeWidth": 1.6}),
        drawn("forecast", {"type": "line", "color": PALETTE[0], "strokeDash": [5, 3], "strokeWidth": 2}),
        _hovered(source, x, domain, currency),
    ]
    return shared(alt.LayerChart)(layer=layers).properties(width=width, height=height, title=title, description=description)


def _hovered(source: Any, x: Any, domain: Any, currency: str) -> Any:
    """A point for each day that is seen only by the pointer."""
    import altair as alt

    names = {
        "actual": "Cost",
        "forecast": "Forecast",
        "low_80": "80 % from",
        "high_80": "80 % to",
        "low_95": "95 % from",
        "high_95": "95 % to",
    }
    money, tooltip = money_format(currency), shared(alt.Tooltip)
    told = [tooltip("when:N", title="Day"), *(tooltip(f"{n}:Q", title=f"{t} ({currency})", format=money) for n, t in names.items())]
    points = source.transform_calculate(here="isValid(datum.forecast) ? datum.forecast : datum.actual").transform_filter(
        "isValid(datum.here)"
    )
    return points.mark_point(opacity=0, size=100, filled=True).encode(x=x, y=shared(alt.Y)("here:Q", scale=domain), tooltip=told)
