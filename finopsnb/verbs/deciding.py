"""``session.accept``, ``dismiss``, ``implement``, ``reopen``, ``savings``: what people decide of recommendations, and what that saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["decide", "implement", "savings"]

_FIRST_YEAR = 2000

Ids = str | Sequence[str]
Day = date | str | None


def decide(store: Store, ids: Ids, status: str, reason: str | None = None, implemented_at: datetime | None = None) -> pa.Table:
    """Write the decision of all of them, or of none; their rows as they are then.

    The same decision again changes nothing. Raises FinopsError, with the near one, for an id that no recommendation has, for one that
    is dismissed without a reason, and where another decision would be lost: one that was implemented, or another reason.
    """
    verb = {"accepted": "accept", "dismissed": "dismiss", "implemented": "implement"}.get(status, "reopen")
    chosen = _ids(ids, verb)
    known = _known(store, chosen, verb)
    said = _reason(reason) if status == "dismissed" else None
    for one in chosen:
        _require_free(known[one], one, status, said)
    again = status in ("accepted", "dismissed")
    store.decide([one for one in chosen if not (again and known[one]["status"] == status)], status, said, implemented_at)
    table = store.table("recommendations")
    return store.execute(table.filter(table.recommendation_id.isin(chosen)).order_by(["recommendation_id", "plugin"]))


def _ids(ids: Ids, verb: str) -> list[str]:
    chosen = [ids] if isinstance(ids, str) else list(ids) if isinstance(ids, Iterable) else [ids]
    if not all(isinstance(one, str) for one in chosen):
        why = "It is a recommendation_id, which is a text, or several."
        raise FinopsError(f"{ids!r} names no recommendation.", why=why, hint=f'session.{verb}("ID"), with an ID of session.savings()')
    return list(dict.fromkeys(chosen))


def _reason(reason: str | None) -> str:
    if not isinstance(reason, str | None) or not (reason or "").strip():
        why = "It is kept, so that nobody has to find it out again."
        raise FinopsError("What is dismissed is dismissed for a reason.", why=why, hint='reason="it is the standby"')
    return (reason or "").strip()


def _require_free(row: Mapping[str, Any], one: str, status: str, reason: str | None) -> None:
    """What was done, and why something is not done, is not written over."""
    lost = row["status"] == "implemented" and status in ("accepted", "dismissed")
    if lost or (row["status"] == status == "dismissed" and row["reason"] != reason):
        why = f"It was on {row['implemented_at']:%Y-%m-%d}." if lost and row["implemented_at"] else f"The reason was: {row['reason']}"
        raise FinopsError(f"{one} is {row['status']} already.", why=why, hint=f'session.reopen("{one}") first, if that was not so')


def implement(store: Store, ids: Ids, on: Day) -> pa.Table:
    """What was done on a day (now unless it is given); raises FinopsError for what is no day, or none that has been."""
    now = datetime.now(UTC)
    at = now if on is None else _instant(on)
    if at > now or at.year < _FIRST_YEAR:
        why = f"Today is {now:%Y-%m-%d} in UTC; what is not done yet is accepted." if at > now else "That is before there were clouds."
        raise FinopsError(f"Nothing was implemented on {at:%Y-%m-%d}.", why=why, hint=f'on="{now:%Y-%m-%d}"')
    return decide(store, ids, "implemented", implemented_at=at)


def _instant(on: date | str) -> datetime:
    if isinstance(on, datetime):
        return on if on.tzinfo else on.replace(tzinfo=UTC)
    try:
        day = on if isinstance(on, date) else date.fromisoformat(on)
    except (TypeError, ValueError) as error:
        raise FinopsError(f"{on} is not a day.", why="A day is written as year, month and day.", hint='on="2026-01-15"') from error
    return datetime.combine(day, time(), UTC)


def savings(store: Store) -> pa.Table:
    """See :func:`finopsnb.analysis.recommendations.pipeline`."""
    from finopsnb.analysis.recommendations import pipeline

    return pipeline(store.table("recommendations"), store.table("costs"), store.execute)


def _known(store: Store, chosen: list[str], verb: str) -> dict[str, dict[str, Any]]:
    """Every recommendation by its id: its status, reason and implemented_at."""
    table = store.table("recommendations")
    rows = store.execute(table.select("recommendation_id", "status", "reason", "implemented_at").order_by("recommendation_id")).to_pylist()
    found = {row["recommendation_id"]: row for row in rows}
    known = list(found)
    unknown = [one for one in chosen if one not in found]
    if not chosen or not known:
        what = "There are no recommendations yet." if not known else f"No recommendation is named to {verb}."
        raise FinopsError(what, hint='session.recommend("idle-resources")' if not known else f'session.{verb}("{known[0]}")')
    if unknown:
        near = nearest(unknown[0], known) or known[0]
        why = f"There are {len(known)}; recommendation_id tells them."
        raise FinopsError(f"No recommendation has the id {', '.join(unknown)}.", why=why, hint=f'session.{verb}("{near}")')
    return found
