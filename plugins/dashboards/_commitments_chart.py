"""The composition of the dashboard of commitments: shares over time above, waste and offers below."""

from __future__ import annotations

import textwrap
from typing import Any

from finopsnb.charts import PALETTE, finish, line_names, line_trend, nothing, ranking
from finopsnb.charts.data import shown

from . import _commitments_text as text
from ._commitments_data import Commitments
from ._periods import months_of

__all__ = ["compose"]

_HALF, _NAMES, _LINE = 470, 200, 286


def compose(found: Commitments, settings: Any) -> Any:
    """The whole dashboard as one Altair chart with its data inside."""
    import altair as alt

    title = alt.TitleParams(
        text=textwrap.wrap(text.finding(found), 96),
        subtitle=[line for part in text.subtitle(found, settings) for line in textwrap.wrap(part, 140)],
        fontSize=18,
        subtitleFontSize=12,
        offset=18,
    )
    rank = text.ranks(found, len(PALETTE))
    shares = alt.hconcat(
        _shares(found, rank, "Utilization", "used", "What of the commitments is used"),
        _shares(found, rank, "Coverage", "covered", "What of the usage they cover"),
        spacing=28,
    )
    below = alt.hconcat(_wasted(found, settings), _offers(found, settings), spacing=28)
    return finish(alt.vconcat(shares, below, spacing=28, title=title, description=text.description(found)))


def _shares(found: Commitments, rank: dict[str, int], value: str, part: str, title: str) -> Any:
    import altair as alt

    rows = found.used if part == "used" else found.covered
    records = text.lines(found, rows, value.lower(), part, found.grain, rank)
    if not records:
        return nothing("No commitment is in these bills" if part == "used" else "There is no usage with a list price", width=_HALF)
    drawn = line_trend(
        records,
        currency=shown(found.currency),
        title=f"{title}, by provider",
        description=text.lines_told(records, value),
        series=len(rank),
        extent=(found.since, found.until),
        value=value,
        amount=part.capitalize(),
        top=1.0,
        months=months_of(found.since, found.until),
        width=_LINE,
    )
    return alt.hconcat(drawn, line_names(records, series=len(rank), width=140), spacing=44)


def _wasted(found: Commitments, settings: Any) -> Any:
    rows = text.wasted(found, settings.top)
    if not rows:
        return nothing("Nothing is wasted", "No commitment that goes on has an hour that nobody used.", width=_HALF)
    return _ranked(
        found,
        rows,
        f"Wasted a month, by commitment ({shown(found.currency)})",
        "Commitments by what of them nobody uses, a month, largest first.",
        {"provider": "Provider", "share": "Utilization"},
    )


def _offers(found: Commitments, settings: Any) -> Any:
    rows = text.offers(found, settings.top)
    if rows:
        also = {"provider": "Provider", "commit": "Commit to", "how": "Term and payment", "share": "Saves from this utilization on"}
        return _ranked(
            found,
            rows,
            f"What committing would save a month, by service and region ({shown(found.currency)})",
            "Services and regions by what the level that saves most would save, a month, largest first.",
            also,
        )
    if found.unknown:
        return nothing(
            "Nothing is proposed: no discount is known",
            "There are none built in. Give a table: term, payment, discount; where known provider, service, region, currency.",
            "%finops show commitments-overview discounts=discounts.csv",
            width=_HALF,
        )
    return nothing("No commitment would save", "No usage on demand by the hour is steady enough, or there are too few days.", width=_HALF)


def _ranked(found: Commitments, rows: Any, title: str, description: str, also: dict[str, str]) -> Any:
    return ranking(
        rows,
        name="name",
        currency=shown(found.currency),
        title=title,
        description=description,
        rows=len({row["name"] for row in rows}),
        measure="A month",
        also=also,
        width=_HALF,
        names_width=_NAMES,
    )
