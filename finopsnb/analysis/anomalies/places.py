"""Days of earlier months at the same place in their month, where an invoice would fall again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.days import Days

    Whole = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["same_places"]

#: how far back earlier months are looked at, and how far a neighbouring place may be
_BACK, _BESIDE = 130, 2
#: the last days of a month that have a place of their own, counted from its end
_LAST = 6


def same_places(days: Days) -> list[tuple[Whole, Whole]]:
    """For each day the numbers of the days of earlier months at its place, and of those beside it.

    A place is the day of the month, the days left of it (near its end), its first or its last day from Monday to Friday.
    """
    left = days.length - days.position
    first, last = _working(days, left)
    return [_of_day(days, left, first, last, day) for day in range(days.count)]


def _of_day(days: Days, left: Whole, first: Flags, last: Flags, day: int) -> tuple[Whole, Whole]:
    start = max(0, day - _BACK)
    span = slice(start, max(start, day - 20))
    earlier = days.month[span] != days.month[day]
    same = days.position[span] == days.position[day]
    if left[day] < _LAST:
        same |= left[span] == left[day]
    same |= (first[day] & first[span]) | (last[day] & last[span])
    beside = (np.abs(days.position[span] - days.position[day]) <= _BESIDE) | (np.abs(left[span] - left[day]) <= _BESIDE)
    return start + np.flatnonzero(earlier & same), start + np.flatnonzero(earlier & beside & ~same)


def _working(days: Days, left: Whole) -> tuple[Flags, Flags]:
    """The first and the last day from Monday to Friday of each month."""
    starts_on = (days.weekday - (days.position - 1)) % 7
    ends_on = (days.weekday + left) % 7
    opening = np.where(starts_on < 5, 1, 8 - starts_on)
    closing = np.maximum(ends_on - 4, 0)
    return days.position == opening, left == closing
