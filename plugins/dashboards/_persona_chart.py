"""The composition for a persona: the findings above, money at stake by kind and what changed below."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts import changes, finish, nothing, ranking
from finopsnb.charts.data import shown

from . import _persona_text as text
from ._linking import declared
from ._persona_data import Findings

__all__ = ["compose"]

_WHOLE, _LEFT, _RIGHT, _ROW = 976, 400, 548, 38
_CHANGE, _SENTENCE = 172, 240


def compose(found: Findings) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    clicked = alt.selection_point(name="kind_click", fields=["kind"])
    below = alt.hconcat(_kinds(found, clicked), _changes(found, clicked), spacing=28)
    title = alt.TitleParams(
        text=textwrap.wrap(text.headline(found), 96),
        subtitle=[line for part in text.subtitle(found) for line in textwrap.wrap(part, 150)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    whole = alt.vconcat(_lines(found, clicked), below, spacing=26, title=title, description=text.description(found))
    whole.params = [declared(clicked, ("kinds",), whole)]
    return finish(whole)


def _lines(found: Findings, clicked: Any) -> Any:
    """A number, its change and a sentence per row; those of other kinds than the clicked one fade."""
    import altair as alt

    rows = text.lines(found)
    seen = alt.condition(clicked, alt.value(1.0), alt.value(0.2))
    hints = {"kind": "Kind", "sentence": "Finding", "detail": "More", "how": "Compared"}
    each = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("row:O", axis=None),
        opacity=seen,
        tooltip=[alt.Tooltip(f"{name}:N", title=named) for name, named in hints.items()],
    )
    figures = each.mark_text(align="right", fontSize=15, fontWeight="bold", limit=_CHANGE - 10).encode(
        x=alt.value(_CHANGE - 8), text="figure:N"
    )
    moved = each.mark_text(align="right", fontSize=11).encode(x=alt.value(_SENTENCE - 14), text="change:N")
    said = each.mark_text(align="left", fontSize=12, lineBreak="\n", baseline="middle", limit=_WHOLE - _SENTENCE).encode(
        x=alt.value(_SENTENCE), text="sentence:N"
    )
    return alt.layer(figures, moved, said).properties(
        width=_WHOLE,
        height=max(1, len(rows)) * _ROW,
        title="Findings, with their change",
        description=text.description(found),
    )


def _kinds(found: Findings, clicked: Any) -> Any:
    """A click on a bar picks its kind."""
    rows = text.kinds(found)
    if not rows:
        return nothing("No money is at stake in these findings", width=_LEFT)
    return ranking(
        rows,
        name="kind",
        currency=shown(found.currency),
        title="Money at stake by kind of finding",
        description="The money at stake in the findings of each kind, the largest first; kinds may be about the same money.",
        rows=len({row["kind"] for row in rows}),
        measure="At stake",
        picked=clicked,
        view="kinds",
        width=_LEFT,
        names_width=160,
    )


def _changes(found: Findings, clicked: Any) -> Any:
    import altair as alt

    rows = text.changed(found)
    if not rows:
        return nothing("There is nothing to compare with yet", "It takes two complete days, or a budget.", width=_RIGHT)
    return changes(
        alt.Chart(alt.InlineData(values=rows)).transform_filter(clicked),
        name="name",
        currency=shown(found.currency),
        title="What changed, against the comparable period before",
        description="How much more or less each amount is than in the comparable period before, or than its budget.",
        rows=len(rows),
        before="Before, or budget",
        now="Now",
        width=_RIGHT,
        names_width=230,
    )
