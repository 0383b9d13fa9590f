"""Ranges of days, of which ``start`` counts and ``end`` does not, and what is said where one of them holds nothing."""

from __future__ import annotations

from datetime import date, timedelta

from finopsnb.errors import FinopsError

__all__ = ["no_costs", "require_days"]


def require_days(start: date | None, end: date | None, hint: str = "start counts, end does not") -> None:
    """Raises FinopsError for a range that ends before it begins, or at once.

    >>> require_days(date(2026, 1, 1), date(2026, 1, 2))
    """
    if start and end and start >= end:
        raise FinopsError(f"The days from {start} to before {end} are none.", why="The range begins after its end.", hint=hint)


def no_costs(start: date | None, end: date | None, first: date | None = None, last: date | None = None) -> FinopsError:
    """What is said where no day with costs is in the range; ``first`` and ``last`` are the days that have some, as far as they are known.

    >>> no_costs(date(2027, 1, 1), None, last=date(2026, 9, 30)).why
    'The last day with costs is 2026-09-30.'
    """
    told = " and ".join(part for part in (f"from {start} on" if start else "", f"before {end}" if end else "") if part)
    what = f"There are no costs {told}."
    if first and last:
        known = f'start="{first}", end="{last + timedelta(days=1)}"'
        return FinopsError(what, why=f"Those that are stored are of {first} to {last}.", hint=known)
    if last:
        return FinopsError(what, why=f"The last day with costs is {last}.", hint="an earlier start")
    return FinopsError(what, why="Those that are stored began later.", hint="a later end")
