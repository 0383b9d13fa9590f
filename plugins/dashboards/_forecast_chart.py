"""The forecast's composition: the total above, the largest series below, two in a row."""

from __future__ import annotations

import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.charts import finish
from finopsnb.charts.data import shown
from finopsnb.charts.fans import fan

from . import _forecast_text as text
from ._forecast_data import Drawn

if TYPE_CHECKING:
    from finopsnb.analysis.forecasting import Outlook

__all__ = ["compose"]

_WHOLE, _PART, _IN_A_ROW = (976, 260), (292, 120), 3
#: the points of all small charts together
_POINTS = 1200


def compose(drawn: Drawn) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    most = _POINTS // max(6, len(drawn.series))
    parts = [_fan(drawn, name, one, _PART, most) for name, one in drawn.series]
    rows = [alt.hconcat(*parts[place : place + _IN_A_ROW], spacing=50) for place in range(0, len(parts), _IN_A_ROW)]
    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(drawn), 96),
        subtitle=[line for part in text.subtitle(drawn) for line in textwrap.wrap(part, 150)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    whole = _fan(drawn, "", drawn.total, _WHOLE)
    return finish(alt.vconcat(whole, *rows, spacing=26, title=title, description=text.description(drawn)))


def _fan(drawn: Drawn, name: str, one: Outlook, size: tuple[int, int], most: int = 800) -> Any:
    import altair as alt

    width, height = size
    currency = shown(drawn.currency)
    state = text.state_of(one, currency)
    heading = textwrap.shorten(shown(name), max(20, width // 7), placeholder="…") if name else f"Total a day ({currency})"
    subtitle = textwrap.wrap(state, width // 5) if name else []
    return fan(
        text.records(one, most),
        currency=currency,
        title=alt.TitleParams(text=heading, subtitle=subtitle),
        description=f"{shown(name) or 'Total'}: {state}.",
        extent=(one.first, one.first + timedelta(days=len(one.actual) + len(one.forecast))),
        width=width,
        height=height,
        ticks=5 if not name else 3,
    )
