"""The overview's tables as the records that its charts draw, each name once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.charts.data import Records, shown

from ._periods import numbered, period_records

if TYPE_CHECKING:
    from ._overview_data import Overview

__all__ = ["MOVERS", "costs", "highest", "keys", "moves", "periods"]

MOVERS = 8
_MOVED = ("name", "series", "provider", "split")
Key = tuple[str, str, str]


def _key(row: dict[str, Any]) -> Key:
    return row["series"], row["provider_"], row["split"]


def _numbered(overview: Overview) -> dict[Key, int]:
    found = dict.fromkeys(_key(row) for row in overview.trend.to_pylist())
    return {key: number for number, key in enumerate(found)}


def costs(overview: Overview) -> Records:
    """period (number), key (number) and cost; nothing for a cost of 0."""
    numbers, days = _numbered(overview), _days(overview)
    rows = overview.trend.to_pylist()
    return [{"period": days[row["period"]], "key": numbers[_key(row)], "cost": round(float(row["cost"]), 4)} for row in rows if row["cost"]]


def keys(overview: Overview) -> Records:
    """What a key stands for: series, its rank (the colour), provider and split."""
    ranks = {name: rank for rank, name in enumerate(overview.named)}
    return [
        {
            "key": number,
            "series": shown(series),
            "rank": ranks.get(series, len(ranks)),
            "provider": shown(provider),
            "split": shown(split),
        }
        for (series, provider, split), number in _numbered(overview).items()
    ]


def _days(overview: Overview) -> dict[date, int]:
    return numbered(overview.trend["period"].to_pylist())


def periods(overview: Overview) -> Records:
    """Of each period: its name, middle (milliseconds) and span (days) as far as they are shown, and its divisor."""
    return period_records(_days(overview), overview.grain, overview.since, overview.until)


def moves(overview: Overview, other: str) -> Records:
    """The largest changes by name, and the rest as one; ``series`` is what a click on it follows."""
    rows = overview.moves.to_pylist()
    change: dict[str, Any] = {}
    for row in rows:
        change[row["series"]] = change.get(row["series"], 0) + row["change"]
    named = sorted((n for n in change if change[n]), key=lambda name: (-abs(change[name]), name))[:MOVERS]
    told: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        one = _move(row, overview, named, other)
        known = told.setdefault(tuple(one[name] for name in _MOVED), {**one, "before": Decimal(0), "now": Decimal(0)})
        known |= {side: known[side] + row[side] for side in ("before", "now")}
    return [
        {**one, **{side: round(float(one[side]), 4) for side in ("before", "now")}} for one in told.values() if one["before"] or one["now"]
    ]


def _move(row: dict[str, Any], overview: Overview, named: list[str], other: str) -> dict[str, Any]:
    name, own = row["series"], row["series"] in named
    return {
        "name": shown(name) if own else "Everything else",
        "series": shown(name) if own and name in overview.named else other,
        "provider": shown(row["provider_"]),
        "split": shown(row["split"]),
    }


def highest(rows: Records, spans: Records) -> float:
    """The highest bar of the trend."""
    sums = dict.fromkeys((span["period"] for span in spans), 0.0)
    for row in rows:
        sums[row["period"]] += max(0.0, row["cost"]) / spans[row["period"]]["days"]
    return max(sums.values(), default=0.0)
