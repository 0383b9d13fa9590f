"""A chart that says something instead of showing something."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts.data import shown

__all__ = ["nothing"]


def nothing(title: str, *lines: str, width: int = 620) -> Any:
    """A chart with only a title and lines of text: what is missing, and the command that brings it."""
    import altair as alt

    wrapped = [part for line in lines for part in textwrap.wrap(shown(line), round(width * 92 / 620)) or [""]]
    values = [{"row": row, "line": line} for row, line in enumerate(wrapped)]
    return (
        alt.Chart(alt.InlineData(values=values))
        .mark_text(align="left", baseline="middle", fontSize=13)
        .encode(
            x=alt.value(0),
            y=alt.Y("row:O", axis=None),
            text="line:N",
        )
        .properties(
            width=width,
            height=max(1, len(values)) * 22,
            title=shown(title),
            description=" ".join([shown(title), *wrapped]),
        )
    )
