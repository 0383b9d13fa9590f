"""The savings dashboard's composition: the stages above, the recommendations that save most and their kinds below."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts import finish, nothing, ranking
from finopsnb.charts.data import shown

from . import _savings_text as text
from ._savings_data import Savings

__all__ = ["compose"]

_WHOLE, _LEFT, _RIGHT = 960, 560, 372
_MOST_KINDS = 12


def compose(found: Savings) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found), 96),
        subtitle=[line for part in text.subtitle(found) for line in textwrap.wrap(part, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    below = alt.hconcat(_largest(found), _kinds(found), spacing=28) if found.largest else _nothing_left()
    return finish(alt.vconcat(_stages(found), below, spacing=26, title=title, description=text.description(found)))


def _stages(found: Savings) -> Any:
    return ranking(
        text.stages(found),
        name="name",
        currency=shown(found.currency),
        title="From open to realised, a month",
        description="What recommendations save a month, by how far they have come.",
        rows=len(found.stages),
        series=len(found.stages),
        measure="Saving a month",
        also={"what": "Stage"},
        width=_WHOLE,
        names_width=150,
    )


def _largest(found: Savings) -> Any:
    return ranking(
        text.largest(found),
        name="name",
        currency=shown(found.currency),
        title="What saves most of what is to be done",
        description="The open and accepted recommendations that save most, the largest first.",
        rows=len(found.largest),
        measure="Saving a month",
        also={"status": "Status", "id": "Id"},
        width=_LEFT,
        names_width=300,
    )


def _kinds(found: Savings) -> Any:
    rows = text.categories(found)[:_MOST_KINDS]
    return ranking(
        rows,
        name="name",
        currency=shown(found.currency),
        title="By kind",
        description="What the open and accepted recommendations of each kind save a month.",
        rows=len(rows),
        measure="Saving a month",
        width=_RIGHT,
        names_width=150,
    )


def _nothing_left() -> Any:
    return nothing("Nothing is left to be done", "New recommendations come with the next run of their plugins.", width=_WHOLE)
