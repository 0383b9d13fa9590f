"""Cost over time."""

from __future__ import annotations

from datetime import date
from typing import Any

from finopsnb.charts.data import base, milliseconds
from finopsnb.charts.styling import axis_format, colours, money_format

__all__ = ["series_colour", "time_scale", "trend"]


def series_colour(series: int) -> Any:
    """The colour of ``rank``: 0 to series - 1 in the palette's order, ``series`` (the rest) in grey. No legend."""
    import altair as alt

    scale = alt.Scale(domain=list(range(series + 1)), range=colours(series))
    return alt.Color("rank:O", scale=scale, legend=None)


def trend(
    source: Any,
    *,
    currency: str,
    title: Any,
    description: str,
    series: int,
    extent: tuple[date, date],
    measure: str = "Cost",
    largest: float = 0.0,
    view: str | None = None,
    months: int = 6,
    width: int = 600,
    height: int = 240,
) -> Any:
    """Stacked bars over time, one colour for each of ``series`` and grey for the rest.

    ``source`` is records or a chart with its data. Fields: ``middle`` (milliseconds, UTC), ``span`` (days) and ``when``
    (text) of the period, ``days`` (what its cost is divided by: 1, or the days of a week for a daily average),
    ``cost``, ``series`` (text) and ``rank`` (see series_colour). ``extent`` is the first day and the day after the
    last: the axis stays still when the data is narrowed, ``largest`` the highest bar, ``view`` names the bars for
    selections that are heard there. The amounts stand on the right, where the newest bars are, and the plot begins at
    the left edge.
    """
    import altair as alt

    first, after = extent
    pixels = width / max(1, (after - first).days)
    scale, axis = time_scale(extent, months)
    amounts = alt.Axis(format=axis_format([largest]), tickCount=5, orient="right")
    bars = (
        base(source)
        .transform_calculate(level="datum.cost / datum.days", pixels=f"datum.span * {pixels!r}")
        .mark_bar()
        .encode(
            x=alt.X("middle:T", scale=scale, axis=axis, title=None),
            y=alt.Y("sum(level):Q", axis=amounts, title=None),
            size=alt.Size("pixels:Q", scale=None, legend=None),
            color=series_colour(series),
            order=alt.Order("rank:O"),
            tooltip=[
                alt.Tooltip("when:N", title="Period"),
                alt.Tooltip("series:N", title="Cost of"),
                alt.Tooltip("sum(cost):Q", title=f"{measure} ({currency})", format=money_format(currency)),
            ],
        )
        .properties(width=width, height=height, title=title, description=description)
    )
    return bars.properties(name=view) if view else bars


def time_scale(extent: tuple[date, date], months: int) -> tuple[Any, Any]:
    """The scale and the axis of time from the first day to the day after the last; ``months`` says how dense the axis is."""
    import altair as alt

    first, after = extent
    return alt.Scale(type="utc", padding=0, nice=False, domain=[_moment(first), _moment(after)]), _time_axis(months)


def _moment(day: date) -> dict[str, str]:
    """An end of the time axis. As a plain number it would become a call that Vega's interpreter gets wrong."""
    return {"expr": str(milliseconds(day))}


def _time_axis(months: int) -> Any:
    import altair as alt

    few = {"interval": "week", "step": 1} if months <= 2 else {"interval": "month", "step": max(1, round(months / 13))}
    return alt.Axis(
        format="%-d %b" if months <= 2 else "%b %Y", tickCount=few, grid=False, labelOverlap=True, labelSeparation=6, labelFlush=True
    )
