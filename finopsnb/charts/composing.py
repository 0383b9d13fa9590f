"""Several dashboards as one thing: to show in a notebook, to save as a page, to put into a report.

In a notebook each dashboard is an output of its own (a chart with Vega's own type beside text/html would be shown as HTML only), under
a heading and before its words and figures. Whoever asks for one bundle gets HTML with pictures, and text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    from finopsnb.charts.rendering import Picture

__all__ = ["Dashboards", "Drawn"]


@dataclass
class Drawn:
    """One dashboard by its name: its Altair chart, or the error that it has in its place."""

    name: str
    chart: Any = None
    error: FinopsError | None = None

    @property
    def heading(self) -> str:
        """Its name as a heading: ``cost-overview`` is Cost overview."""
        return self.name.replace("-", " ").capitalize()

    @cached_property
    def picture(self) -> Picture:
        """The chart as it is drawn, once."""
        from finopsnb.charts.rendering import Picture

        return Picture(self.chart)

    @property
    def text(self) -> str:
        """What it finds, in words; or what went wrong."""
        from finopsnb.charts.rendering import summary

        return str(self.error) if self.error is not None else summary(self.picture.spec)


class Dashboards:
    """Dashboards that were drawn together, in their order; ``dashboards["cost-overview"]`` is the Altair chart of one."""

    def __init__(self, parts: list[Drawn]) -> None:
        self.parts = tuple(parts)

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Drawn]:
        return iter(self.parts)

    def __getitem__(self, name: str) -> Any:
        for part in self.parts:
            if part.name == name and part.error is not None:
                raise part.error
            if part.name == name:
                return part.chart
        raise KeyError(f"{name} is not among {', '.join(part.name for part in self.parts)}")

    @property
    def failed(self) -> dict[str, FinopsError]:
        """Those that could not be drawn, with their errors."""
        return {part.name: part.error for part in self.parts if part.error is not None}

    def save(self, path: str | Path, *, title: str = "FinOps report") -> Path:
        """Write them as one self-contained HTML page, whose charts answer to the pointer; returns its path."""
        from finopsnb.charts.pages import to_html

        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_html(self.parts, title=title), encoding="utf-8")
        return target

    def __repr__(self) -> str:
        from finopsnb.charts.data import seen

        return "\n\n".join(f"{part.heading}\n" + "\n".join(map(seen, part.text.split("\n"))) for part in self.parts)

    def _repr_html_(self) -> str:
        from finopsnb.charts.pages import static_html

        return "\n".join(map(static_html, self.parts))

    def _ipython_display_(self) -> None:
        import IPython.display

        from finopsnb.charts.pages import heading_html, words_html
        from finopsnb.charts.rendering import to_mimebundle

        show: Callable[..., None] = IPython.display.display
        for part in self.parts:
            text = part.text if part.error is not None else part.heading
            show({"text/html": heading_html(part), "text/plain": text}, raw=True)
            if part.error is None:
                show(to_mimebundle(part.picture), raw=True)
                show({"text/html": words_html(part), "text/plain": ""}, raw=True)
