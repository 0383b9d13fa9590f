"""The composition of the dashboard of language models: unit costs above, what costs most and caches below."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts import axis_format, finish, line_names, line_trend, nothing, ranking
from finopsnb.charts.data import Records, shown

from . import _ai_costs_text as text
from ._ai_costs_data import Tokens

__all__ = ["compose"]

_WHOLE, _HALF, _LINE = 640, 470, 240


def compose(found: Tokens) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found), 96),
        subtitle=[line for part in text.subtitle(found) for line in textwrap.wrap(part, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    below = alt.hconcat(_costs(found), _caches(found), spacing=28).resolve_scale(color="independent")
    page = alt.vconcat(_prices(found), below, spacing=28, title=title, description=text.description(found))
    return finish(page.resolve_scale(color="independent"))


def _prices(found: Tokens) -> Any:
    records = text.prices(found)
    values = [row["value"] for row in records if row["value"] is not None]
    if not values:
        return nothing("No cost has tokens to go with it", width=_WHOLE)
    return _lines(
        found,
        records,
        f"Cost of a million tokens, by model and direction ({shown(found.currency)})",
        f"The cost of a million tokens over time, of {len(found.lines[: found.top])} models and directions.",
        "A million tokens",
        style=axis_format(values),
        width=_WHOLE,
        names_width=240,
        height=220,
    )


def _caches(found: Tokens) -> Any:
    records = text.shares(found)
    if not records:
        return nothing(
            "No model has anything to do with a cache", "Cached input and cache writes are directions of their own.", width=_HALF
        )
    last = {row["series"]: row["value"] for row in sorted(records, key=lambda row: row["middle"])}
    told = "; ".join(f"{name} {share:.1%} in the end" for name, share in last.items())
    title = "What of the input came from the cache, by model"
    return _lines(found, records, title, f"Cache share over time: {told}.", "From the cache", top=1.0, width=_LINE, names_width=186)


def _lines(found: Tokens, records: Records, title: str, description: str, value: str, *, names_width: int, **more: Any) -> Any:
    import altair as alt

    series = len({row["rank"] for row in records})
    drawn = line_trend(
        records,
        currency=shown(found.currency),
        title=title,
        description=description,
        series=series,
        extent=(found.since, found.until),
        value=value,
        amount="Cost",
        months=max(1, round((found.until - found.since).days / 30)),
        **more,
    )
    return alt.hconcat(drawn, line_names(records, series=series, width=names_width), spacing=44)


def _costs(found: Tokens) -> Any:
    rows = text.ranking(found)
    return ranking(
        rows,
        name="name",
        currency=shown(found.currency),
        title=f"Cost by model and direction ({shown(found.currency)})",
        description="Models and directions by what their tokens cost, largest first.",
        rows=len({row["name"] for row in rows}),
        series=min(found.top, len(found.lines)),
        also={"tokens": "Tokens", "price": "A million tokens"},
        width=_HALF,
        names_width=220,
    )
