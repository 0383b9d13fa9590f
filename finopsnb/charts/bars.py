"""Cost by something, and what changed: horizontal bars with their names before and their amounts behind them.

The names are drawn inside of the plot: its left edge is the left edge of the chart, so that charts of one page stand in
line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finopsnb.charts.data import base
from finopsnb.charts.styling import FALL, OTHER, RISE, money_format
from finopsnb.charts.trends import series_colour

__all__ = ["changes", "ranking"]

_ROW, _BAR = 24, 19
_AMOUNT = 62


def ranking(
    source: Any,
    *,
    name: str,
    currency: str,
    title: Any,
    description: str,
    rows: int,
    series: int | None = None,
    whole: Any = None,
    measure: str = "Cost",
    also: Mapping[str, str] | None = None,
    picked: Any = None,
    view: str | None = None,
    width: int = 400,
    names_width: int = 190,
) -> Any:
    """Horizontal bars of cost by the field ``name``, the largest on top, amounts at their ends.

    Fields: ``name`` and ``cost``; with ``series`` (the number of colours) also ``rank``, which then gives order and
    colour. ``also`` names further fields that go with a name, and what they are called in tooltips. ``picked`` is a
    selection (which the caller declares): the bars outside of it fade. ``view`` names the bars, for selections that are
    heard there. ``rows`` is how many names there are. When ``source`` is narrowed by selections, ``whole`` is the same
    without them: it is drawn behind, so that nothing moves and the part is seen against the whole.
    """
    import altair as alt

    by = [*([name] if series is None else [name, "rank"]), *(also or {})]
    sums = _sums(source, by)
    place = _place(name, alt.EncodingSortField("rank", op="min") if series is not None else _largest_first("cost"))
    scale = alt.Scale(range=[names_width, width - _AMOUNT])
    length = alt.X("cost:Q", axis=None, scale=scale)
    cost = alt.Tooltip("cost:Q", title=f"{measure} ({currency})", format=money_format(currency))
    bars = sums.mark_bar(cornerRadiusEnd=2, size=_BAR).encode(x=length, y=place, tooltip=[_what(name), cost, *_further(also or {})])
    if series is not None:
        bars = bars.encode(color=series_colour(series))
    amounts = sums.mark_text(align="left", dx=5).encode(
        x=alt.X("tip:Q", scale=scale), y=place, text=alt.Text("cost:Q", format=money_format(currency, whole=True))
    )
    every = sums if whole is None else _sums(whole, by)
    behind = every.mark_bar(cornerRadiusEnd=2, size=_BAR, opacity=0.15, color=OTHER, aria=False).encode(x=length, y=place)
    chart = alt.layer(behind, _clickable(bars, picked, view), _names(every, name, place, names_width), amounts)
    return _sized(chart, width, rows, title, description)


def _sums(source: Any, by: list[str]) -> Any:
    """Cost by these fields, and ``tip``: where its amount is written, never inside of a bar to the left."""
    sums = base(source).transform_aggregate(cost="sum(cost)", groupby=by)
    return sums.transform_calculate(tip="max(datum.cost, 0)")


def changes(
    source: Any,
    *,
    name: str,
    currency: str,
    title: Any,
    description: str,
    rows: int,
    before: str,
    now: str,
    also: str | None = None,
    picked: Any = None,
    view: str | None = None,
    width: int = 600,
    names_width: int = 190,
) -> Any:
    """Bars to the right for what grew, to the left for what shrank, the largest rise on top, signed amounts behind.

    Fields: ``name``, ``before`` and ``now`` (amounts), and ``also`` (what a click selects, when that is another field);
    the arguments ``before`` and ``now`` name the two periods in the tooltips. The others are those of ``ranking``.
    """
    import altair as alt

    sums = base(source).transform_aggregate(before="sum(before)", now="sum(now)", groupby=[name, also] if also else [name])
    sums = sums.transform_calculate(change="datum.now - datum.before")
    place = _place(name, _largest_first("change"))
    scale = alt.Scale(range=[names_width, width], padding=_AMOUNT)
    bars = sums.mark_bar(cornerRadiusEnd=2, size=_BAR).encode(
        x=alt.X("change:Q", axis=None, scale=scale),
        y=place,
        color=alt.condition("datum.change >= 0", alt.value(RISE), alt.value(FALL)),
        tooltip=[_what(name), *_amounts(currency, before=before, now=now)],
    )
    text = alt.Text("change:Q", format=money_format(currency, sign=True, whole=True))
    amounts = [
        sums.transform_filter(f"datum.change {side} 0")
        .mark_text(align=align, dx=shift)
        .encode(x=alt.X("change:Q", scale=scale), y=place, text=text)
        for side, align, shift in ((">=", "left", 5), ("<", "right", -5))
    ]
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(opacity=0.4)
    line = zero.encode(x=alt.X("zero:Q", scale=scale))
    chart = alt.layer(_clickable(bars, picked, view), line, _names(sums, name, place, names_width), *amounts)
    return _sized(chart, width, rows, title, description)


def _place(name: str, sort: Any) -> Any:
    import altair as alt

    return alt.Y(f"{name}:N", sort=sort, axis=None)


def _largest_first(field: str) -> Any:
    import altair as alt

    return alt.EncodingSortField(field, op="max", order="descending")


def _what(name: str) -> Any:
    import altair as alt

    return alt.Tooltip(f"{name}:N", title="Cost of")


def _further(fields: Mapping[str, str]) -> list[Any]:
    import altair as alt

    return [alt.Tooltip(f"{field}:N", title=title) for field, title in fields.items()]


def _amounts(currency: str, **names: str) -> list[Any]:
    import altair as alt

    money = money_format(currency)
    sums = [alt.Tooltip(f"{field}:Q", title=f"{name} ({currency})", format=money) for field, name in names.items()]
    return [*sums, alt.Tooltip("change:Q", title=f"Change ({currency})", format=money_format(currency, sign=True))]


def _names(sums: Any, name: str, place: Any, width: int) -> Any:
    import altair as alt

    names = sums.mark_text(align="right", limit=width - 10, aria=False)
    return names.encode(x=alt.value(width - 8), y=place, text=f"{name}:N")


def _clickable(bars: Any, picked: Any, view: str | None) -> Any:
    """The bars under the name ``view``; with a selection, those outside of it fade."""
    import altair as alt

    if picked is not None:
        bars = bars.mark_bar(cornerRadiusEnd=2, size=_BAR, cursor="pointer")
        bars = bars.encode(opacity=alt.condition(picked, alt.value(1.0), alt.value(0.25)))
    return bars.properties(name=view) if view else bars


def _sized(chart: Any, width: int, rows: int, title: Any, description: str) -> Any:
    return chart.properties(width=width, height=max(1, rows) * _ROW, title=title, description=description)
