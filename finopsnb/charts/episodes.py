"""A line of daily costs with some of its days marked, and what these days were expected to cost."""

from __future__ import annotations

from datetime import date
from typing import Any

from finopsnb.charts.data import Records, base, milliseconds
from finopsnb.charts.styling import OTHER, colours, money_format
from finopsnb.charts.trends import time_scale

__all__ = ["episode"]


def episode(
    rows: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    extent: tuple[date, date],
    marked: tuple[date, date],
    expected: float | None,
    width: int = 290,
    height: int = 130,
) -> Any:
    """The days of ``extent`` (its end is not of it); those of ``marked`` lie on a band, with ``expected``, what a day of
    them should have cost, as a dashed line where it is known.

    Fields: ``day`` (milliseconds, UTC), ``when`` (text) and ``cost``.
    """
    import altair as alt

    x, axis = time_scale(extent, 2)
    start, end = (milliseconds(day) for day in marked)
    span = base([{"start": start, "end": end, "expected": expected}])
    amounts = alt.Axis(format=money_format(currency, whole=True), tickCount=4)
    place = alt.X("start:T", axis=axis, title=None)  # the scale is the line's: with an end, Vega-Lite takes its domain for two
    band = span.mark_rect(opacity=0.18, color=OTHER).encode(x=place, x2="end:T")
    usual = span.mark_rule(strokeDash=[4, 3], strokeWidth=1.5).encode(
        x=place,
        x2="end:T",
        y=alt.Y("expected:Q", title=None, axis=amounts),
        tooltip=alt.Tooltip("expected:Q", title=f"Expected a day ({currency})", format=money_format(currency)),
    )
    told = [
        alt.Tooltip("when:N", title="Day"),
        alt.Tooltip("cost:Q", title=f"Cost ({currency})", format=money_format(currency)),
    ]
    line = base(rows).encode(x=alt.X("day:T", scale=x, axis=axis, title=None), y=alt.Y("cost:Q", title=None, axis=amounts))
    drawn = line.mark_line(strokeWidth=1.5, color=colours(1)[0])
    points = line.mark_point(filled=True, opacity=1, size=14, color=colours(1)[0]).encode(tooltip=told)
    layers = [band, drawn, points] + ([] if expected is None else [usual])
    return alt.layer(*layers).properties(width=width, height=height, title=title, description=description)
