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

Ids = str | Sequence[str]
Day = date | str | None
_VERBS = {"accepted": "accept", "dismissed": "dismiss", "implemented": "implement", "open": "reopen"}
#: earlier than any bill of a cloud
_FIRST_YEAR = 2000


def decide(store: Store, ids: Ids, status: str, reason: str | None = None, implemented_at: datetime | None = None) -> pa.Table:
    """Write the decision of all of them, or of none; their rows as they are then.

    Who says the same again changes nothing. Raises FinopsError, with the near one, for an id that no recommendation has, for one that is
    dismissed without a reason, and where a decision would take the place of a reason or a day that is kept: that is reopened first.
    """
    verb = _VERBS[status]
    chosen = _chosen(ids, verb)
    _known(store, chosen, verb)
    if status == "dismissed":
        reason = _reason(reason)
    table = store.table("recommendations")
    mine = table.filter(table.recommendation_id.isin(chosen)).order_by(["recommendation_id", "plugin"])
    said = {"reason": reason, "implemented_at": implemented_at}
    new = [row["recommendation_id"] for row in store.execute(mine).to_pylist() if _changes(row, status, said)]
    if new:
        store.decide(list(dict.fromkeys(new)), status, reason, implemented_at or (store.now() if status == "implemented" else None))
    return store.execute(mine)


def implement(store: Store, ids: Ids, on: Day) -> pa.Table:
    """What was done on a day (now unless it is given); raises FinopsError for what is no day, or one that has not come."""
    return decide(store, ids, "implemented", implemented_at=None if on is None else _instant(on, store.now()))


def savings(store: Store) -> pa.Table:
    """See :func:`finopsnb.analysis.recommendations.pipeline`."""
    from finopsnb.analysis.recommendations import pipeline

    return pipeline(store.table("recommendations"), store.table("costs"), store.execute)


def _instant(on: date | str, now: datetime) -> datetime:
    """The day's beginning in UTC; today is the day in UTC, or here where it is later."""
    try:
        day = on if isinstance(on, date) else date.fromisoformat(on)
        # what stands for no time at all, as of pandas, is not even itself
        if day != day:
            raise ValueError(on)
    except (TypeError, ValueError) as error:
        raise FinopsError(f"{on} is not a day.", why="A day is written as year, month and day.", hint='on="2026-01-15"') from error
    at = day if isinstance(day, datetime) else datetime.combine(day, time(), UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    today = max(now.date(), now.astimezone().date())
    late = at.date() > today
    if late or at.year < _FIRST_YEAR:
        what = f"{at:%Y-%m-%d} has not come yet." if late else f"{on} is before any bill."
        raise FinopsError(what, why="What it saved is measured from the day on which it was done.", hint=f'on="{today}"')
    return at


def _changes(row: Mapping[str, Any], status: str, said: Mapping[str, Any]) -> bool:
    """Whether there is anything to write; raises FinopsError where what was said before would be lost."""
    before, name = row["status"], row["recommendation_id"]
    decided = row["decided_at"] is not None
    if before == status and decided == (status != "open") and all(value in (None, row[key]) for key, value in said.items()):
        return False
    if status == "open" or not decided or before == "accepted":
        return True
    kept = f'"{row["reason"]}"' if before == "dismissed" else f"{row['implemented_at']:%Y-%m-%d}"
    why = f"What was said of it ({kept}) would be lost."
    raise FinopsError(f"{name} is {before} already.", why=why, hint=f'session.reopen("{name}")')


def _reason(reason: object) -> str:
    if isinstance(reason, str) and reason.strip():
        return reason.strip()
    what = "What is dismissed is dismissed for a reason." if not reason or isinstance(reason, str) else f"{reason!r} is no reason in words."
    raise FinopsError(what, why="It is kept, so that nobody has to find it out again.", hint='reason="it is the standby"')


def _chosen(ids: object, verb: str) -> list[str]:
    why = "It is a text, or several; session.savings() tells them."
    if hasattr(ids, "columns"):
        hint = f'session.{verb}(table["recommendation_id"])'
        raise FinopsError("A table is no recommendation_id.", why=why, hint=hint)
    # those of Arrow are no texts before they are told as Python has them
    told = ids.to_pylist() if hasattr(ids, "to_pylist") else ids
    names: list[Any] = list(told) if isinstance(told, Iterable) and not isinstance(told, str | bytes) else [told]
    for strange in names:
        if not isinstance(strange, str) or not strange.strip():
            raise FinopsError(f"{strange!r} is no recommendation_id.", why=why, hint=f'session.{verb}("idle-4f1c2a9be07d")')
    return list(dict.fromkeys(names))


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
