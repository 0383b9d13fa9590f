"""Several numbers over time that do not add up: shares and unit costs, a line each."""

from __future__ import annotations

from datetime import date
from typing import Any

from finopsnb.charts.data import Records, base
from finopsnb.charts.styling import money_format
from finopsnb.charts.trends import series_colour, time_scale

__all__ = ["line_names", "line_trend"]

_ROW = 20


def line_trend(
    rows: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    series: int,
    extent: tuple[date, date],
    value: str,
    amount: str,
    style: str = ".1%",
    top: float | None = None,
    months: int = 6,
    width: int = 520,
    height: int = 150,
) -> Any:
    """A line for each of ``series``; :func:`line_names` says which is which.

    Fields: ``middle`` (milliseconds, UTC) and ``when`` (text) of the period, ``value``, ``cost``, the amount that it is about, ``series``
    (text) and ``rank`` (0 on). A period without a value is a gap. ``value`` and ``amount`` name both in tooltips, ``style`` is the d3
    format of values, ``top`` the end of their axis.
    """
    import altair as alt

    x, axis = time_scale(extent, months)
    highest = top if top is not None else max((row["value"] for row in rows if row["value"] is not None), default=1.0) or 1.0
    values = alt.Axis(format=".0%" if style.endswith("%") else style, tickCount=4, orient="right")
    line = base(rows).encode(
        x=alt.X("middle:T", scale=x, axis=axis, title=None),
        y=alt.Y("value:Q", scale=alt.Scale(domain=[0, highest], nice=top is None), axis=values, title=None),
        color=series_colour(series),
    )
    told = [
        alt.Tooltip("when:N", title="Period"),
        alt.Tooltip("series:N", title="Of"),
        alt.Tooltip("value:Q", title=value, format=style),
        alt.Tooltip("cost:Q", title=f"{amount} ({currency})", format=money_format(currency)),
    ]
    chart = alt.layer(line.mark_line(strokeWidth=1.5), line.mark_point(filled=True, opacity=1, size=26).encode(tooltip=told))
    return chart.properties(width=width, height=height, title=title, description=description)


def line_names(rows: Records, *, series: int, width: int = 180) -> Any:
    """A point of its colour and its name for each series of :func:`line_trend`, in their order: it stands beside."""
    import altair as alt

    names = dict(sorted({row["rank"]: row["series"] for row in rows}.items()))
    source = base([{"rank": rank, "series": name} for rank, name in names.items()])
    place = alt.Y("rank:O", axis=None)
    points = source.mark_point(filled=True, opacity=1, size=60, shape="square").encode(x=alt.value(0), y=place, color=series_colour(series))
    texts = source.mark_text(align="left", baseline="middle", limit=width - 14).encode(x=alt.value(12), y=place, text="series:N")
    return alt.layer(points, texts).properties(width=width, height=max(1, len(names)) * _ROW, description="The names of the lines.")
