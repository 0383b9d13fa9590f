"""The calendar of a run of days: weekdays, months, and the places in a month where invoices fall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Whole = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Days"]

#: the last days of a month that have a place of their own
_LAST = 5


@dataclass(frozen=True)
class Days:
    """``count`` days from ``first`` on."""

    first: date
    count: int

    @cached_property
    def all(self) -> npt.NDArray[np.datetime64]:
        return np.datetime64(self.first, "D") + np.arange(self.count)

    @cached_property
    def _months(self) -> npt.NDArray[np.datetime64]:
        return self.all.astype("datetime64[M]")

    @cached_property
    def weekday(self) -> Whole:
        """0 is Monday."""
        return np.asarray((self.all.view("int64") - 4) % 7)

    @cached_property
    def month(self) -> Whole:
        """The number of the month, 0 for that of the first day."""
        return np.asarray((self._months - self._months[0]).astype("int64"))

    @cached_property
    def position(self) -> Whole:
        """The day of the month, from 1 on."""
        return np.asarray((self.all - self._months.astype("datetime64[D]")).astype("int64") + 1)

    @cached_property
    def length(self) -> Whole:
        """The days of the month."""
        ends = (self._months + 1).astype("datetime64[D]")
        return np.asarray((ends - self._months.astype("datetime64[D]")).astype("int64"))

    @cached_property
    def places(self) -> Flags:
        """Places in a month, one a row, over the days: a day of each month at most is at a place. The likeliest come first."""
        left = self.length - self.position
        firsts, lasts = self._working
        named = [self.position == 1, left == 0, firsts, lasts]
        counted = [self.position == np.minimum(day, self.length) for day in range(2, 31)]
        return np.stack([*named, *counted, *(left == back for back in range(1, _LAST))])

    @cached_property
    def _working(self) -> tuple[Flags, Flags]:
        """The first and the last day from Monday to Friday of each month."""
        first_weekday = (self.weekday - (self.position - 1)) % 7
        last_weekday = (first_weekday + self.length - 1) % 7
        opening = np.where(first_weekday < 5, 1, 8 - first_weekday)
        closing = self.length - np.maximum(last_weekday - 4, 0)
        return self.position == opening, self.position == closing

    @cached_property
    def of_places(self) -> Whole:
        """The day (its number) of each month at each place: places x months; -1 where the month has none among these days."""
        found = np.full((len(self.places), int(self.month[-1]) + 1), -1, dtype=np.int64)
        place, day = np.nonzero(self.places)
        found[place, self.month[day]] = day
        return found

    def until(self, count: int) -> Days:
        """The first ``count`` of these days."""
        return Days(self.first, count)
