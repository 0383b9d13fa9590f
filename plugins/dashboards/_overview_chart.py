"""The overview's composition: a trend, a ranking, the movers and two splits over one small set of data.

Three selections tie them together: a brush over time, the series that was clicked, and the category or provider that
was clicked. Each chart is narrowed by the selections of the others and only fades the bars outside its own.
"""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts.bars import changes, ranking
from finopsnb.charts.data import base
from finopsnb.charts.styling import finish
from finopsnb.charts.trends import trend

from . import _overview_records as records
from ._linking import declared, linked
from ._overview_data import Overview
from ._overview_text import COSTS, PLURALS, description, finding, subtitle
from ._periods import months_of

__all__ = ["compose"]

#: widths in pixels: the two columns, and the names before bars
_LEFT, _RIGHT, _NAMES = 600, 392, 196

_GRAINS = {"day": "a day", "week": "a day, weekly averages", "month": "a month"}
_KEY = ["series", "rank", "provider", "split"]


def compose(overview: Overview, settings: Any) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    parts = _Parts(overview, settings)
    left = alt.vconcat(parts.trend(), parts.movers())
    right = alt.vconcat(*parts.rankings())
    title = alt.TitleParams(
        text=textwrap.wrap(finding(overview, settings.cost), 96),
        subtitle=[line for text in subtitle(overview) for line in textwrap.wrap(text, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    whole = alt.hconcat(left, right, spacing=24, title=title, description=description(overview, settings.cost))
    whole.datasets = {"costs": parts.costs, "keys": parts.keys, "periods": parts.periods}
    whole.params = parts.on.heard_in(whole)
    return finish(whole)


class _Parts:
    """The charts, over shared data and selections."""

    def __init__(self, overview: Overview, settings: Any) -> None:
        self.overview, self.settings = overview, settings
        self.costs, self.keys, self.periods = records.costs(overview), records.keys(overview), records.periods(overview)
        self.moves = records.moves(overview, settings.other)
        self.on = _Selections(settings.by)
        self.measure = COSTS[settings.cost]

    def trend(self) -> Any:
        settings = self.settings
        return trend(
            self._costs(*self.on.clicked.values()),
            currency=self.overview.currency,
            title=f"{self.measure} {_GRAINS[self.overview.grain]} ({self.overview.currency})",
            description=f"{self.measure} {_GRAINS[self.overview.grain]}, by {settings.by}, stacked bars over time.",
            series=len(self.overview.named),
            measure=self.measure,
            largest=records.highest(self.costs, self.periods),
            extent=(self.overview.since, self.overview.until),
            view="trend",
            months=months_of(self.overview.since, self.overview.until),
            width=self._trend_width(),
            height=300,
        )

    def _trend_width(self) -> int:
        """Whole pixels for each bar, where there is room for them: no seams."""
        room, bars = _LEFT - 30, max(1, len(self.periods))
        return room // bars * bars if bars <= room // 2 else room

    def rankings(self) -> list[Any]:
        """The dimension itself in the trend's colours, its split, and the providers where they are a third."""
        settings = self.settings
        what = {"series": PLURALS[settings.by], "split": PLURALS[settings.split], "provider": "providers"}
        return [self._ranking(name, what[name]) for name in what if name in self.on.clicked]

    def movers(self) -> Any:
        overview = self.overview
        source = base(self.moves)
        for selection in self.on.beside("series", time=False):
            source = source.transform_filter(selection)
        versus = f"{overview.now.name} against {overview.before.name}"
        return changes(
            source,
            name="name",
            also="series",
            currency=overview.currency,
            title=f"What changed: {versus}",
            description=f"Change of {self.measure.lower()} by {self.settings.by}, {versus}.",
            rows=len({row["name"] for row in self.moves}),
            before=overview.before.name,
            now=overview.now.name,
            picked=self.on.clicked["series"],
            view="movers",
            width=_LEFT,
            names_width=_NAMES,
        )

    def _ranking(self, name: str, what: str) -> Any:
        return ranking(
            self._costs(*self.on.beside(name)),
            name=name,
            currency=self.overview.currency,
            title=what[0].upper() + what[1:],
            description=f"{self.measure} by {what}, largest first.",
            rows=len({row[name] for row in self.keys}),
            series=len(self.overview.named) if name == "series" else None,
            whole=self._costs(),
            measure=self.measure,
            picked=self.on.clicked[name],
            view=name,
            width=_RIGHT,
            names_width=_NAMES,
        )

    def _costs(self, *narrowed_by: Any) -> Any:
        return linked(_KEY, narrowed_by)


class _Selections:
    """What can be selected: a span of time in the trend, and bars in the others.

    A click in the trend selects nothing: each drag ends with one, and would undo what was clicked elsewhere.

    Each is declared once for the whole: added to several charts, Altair would have to guess that they are one.
    """

    def __init__(self, by: str) -> None:
        import altair as alt

        fields = ("series", "split") if by == "provider" else ("series", "split", "provider")
        self.time = alt.selection_interval(name="time_brush", encodings=["x"])
        self.clicked = {field: alt.selection_point(name=f"{field}_click", fields=[field]) for field in fields}

    def beside(self, name: str, *, time: bool = True) -> list[Any]:
        """All but the clicks of that chart."""
        others = [selection for field, selection in self.clicked.items() if field != name]
        return [self.time, *others] if time else others

    def heard_in(self, chart: Any) -> list[Any]:
        places = {"series": ("series", "movers"), "split": ("split",), "provider": ("provider",)}
        clicks = [declared(selection, places[field], chart) for field, selection in self.clicked.items()]
        return [declared(self.time, ("trend",), chart), *clicks]
