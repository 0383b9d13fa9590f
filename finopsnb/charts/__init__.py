"""Charts of cost data: one theme for light and dark pages, builders that take a few thousand rows, offline rendering.

Every chart has a title that states what is found and a description for those who cannot see it, fixed widths, and its
money named by currency. Values of the data stand in the data only: field names, expressions and links are fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finopsnb.charts.bars import changes, ranking
    from finopsnb.charts.burning import burn_down
    from finopsnb.charts.composing import Dashboards, Drawn
    from finopsnb.charts.data import Records, plain
    from finopsnb.charts.exploring import Explorer
    from finopsnb.charts.flowing import flows
    from finopsnb.charts.lines import line_names, line_trend
    from finopsnb.charts.messages import nothing
    from finopsnb.charts.pages import to_html
    from finopsnb.charts.rendering import summary, to_mimebundle
    from finopsnb.charts.shares import share_bars, share_grid, share_trend
    from finopsnb.charts.sketching import quick
    from finopsnb.charts.styling import PALETTE, axis_format, colours, finish, money, money_format, theme
    from finopsnb.charts.trends import trend

__all__ = [
    "PALETTE",
    "Dashboards",
    "Drawn",
    "Explorer",
    "Records",
    "axis_format",
    "burn_down",
    "changes",
    "colours",
    "finish",
    "flows",
    "line_names",
    "line_trend",
    "money",
    "money_format",
    "nothing",
    "plain",
    "quick",
    "ranking",
    "share_bars",
    "share_grid",
    "share_trend",
    "summary",
    "theme",
    "to_html",
    "to_mimebundle",
    "trend",
]

_HOMES = {
    "bars": ("changes", "ranking"),
    "burning": ("burn_down",),
    "composing": ("Dashboards", "Drawn"),
    "data": ("Records", "plain"),
    "exploring": ("Explorer",),
    "flowing": ("flows",),
    "lines": ("line_names", "line_trend"),
    "messages": ("nothing",),
    "pages": ("to_html",),
    "sketching": ("quick",),
    "rendering": ("summary", "to_mimebundle"),
    "shares": ("share_bars", "share_grid", "share_trend"),
    "styling": ("PALETTE", "axis_format", "colours", "finish", "money", "money_format", "theme"),
    "trends": ("trend",),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")


def __dir__() -> list[str]:
    return __all__
