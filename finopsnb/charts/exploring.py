"""A dashboard that asks again: a range of days by its controls, or by a brush where the chart has only weeks or months.

A brush over days is answered in the browser, by the chart's own selections. Over coarser bars it needs days that the chart does not have:
then the dashboard is drawn anew for the days of the brush. The browser waits until the drag is over, and a range that is shown already is
not asked for again. Where nobody sits before the notebook (nbclient, nbmake, papermill) there is no widget, but the chart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from finopsnb.attending import attended
from finopsnb.charts.composing import Drawn
from finopsnb.errors import FinopsError

__all__ = ["Explorer"]

#: the selection over time, as dashboards name it, and the milliseconds of rest after which a drag is over
BRUSH, REST = "time_brush", 400
_AGAIN = "The controls answer while the kernel runs; afterwards run the cell again."


class Explorer:
    """The dashboard ``name`` with a range of days that can be changed; ``chart`` is what is shown now, ``start`` and ``end`` its days."""

    def __init__(
        self,
        name: str,
        draw: Callable[[date | None, date | None], Any],
        start: date | None = None,
        end: date | None = None,
        attended: bool | None = None,
    ) -> None:
        self.name, self.start, self.end = name, start, end
        self._draw, self._whole, self._attended = draw, (start, end), attended
        self.status = ""
        #: how often the engine was asked
        self.asked = 0
        #: what is shown now, as a dashboard of a page
        self.part: Drawn
        self._ask(start, end)

    def show(self, start: date | None, end: date | None) -> bool:
        """Draw these days (``start`` counts, ``end`` does not), unless they are shown; False where that cannot be, as ``status`` says."""
        if (start, end) == (self.start, self.end):
            return True
        try:
            self._ask(start, end)
        except FinopsError as error:
            self.status = str(error)
            return False
        return True

    def brushed(self, span: Mapping[str, Any] | None) -> bool:
        """What a brush asks for: True when the dashboard was drawn anew for its days."""
        edges = next(iter((span or {}).values()), None)
        if not edges or len(edges) != 2 or not self.is_coarse:
            return False
        first, last = (datetime.fromtimestamp(edge / 1000, UTC).date() for edge in sorted(edges))
        asked = self.asked
        return self.show(first, last + timedelta(days=1)) and self.asked > asked

    def back(self) -> bool:
        """The days that it began with."""
        return self.show(*self._whole)

    @property
    def is_coarse(self) -> bool:
        """Whether a bar of the chart is of more than a day."""
        periods = (self.part.picture.spec.get("datasets") or {}).get("periods") or []
        return any(period.get("span", 1) > 1 for period in periods)

    @property
    def chart(self) -> Any:
        """The Altair chart that is shown now."""
        return self.part.chart

    @cached_property
    def widget(self) -> Any:
        """The controls and the chart."""
        from finopsnb.charts.controls import controls

        return controls(self)

    def __repr__(self) -> str:
        return self.part.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        from finopsnb.charts.pages import static_html
        from finopsnb.charts.rendering import to_mimebundle

        if not (attended() if self._attended is None else self._attended):
            return to_mimebundle(self.part.picture)
        view: dict[str, Any] = self.widget._repr_mimebundle_()
        return {**view, "text/html": f"{static_html(self.part)}\n<p>{_AGAIN}</p>", "text/plain": repr(self)}

    def _ask(self, start: date | None, end: date | None) -> None:
        begun = time.perf_counter()
        self.part = Drawn(self.name, self._draw(start, end))
        self.start, self.end, self.asked = start, end, self.asked + 1
        self.status = f"{_told(start, end)}, asked in {time.perf_counter() - begun:.1f} s"


def _told(start: date | None, end: date | None) -> str:
    since = f"from {start}" if start else ""
    until = f"to {end - timedelta(days=1)}" if end else ""
    return " ".join(part for part in (since, until) if part) or "all days"
