"""Charts as files: a page that is live, a picture, a page to print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from finopsnb.charts.pages import to_html
from finopsnb.charts.rendering import to_pdf, to_png
from finopsnb.errors import FinopsError

__all__ = ["chart_writer", "is_chart"]

_SUFFIXES = (".html", ".png", ".pdf")


def is_chart(data: Any) -> bool:
    """Whether it is a chart, and no table, by what it can do."""
    drawn = callable(getattr(data, "to_dict", None)) and hasattr(data, "to_html")
    return drawn and not hasattr(data, "__arrow_c_stream__") and not hasattr(data, "iloc")


def chart_writer(chart: Any, target: Path, title: str) -> Callable[[Path], None]:
    """What writes the chart as the ending of ``target`` says; raises FinopsError for an ending that is none of a chart."""
    suffix = target.suffix.lower()
    if suffix not in _SUFFIXES:
        what = f"{target.name} is no file that a chart is written to."
        raise FinopsError(what, why=f"It ends in {', '.join(_SUFFIXES)}.", hint=f'path="{target.stem}.png"')
    if suffix == ".html":
        return lambda path: _keep(path, to_html([chart], title=title or target.stem).encode())
    return lambda path: _keep(path, to_pdf(chart) if suffix == ".pdf" else to_png(chart))


def _keep(path: Path, content: bytes) -> None:
    path.write_bytes(content)
