"""The figures of a chart as tables: what the pointer would be told of each mark, for readers who do not see it.

Vega writes a description of each mark into its SVG. Here the description becomes the fields of the mark's tooltip, with their formats, so
that the tables say what is drawn after all filters and sums, in the words and the money of the chart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

__all__ = ["Figures", "described", "figures"]

#: private characters that no text of a chart has (``charts.data.shown`` names them)
_MARK, _CELL = "\ue000", "\ue001"
#: the rows of a table; the others are counted
_MOST = 300


@dataclass
class Figures:
    """What one part of a chart shows: its title, the columns of its tooltips, and a row for each mark; ``more`` are not kept."""

    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    more: int = 0


def described(spec: dict[str, Any]) -> tuple[dict[str, Any], list[Figures]]:
    """The specification with such descriptions, and an empty table for each of its parts that has tooltips."""
    marked: dict[str, Any] = json.loads(json.dumps(spec))
    tables: list[Figures] = []
    for unit, title in _units(marked, ""):
        told = [one for one in _listed(unit.get("encoding", {}).get("tooltip")) if _is_plain(one)]
        mark = unit["mark"] if isinstance(unit["mark"], dict) else {"type": unit["mark"]}
        if told and mark.get("aria") is not False:
            cells = f' + "{_CELL}" + '.join(map(_cell, told))
            unit["mark"] = {**mark, "description": {"expr": f'"{_MARK}{len(tables)}{_CELL}" + {cells}'}}
            tables.append(Figures(title, [str(one.get("title") or one.get("field") or one.get("aggregate")) for one in told]))
    return marked, tables


def figures(svg: str, tables: list[Figures]) -> list[Figures]:
    """The tables with their rows, from the SVG of what :func:`described` gave; those without rows are left out."""
    for label in _Labels(svg).found:
        number, *cells = label.removeprefix(_MARK).split(_CELL)
        table = tables[int(number)]
        if len(table.rows) < _MOST:
            table.rows.append(cells)
        else:
            table.more += 1
    return [table for table in tables if table.rows]


def _units(part: dict[str, Any], title: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The parts with a mark, each with the nearest title above it."""
    own = _text(part.get("title")) or title
    if "mark" in part:
        yield part, own
    for kind in ("layer", "hconcat", "vconcat", "concat"):
        for inner in part.get(kind, ()):
            yield from _units(inner, own)
    if isinstance(part.get("spec"), dict):
        yield from _units(part["spec"], own)


def _text(title: Any) -> str:
    told = title.get("text") if isinstance(title, dict) else title
    return " ".join(map(str, told)) if isinstance(told, list) else str(told or "")


def _listed(tooltip: Any) -> list[Any]:
    return tooltip if isinstance(tooltip, list) else [tooltip]


def _is_plain(told: Any) -> bool:
    return isinstance(told, dict) and ("field" in told or "aggregate" in told) and not {"bin", "timeUnit"} & set(told)


def _cell(told: dict[str, Any]) -> str:
    """The expression of one field of a tooltip as text."""
    name = "_".join(part for part in (told.get("aggregate"), told.get("field")) if part).replace("count_", "__count_")
    value = f"datum[{json.dumps('__count' if name == 'count' else name)}]"
    style = told.get("format")
    if style is None:
        shown = f"toString({value})"
    else:
        shown = f"{'timeFormat' if told.get('type') == 'temporal' else 'format'}({value}, {json.dumps(style)})"
    return f'(isValid({value}) ? {shown} : "")'


class _Labels(HTMLParser):
    """The descriptions in an SVG."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(svg)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        label = dict(attrs).get("aria-label") or ""
        if label.startswith(_MARK) and dict(attrs).get("role") == "graphics-symbol":
            self.found.append(label)
