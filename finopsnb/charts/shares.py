"""Shares from 0 to 100 %: over time, by name, and by two names."""

from __future__ import annotations

from datetime import date
from typing import Any

from finopsnb.charts.data import Records, base
from finopsnb.charts.styling import OTHER, PALETTE, RISE, money_format
from finopsnb.charts.trends import time_scale

__all__ = ["share_bars", "share_grid", "share_trend"]

_ROW, _BAR, _CELL, _TEXT = 24, 19, 92, 56
_PERCENT = ".1%"


def share_trend(
    rows: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    extent: tuple[date, date],
    what: str,
    months: int = 6,
    width: int = 600,
    height: int = 80,
) -> Any:
    """A line of a share over time, under a trend of the same ``extent``.

    Fields: ``middle`` (milliseconds, UTC) and ``when`` (text) of the period, ``share``, and ``cost``, the amount that it is;
    ``what`` names that in tooltips. A period without a share is a gap.
    """
    import altair as alt

    x, axis = time_scale(extent, months)
    top = max((abs(row["share"]) for row in rows if row["share"] is not None), default=0.0)
    domain = [min([0.0, *(row["share"] for row in rows if row["share"] is not None)]), max(top * 1.1, 0.05)]
    amounts = alt.Axis(format=".0%" if top > 0.1 else _PERCENT, tickCount=3, orient="right")
    line = base(rows).encode(
        x=alt.X("middle:T", scale=x, axis=axis, title=None),
        y=alt.Y("share:Q", scale=alt.Scale(domain=domain, nice=True), axis=amounts, title=None),
    )
    told = [
        alt.Tooltip("when:N", title="Period"),
        alt.Tooltip("share:Q", title="Share", format=_PERCENT),
        alt.Tooltip("cost:Q", title=f"{what} ({currency})", format=money_format(currency)),
    ]
    chart = alt.layer(line.mark_line(color=RISE, strokeWidth=1.5), line.mark_point(color=RISE, filled=True, size=26).encode(tooltip=told))
    return chart.properties(width=width, height=height, title=title, description=description)


def share_bars(
    rows: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    whole: str,
    part: str,
    width: int = 400,
    names_width: int = 190,
) -> Any:
    """A bar for each ``name`` of how much of its ``cost`` is ``covered``, over what it could be.

    Fields: ``name``, ``share`` (0 to 1), ``cost`` and ``covered``; ``whole`` and ``part`` name these two in tooltips. The
    rows stand in their order.
    """
    import altair as alt

    source = base(rows)
    place = alt.Y("name:N", sort=None, axis=None)
    scale = alt.Scale(domain=[0, 1], range=[names_width, width - _TEXT])
    length = alt.X("share:Q", axis=None, scale=scale)
    money = money_format(currency)
    told = [
        alt.Tooltip("name:N", title="Of"),
        alt.Tooltip("share:Q", title="Share", format=_PERCENT),
        alt.Tooltip("covered:Q", title=f"{part} ({currency})", format=money),
        alt.Tooltip("cost:Q", title=f"{whole} ({currency})", format=money),
    ]
    behind = source.transform_calculate(full="1").mark_bar(cornerRadiusEnd=2, size=_BAR, opacity=0.15, color=OTHER, aria=False)
    chart = alt.layer(
        behind.encode(x=alt.X("full:Q", axis=None, scale=scale), y=place),
        source.mark_bar(cornerRadiusEnd=2, size=_BAR, color=PALETTE[0]).encode(x=length, y=place, tooltip=told),
        source.mark_text(align="right", limit=names_width - 10, aria=False).encode(x=alt.value(names_width - 8), y=place, text="name:N"),
        source.mark_text(align="left", dx=5).encode(x=alt.value(width - _TEXT), y=place, text=alt.Text("share:Q", format=_PERCENT)),
    )
    return chart.properties(width=width, height=max(1, len({row["name"] for row in rows})) * _ROW, title=title, description=description)


def share_grid(
    rows: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    whole: str,
    part: str,
    width: int = 600,
    names_width: int = 190,
) -> Any:
    """A cell for each ``name`` (down) and ``column`` (across) with its share written in it: orange is little, blue is much.

    Fields: ``name``, ``column``, ``share`` (0 to 1), ``cost`` and ``covered``, as for :func:`share_bars`. Both stand in their order.
    """
    import altair as alt

    across, down = list(dict.fromkeys(row["column"] for row in rows)), list(dict.fromkeys(row["name"] for row in rows))
    numbered = [{**row, "across": across.index(row["column"]), "down": down.index(row["name"])} for row in rows]
    wide = min(_CELL, (width - names_width) / max(1, len(across)))
    scale = alt.Scale(domain=[0, len(across)], range=[names_width, round(names_width + wide * len(across))])
    tall = alt.Scale(domain=[0, max(1, len(down))], range=[0, max(1, len(down)) * _ROW])
    money = money_format(currency)
    told = [
        alt.Tooltip("name:N", title="Of"),
        alt.Tooltip("column:N", title="Tag"),
        alt.Tooltip("share:Q", title="Share", format=_PERCENT),
        alt.Tooltip("covered:Q", title=f"{part} ({currency})", format=money),
        alt.Tooltip("cost:Q", title=f"{whole} ({currency})", format=money),
    ]
    cells = base(numbered).transform_calculate(
        left="datum.across + 0.02", right="datum.across + 0.98", top="datum.down + 0.06", bottom="datum.down + 0.94"
    )
    x, y = alt.X("left:Q", axis=None, scale=scale), alt.Y("top:Q", axis=None, scale=tall)
    middle = {"x": alt.X("middle:Q", scale=scale), "y": alt.Y("centre:Q", scale=tall)}
    texts = base(numbered).transform_calculate(middle="datum.across + 0.5", centre="datum.down + 0.5").mark_text(baseline="middle")
    heads = base([{"across": place, "column": name} for place, name in enumerate(across)]).transform_calculate(middle="datum.across + 0.5")
    names = base([{"down": place, "name": name} for place, name in enumerate(down)]).transform_calculate(centre="datum.down + 0.5")
    colour = alt.Scale(domain=[0, 0.5, 1], range=["#D55E00", "#F3E3D3", "#0072B2"], interpolate="rgb")
    chart = alt.layer(
        cells.mark_rect(cornerRadius=2).encode(
            x=x, x2="right:Q", y=y, y2="bottom:Q", color=alt.Color("share:Q", scale=colour, legend=None), tooltip=told
        ),
        texts.encode(
            **middle,
            text=alt.Text("share:Q", format=_PERCENT),
            color=alt.condition("datum.share < 0.8", alt.value("#000000"), alt.value("#ffffff")),
        ),
        heads.mark_text(baseline="bottom", limit=round(wide) - 4).encode(x=middle["x"], y=alt.value(-4), text="column:N"),
        names.mark_text(align="right", baseline="middle", limit=names_width - 10, aria=False).encode(
            x=alt.value(names_width - 8), y=middle["y"], text="name:N"
        ),
    )
    return chart.properties(width=width, height=max(1, len(down)) * _ROW, title=title, description=description)
