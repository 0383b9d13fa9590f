"""From where to whom: bands between two columns of names, as wide as the money that flows.

Vega-Lite has no mark for it, so the bands are laid out here: each is an area whose edges are a few points of an S. Amounts below
zero (credits that are handed on) are as wide as their size; what they are is said by the sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from finopsnb.charts.data import Records
from finopsnb.charts.styling import OTHER, money_format
from finopsnb.charts.trends import series_colour

__all__ = ["flows"]

_POINTS = 12
_GAP, _LEAST, _BAR, _AMOUNT = 7.0, 15.0, 7, 62


@dataclass
class _Node:
    """One name of a column: where it stands, how much flows through it, and how much of that is drawn already."""

    top: float
    room: float
    thick: float
    cost: float
    drawn: float = 0.0

    def next(self, thick: float) -> float:
        """The upper edge of its next band; the bands stand in the middle of its room."""
        edge = self.top + (self.room - self.thick) / 2 + self.drawn
        self.drawn += thick
        return edge


def flows(
    links: Records,
    *,
    currency: str,
    title: Any,
    description: str,
    series: int,
    measure: str = "Cost",
    width: int = 600,
    height: int = 200,
    names_width: int = 190,
) -> Any:
    """Bands from each ``source`` on the left to each ``target`` on the right, in the colours of the targets.

    Fields: ``source``, ``target``, ``cost`` and ``rank`` (of the target, see :func:`finopsnb.charts.trends.series_colour`, of
    ``series``). Sources stand in the order in which they come first, targets by rank. ``height`` is what the bands get; small
    names need some more.
    """
    import altair as alt

    links = [link for link in links if link["cost"]]
    targets = sorted({(link["rank"], link["target"]) for link in links})
    whole = sum(abs(link["cost"]) for link in links) or 1.0
    left = _column(links, "source", list(dict.fromkeys(link["source"] for link in links)), height / whole)
    right = _column(links, "target", [name for _, name in targets], height / whole)
    edges = names_width, width - names_width
    tall = max((node.top + node.room for node in [*left.values(), *right.values()]), default=_LEAST)
    scales = {"x": alt.Scale(domain=[0, width]), "y": alt.Scale(domain=[0, tall], reverse=True)}
    chart = alt.layer(
        _bands(_ribbons(links, left, right, edges, height / whole), scales, series, f"{measure} ({currency})", currency),
        _bars(left, edges[0] - _BAR, scales),
        _bars(right, edges[1], scales),
        *_names(left, edges[0] - _BAR - 6, "right", scales, currency),
        *_names(right, edges[1] + _BAR + 6, "left", scales, currency),
    )
    return chart.properties(width=width, height=round(tall), title=title, description=description)


def _column(links: Records, field: str, names: list[str], scale: float) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    top = 0.0
    for name in names:
        mine = [link["cost"] for link in links if link[field] == name]
        thick = sum(map(abs, mine)) * scale
        nodes[name] = _Node(top, max(thick, _LEAST), thick, sum(mine))
        top += nodes[name].room + _GAP
    return nodes


def _ribbons(links: Records, left: dict[str, _Node], right: dict[str, _Node], edges: tuple[int, int], scale: float) -> Records:
    """The points of each band; within a name the bands stand in the order of the names on the other side."""
    places = {name: place for place, name in enumerate(left)}
    thick = [abs(link["cost"]) * scale for link in links]
    ends: dict[int, float] = {}
    for number in sorted(range(len(links)), key=lambda one: places[links[one]["source"]]):
        ends[number] = right[links[number]["target"]].next(thick[number])
    points: Records = []
    for number in sorted(range(len(links)), key=lambda one: links[one]["rank"]):
        start = left[links[number]["source"]].next(thick[number])
        points += [{**links[number], "band": number, **point} for point in _curve(edges, (start, ends[number]), thick[number])]
    return points


def _curve(edges: tuple[int, int], tops: tuple[float, float], thick: float) -> Records:
    """An S from one column to the other, flat at both ends."""
    steps = [step / _POINTS for step in range(_POINTS + 1)]
    bends = [step * step * (3 - 2 * step) for step in steps]
    ys = [tops[0] + (tops[1] - tops[0]) * bend for bend in bends]
    xs = [edges[0] + (edges[1] - edges[0]) * step for step in steps]
    return [{"x": round(x, 1), "y": round(y, 1), "y2": round(y + max(thick, 0.6), 1)} for x, y in zip(xs, ys, strict=True)]


def _bands(points: Records, scales: dict[str, Any], series: int, what: str, currency: str) -> Any:
    import altair as alt

    shape = alt.Chart(alt.InlineData(values=points)).mark_area(opacity=0.55, interpolate="linear")
    return shape.encode(
        x=alt.X("x:Q", scale=scales["x"], axis=None),
        y=alt.Y("y:Q", scale=scales["y"], axis=None),
        y2="y2:Q",
        detail="band:N",
        color=series_colour(series),
        tooltip=[
            alt.Tooltip("source:N", title="From"),
            alt.Tooltip("target:N", title="To"),
            alt.Tooltip("cost:Q", title=what, format=money_format(currency)),
        ],
    )


def _bars(nodes: dict[str, _Node], x: int, scales: dict[str, Any]) -> Any:
    import altair as alt

    middles = [node.top + node.room / 2 for node in nodes.values()]
    halves = [max(node.thick, 1.0) / 2 for node in nodes.values()]
    rows = [{"x": x, "x2": x + _BAR, "y": m - half, "y2": m + half} for m, half in zip(middles, halves, strict=True)]
    bars = alt.Chart(alt.InlineData(values=rows)).mark_rect(color=OTHER, aria=False)
    return bars.encode(x=alt.X("x:Q", scale=scales["x"]), x2="x2:Q", y=alt.Y("y:Q", scale=scales["y"]), y2="y2:Q")


def _names(nodes: dict[str, _Node], x: int, align: Literal["left", "right"], scales: dict[str, Any], currency: str) -> list[Any]:
    """Each amount beside its bar, and the name behind it."""
    import altair as alt

    rows = [{"x": x, "y": node.top + node.room / 2, "name": name, "cost": node.cost} for name, node in nodes.items()]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("x:Q", scale=scales["x"]), y=alt.Y("y:Q", scale=scales["y"]))
    shift = _AMOUNT if align == "left" else -_AMOUNT
    amounts = base.mark_text(align=align, baseline="middle").encode(text=alt.Text("cost:Q", format=money_format(currency, whole=True)))
    names = base.mark_text(align=align, baseline="middle", dx=shift, limit=124).encode(text="name:N")
    return [amounts, names]
