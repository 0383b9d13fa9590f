"""The life of an anomaly from run to run.

    found, and its last days are not long ago ──▶ open ──acknowledge──▶ acknowledged     told to listeners once, when it is new
                                                   │  └──expect──▶ expected              stays so, and is told no more
                           over for some weeks, or ▼
                      not found in the newest costs: resolved                            reopen brings it back to its own life

An anomaly is the same as one of an earlier run when it has the same id, or when one of its series went the same way on the same days:
costs that were restated may move its first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from finopsnb.errors import FinopsError, nearest

from ._anomaly_texts import Event

__all__ = ["gone", "known_as", "marked", "remembered", "status_of"]

#: days by which the same anomaly may lie apart in two runs
_APART = 3
MARKS = {"acknowledge": "acknowledged", "expect": "expected", "reopen": ""}


def known_as(key: str, event: Event, known: Mapping[str, Mapping[str, Any]], taken: Iterable[str]) -> str:
    """The id that an event had in earlier runs; ``key`` where it is new."""
    if key in known:
        return key
    free = set(known) - set(taken)
    return next((former for former in sorted(free) if _same(event, known[former])), key)


def _same(event: Event, former: Mapping[str, Any]) -> bool:
    first = event.first
    if (first["BillingCurrency"], first["direction"]) != (former["currency"], former["direction"]):
        return False
    start, end = date.fromisoformat(former["start"]), date.fromisoformat(former["end"])
    apart = timedelta(days=_APART)
    beside = first["start"] <= end + apart and event.end >= start - apart
    series = {tuple(one) for one in former["series"]}
    return beside and any(tuple(event.named(row)) in series for row in event.rows)


def marked(marks: Mapping[str, str], given: Mapping[str, Iterable[str] | str | None], known: Iterable[str]) -> dict[str, str]:
    """The marks of people with the new ones; FinopsError, with the near one, for an id that no anomaly has."""
    changed, ids = dict(marks), sorted(known)
    for verb, names in given.items():
        for name in _several(names):
            if name not in ids:
                near = nearest(str(name), ids)
                raise FinopsError(
                    f"No anomaly has the id {name}.",
                    why=f"There are {len(ids)}; recommendation_id tells them.",
                    hint=f'session.recommend("anomalies", {verb}="{near or (ids[0] if ids else "ID")}")',
                )
            changed[name] = MARKS[verb]
    return {name: mark for name, mark in changed.items() if mark}


def _several(names: Iterable[str] | str | None) -> Iterable[str]:
    """None names nothing; what is no text names no anomaly."""
    if names is None:
        return ()
    return names if isinstance(names, Iterable) and not isinstance(names, str) else [names]


def status_of(event: Event, mark: str, open_since: date) -> str:
    """open, acknowledged, expected or resolved."""
    if mark == "expected":
        return mark
    return (mark or "open") if event.end >= open_since else "resolved"


def remembered(event: Event, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the next run has to know; the row too, for when the costs that it was found in are gone."""
    first = event.first
    return {
        "currency": first["BillingCurrency"],
        "direction": first["direction"],
        "start": first["start"].isoformat(),
        "end": event.end.isoformat(),
        "series": [event.named(one) for one in event.rows],
        "row": dict(row),
    }


def gone(known: Mapping[str, Mapping[str, Any]], found: set[str], marks: Mapping[str, str], since: date) -> dict[str, dict[str, Any]]:
    """What earlier runs found and this one does not, for the costs are other ones now: resolved, unless it was expected."""
    kept = {}
    for key, former in known.items():
        if key not in found and date.fromisoformat(former["end"]) >= since:
            status = "expected" if marks.get(key) == "expected" else "resolved"
            kept[key] = {**former, "row": {**former["row"], "status": status}}
    return kept
