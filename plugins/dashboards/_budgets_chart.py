"""The budgets as small multiples: a burn-down each, two in a row."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from finopsnb.charts import burn_down, finish

from . import _budgets_text as text
from ._budgets_data import Burning

__all__ = ["compose"]

_ALONE, _BESIDE = (960, 320), (470, 190)


def compose(found: Sequence[Burning], most: int) -> Any:
    """The most pressing budgets as one Altair chart with its data inside."""
    import altair as alt

    drawn = found[:most]
    size = _ALONE if len(drawn) == 1 else _BESIDE
    panels = [_panel(one, size) for one in drawn]
    rows = [alt.hconcat(*panels[place : place + 2], spacing=36) for place in range(0, len(panels), 2)]
    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found), 96),
        subtitle=[line for part in text.subtitle(found, len(drawn)) for line in textwrap.wrap(part, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    return finish(alt.vconcat(*rows, spacing=30, title=title, description=text.description(found)))


def _panel(one: Burning, size: tuple[int, int]) -> Any:
    import altair as alt

    width, height = size
    state = [line for part in text.state_of(one).split("; ") for line in textwrap.wrap(part, width // 6)]
    return burn_down(
        text.days(one),
        text.marks(one),
        currency=one.budget.BillingCurrency,
        title=alt.TitleParams(text=textwrap.wrap(text.name_of(one), width // 7), subtitle=state),
        description=f"{text.name_of(one)}: {text.state_of(one)}.",
        extent=(one.budget.period_start, one.budget.period_end),
        band=text.BAND,
        width=width,
        height=height,
    )
