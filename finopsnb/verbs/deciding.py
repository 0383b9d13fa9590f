"""``session.accept``, ``dismiss``, ``implement``, ``reopen``, ``savings``: what people decide of recommendations, and what that saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["decide", "implement", "savings"]

Ids = str | Sequence[str]
Day = date | str | None


def decide(store: Store, ids: Ids, status: str, reason: str | None = None, implemented_at: datetime | None = None) -> pa.Table:
    """Write the decision of all of them, or of none; their rows as they are then.

    Raises FinopsError, with the near one, for an id that no recommendation has, and for one that is dismissed without a reason.
    """
    chosen = list(dict.fromkeys([ids] if isinstance(ids, str) else ids))
    verb = {"accepted": "accept", "dismissed": "dismiss", "implemented": "implement"}.get(status, "reopen")
    _known(store, chosen, verb)
    if status == "dismissed" and not (reason or "").strip():
        why = "It is kept, so that nobody has to find it out again."
        raise FinopsError("What is dismissed is dismissed for a reason.", why=why, hint='reason="it is the standby"')
    store.decide(chosen, status, reason.strip() if reason else None, implemented_at)
    table = store.table("recommendations")
    return store.execute(table.filter(table.recommendation_id.isin(chosen)).order_by(["recommendation_id", "plugin"]))


def implement(store: Store, ids: Ids, on: Day) -> pa.Table:
    """What was done on a day (now unless it is given); raises FinopsError for what is no day."""
    if on is None:
        return decide(store, ids, "implemented", implemented_at=datetime.now(UTC))
    if isinstance(on, datetime):
        return decide(store, ids, "implemented", implemented_at=on if on.tzinfo else on.replace(tzinfo=UTC))
    try:
        day = on if isinstance(on, date) else date.fromisoformat(on)
    except (TypeError, ValueError) as error:
        raise FinopsError(f"{on} is not a day.", why="A day is written as year, month and day.", hint='on="2026-01-15"') from error
    return decide(store, ids, "implemented", implemented_at=datetime.combine(day, time(), UTC))


def savings(store: Store) -> pa.Table:
    """See :func:`finopsnb.analysis.recommendations.pipeline`."""
    from finopsnb.analysis.recommendations import pipeline

    return pipeline(store.table("recommendations"), store.table("costs"), store.execute)


def _known(store: Store, chosen: list[str], verb: str) -> None:
    table = store.table("recommendations")
    ids = store.execute(table.select("recommendation_id").distinct().order_by("recommendation_id"))
    known: list[str] = ids["recommendation_id"].to_pylist()
    unknown = [one for one in chosen if one not in set(known)]
    if not chosen or not known:
        what = "There are no recommendations yet." if not known else f"No recommendation is named to {verb}."
        raise FinopsError(what, hint='session.recommend("idle-resources")' if not known else f'session.{verb}("{known[0]}")')
    if unknown:
        near = nearest(unknown[0], known) or known[0]
        why = f"There are {len(known)}; recommendation_id tells them."
        raise FinopsError(f"No recommendation has the id {', '.join(unknown)}.", why=why, hint=f'session.{verb}("{near}")')
