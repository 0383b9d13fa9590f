"""The composition of anomalies: the bars above, the largest day by day below."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from typing import Any

from finopsnb.charts import changes, finish
from finopsnb.charts.data import shown
from finopsnb.charts.episodes import episode

from . import _anomalies_text as text
from ._anomalies_data import Anomaly, Found

__all__ = ["compose"]

_WHOLE, _PART, _IN_A_ROW = 976, 290, 3


def compose(found: Found) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    parts = [_episode(found, one) for one in found.largest if one.days]
    rows = [alt.hconcat(*parts[place : place + _IN_A_ROW], spacing=50) for place in range(0, len(parts), _IN_A_ROW)]
    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found), 96),
        subtitle=[line for part in text.subtitle(found) for line in textwrap.wrap(part, 150)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    return finish(alt.vconcat(_bars(found), *rows, spacing=26, title=title, description=text.description(found)))


def _bars(found: Found) -> Any:
    rows = text.bars(found)
    return changes(
        rows,
        name="name",
        currency=shown(found.currency),
        title="More, or less, than expected",
        description="What each anomaly cost more or less than was expected of its days.",
        rows=len(rows),
        before="Expected",
        now="Cost",
        width=_WHOLE,
        names_width=430,
    )


def _episode(found: Found, one: Anomaly) -> Any:
    import altair as alt

    state = text.state_of(found, one)
    lines = textwrap.wrap(text.heading(one), _PART // 6)[:2]
    return episode(
        text.points(one),
        currency=shown(found.currency),
        title=alt.TitleParams(text=lines, subtitle=textwrap.wrap(state, _PART // 5), fontSize=12),
        description=f"{text.heading(one)}: {state}.",
        extent=one.extent,
        marked=(one.start, one.end + timedelta(days=1)),
        expected=text.expected_a_day(one),
        width=_PART,
    )
