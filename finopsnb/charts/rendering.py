"""Charts without a network, in a notebook: as Vega-Lite, as a picture, and in words.

JupyterLab registers Vega-Lite up to 5, so a chart goes out as that, with a picture for readers without Vega and a text
for readers without eyes. A chart is evaluated once: its picture and the tables of its figures come from the same SVG.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from finopsnb.charts.tables import Figures, described, figures

__all__ = ["VEGA_LITE", "Picture", "summary", "to_mimebundle", "to_pdf", "to_png", "to_spec"]

#: the Vega-Lite that compiles all charts, here and (nearly) in the notebook
VEGA_LITE = "5.8"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.8.0.json"


def to_spec(chart: Any) -> dict[str, Any]:
    """The Vega-Lite specification of a chart, marked as version 5."""
    spec: dict[str, Any] = chart.to_dict()
    return {**spec, "$schema": _SCHEMA}


@dataclass
class Picture:
    """A chart, drawn on first use; nothing is fetched to draw it."""

    chart: Any = field(repr=False)

    @cached_property
    def spec(self) -> dict[str, Any]:
        return to_spec(self.chart)

    @cached_property
    def figures(self) -> list[Figures]:
        """What each part of it shows, as tables."""
        return figures(self._svg[0], self._svg[1])

    def png(self, scale: float = 1.0) -> bytes:
        import vl_convert

        picture: bytes
        if "<image" in self._svg[0]:  # whose addresses only this takes a list of
            picture = vl_convert.vegalite_to_png(self.spec, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[])
        else:
            picture = vl_convert.svg_to_png(self._svg[0], scale=scale)
        return picture

    @cached_property
    def _svg(self) -> tuple[str, list[Figures]]:
        import vl_convert

        marked, tables = described(self.spec)
        return vl_convert.vegalite_to_svg(marked, vl_version=VEGA_LITE, allowed_base_urls=[]), tables


def to_png(chart: Any, *, scale: float = 1.0) -> bytes:
    """A picture of a chart; nothing is fetched to make it."""
    return Picture(chart).png(scale)


def to_pdf(chart: Any) -> bytes:
    """A chart as one page of PDF; nothing is fetched to make it."""
    import vl_convert

    page: bytes = vl_convert.vegalite_to_pdf(to_spec(chart), vl_version=VEGA_LITE, allowed_base_urls=[])
    return page


def to_mimebundle(chart: Any, *, scale: float = 1.0) -> dict[str, Any]:
    """What a notebook shows: the live chart (Vega-Lite 5), a picture, and words; each front end takes what it can."""
    picture = chart if isinstance(chart, Picture) else Picture(chart)
    return {
        "application/vnd.vegalite.v5+json": picture.spec,
        "image/png": base64.b64encode(picture.png(scale)).decode(),
        "text/plain": summary(picture.spec),
    }


def summary(chart: Any) -> str:
    """A chart in words: its title, subtitle and description."""
    spec = chart if isinstance(chart, dict) else chart.to_dict()
    title = spec.get("title") or ""
    parts = [title] if isinstance(title, (str, list)) else [title.get("text", ""), title.get("subtitle", "")]
    parts.append(spec.get("description", ""))
    told = (" ".join(part) if isinstance(part, list) else str(part) for part in parts)
    return "\n".join(dict.fromkeys(line for line in told if line)) or "A chart without a title."
