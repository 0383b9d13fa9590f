"""The allocation dashboard's composition: owners over time, what has no owner, and what the pools handed on to whom."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts import finish, flows, nothing, ranking, share_trend, trend

from . import _allocation_text as text
from ._allocation_data import Allocated
from ._linking import declared, linked
from ._periods import months_of

__all__ = ["compose"]

_LEFT, _RIGHT, _NAMES = 600, 392, 196
_KEY = ["series", "rank", "method"]
_GRAINS = {"day": "a day", "month": "a billing month"}


def compose(found: Allocated, settings: Any) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    parts = _Parts(found, settings)
    left = alt.vconcat(parts.trend(), parts.unowned(), parts.flows())
    right = alt.vconcat(*parts.rankings())
    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found), 96),
        subtitle=[line for part in text.subtitle(found) for line in textwrap.wrap(part, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    whole = alt.hconcat(left, right, spacing=24, title=title, description=text.description(found))
    whole.datasets = parts.data
    whole.params = [
        declared(parts.time, ("trend",), whole),
        *(declared(selection, (field,), whole) for field, selection in parts.clicked.items()),
    ]
    return finish(whole)


class _Parts:
    """The charts, over shared data and selections."""

    def __init__(self, found: Allocated, settings: Any) -> None:
        import altair as alt

        self.found, self.settings, self.data = found, settings, text.datasets(found)
        self.measure, self.extent = text.measure(found), (found.since, found.until)
        self.time = alt.selection_interval(name="time_brush", encodings=["x"])
        self.clicked = {field: alt.selection_point(name=f"{field}_click", fields=[field]) for field in ("series", "method")}

    def trend(self) -> Any:
        a_period = _GRAINS[self.found.grain]
        return trend(
            linked(_KEY, self.clicked.values()),
            currency=self.found.currency,
            title=f"{self.measure} {a_period} by owner ({self.found.currency})",
            description=f"{self.measure} {a_period} by owner, stacked bars over time; what has no owner is grey.",
            series=text.series(self.found),
            measure=self.measure,
            largest=self._highest(),
            extent=self.extent,
            view="trend",
            months=months_of(self.found.since, self.found.until),
            width=self._trend_width(),
            height=260,
        )

    def _trend_width(self) -> int:
        """Whole pixels for each day's bar, where there is room for them: no seams."""
        room, bars = _LEFT - 30, max(1, len(self.data["periods"]))
        return room // bars * bars if self.found.grain == "day" and bars <= room // 2 else room

    def _highest(self) -> float:
        sums = dict.fromkeys((row["period"] for row in self.data["periods"]), 0.0)
        for row in self.data["costs"]:
            sums[row["period"]] += max(0.0, row["cost"])
        return max(sums.values(), default=0.0)

    def unowned(self) -> Any:
        return share_trend(
            text.shares(self.found),
            currency=self.found.currency,
            title=f"Share of {self.measure.lower()} without an owner",
            description=f"The share of {self.measure.lower()} that is allocated to nobody, {_GRAINS[self.found.grain]}, as a line.",
            extent=self.extent,
            what="Without an owner",
            months=months_of(self.found.since, self.found.until),
            width=self._trend_width(),
            height=64,
        )

    def flows(self) -> Any:
        links = text.links(self.found)
        if not links:
            pools = "%finops load shared-costs with pools, and %finops run shared-costs, hand shared costs on (docs/ALLOCATION.md)."
            return nothing("No cost came through a shared pool", pools, width=_LEFT)
        return flows(
            links,
            currency=self.found.currency,
            title=f"What shared pools took in, and to whom it went ({self.found.currency})",
            description="Bands from each pool to the owners that it was handed on to, as wide as the cost, over all periods shown.",
            series=text.series(self.found),
            measure=self.measure,
            width=_LEFT,
            height=190,
            names_width=_NAMES,
        )

    def rankings(self) -> list[Any]:
        return [self._ranking("series", "owner"), self._ranking("method", "the way it was allocated")]

    def _ranking(self, name: str, what: str) -> Any:
        beside = [selection for field, selection in self.clicked.items() if field != name]
        return ranking(
            linked(_KEY, [self.time, *beside]),
            name=name,
            currency=self.found.currency,
            title="Owners" if name == "series" else "How it was allocated",
            description=f"{self.measure} by {what}, largest first.",
            rows=len({row[name] for row in self.data["keys"]}),
            series=text.series(self.found) if name == "series" else None,
            whole=linked(_KEY, []),
            measure=self.measure,
            picked=self.clicked[name],
            view=name,
            width=_RIGHT,
            names_width=_NAMES,
        )
