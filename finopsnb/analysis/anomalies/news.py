"""Costs where there were hardly any before: services that start, single charges, and the first weeks of a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.events import Event
from finopsnb.analysis.anomalies.memory import or_nothing
from finopsnb.analysis.anomalies.usual import YOUNG, Today, sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.anomalies.memory import Memory
    from finopsnb.analysis.anomalies.settings import Limits

    Flags = npt.NDArray[np.bool_]

__all__ = ["News"]

#: days without any cost after which a service is new, and days that there have to be before
_ASLEEP, _HISTORY = 56, 28
#: costs of a sparse series that tell what it may cost, and how many times the largest of them is odd
_FEW, _TIMES = 3, 4.0
#: in its first weeks a day has to be this much more than any before; it is told when the next month did not have it
_FIRST, _MONTH_ON = 10.0, 36


class News:
    """Finds what the comparisons with a level cannot, for there is none; it remembers what the next month has to tell."""

    def __init__(self, memory: Memory, limits: Limits) -> None:
        self._memory, self._limits = memory, limits
        self._early: list[tuple[int, Event]] = []

    def of(self, today: Today) -> list[Event]:
        """The events that a day shows."""
        return [*self._launches(today), *self._single(today), *self._first_weeks(today)]

    def _event(self, today: Today, series: int, kind: str, score: float, *, base: float = 0.0) -> Event:
        week = self._memory.week[series].copy()
        day = today.day
        event = Event(series, 1, day, day, 1, base, 0.0, week, float(today.spread[series]), 1.0, score, end=day, kind=kind)
        event.offs = [day]
        return event

    def _launches(self, today: Today) -> list[Event]:
        """Service without cost for weeks, which now has a large part of all."""
        memory, day = self._memory, today.day
        if day < _ASLEEP:
            return []
        before = or_nothing(memory.cost[:, max(0, day - _ASLEEP) : day])
        total = float(np.abs(before[:, -_HISTORY:]).sum()) / _HISTORY
        asleep = ~(before != 0).any(axis=1)
        new = asleep & (or_nothing(today.cost) > self._limits.launch * total) & (total > 0)
        return [self._event(today, int(one), "launch", float(today.cost[one]) / total * 10) for one in np.flatnonzero(new)]

    def _single(self, today: Today) -> list[Event]:
        """A charge that is many times the largest one of a series with a charge now and then."""
        memory, day = self._memory, today.day
        if day < _ASLEEP:
            return []
        past = or_nothing(memory.cost[:, max(0, day - 180) : day])
        few = sparse(memory, day) & (np.sum(past > 0, axis=1) >= _FEW) & ~today.under_way
        most = past.max(axis=1)
        odd = few & (or_nothing(today.cost) > _TIMES * most)
        return [self._event(today, int(one), "", float(today.cost[one] / most[one])) for one in np.flatnonzero(odd)]

    def _first_weeks(self, today: Today) -> list[Event]:
        """Many times what there was, in the first weeks: an invoice comes again in the next month, a mistake does not."""
        memory, day = self._memory, today.day
        past = or_nothing(memory.cost[:, max(0, day - YOUNG) : day]).max(axis=1) if day else np.zeros(memory.series)
        young = today.known & (memory.age >= 14) & (memory.age < YOUNG) & ~today.under_way
        odd = young & (today.odd > np.log(_FIRST)) & (today.deviations > 6) & (today.cost > 3 * past)
        for series in map(int, np.flatnonzero(odd)):
            event = self._event(today, series, "", float(today.deviations[series]), base=float(memory.level[series, day]))
            self._early.append((day, event))
        due = [event for began, event in self._early if began == day - _MONTH_ON]
        return [event for event in due if self._did_not_return(event, day)]

    def _did_not_return(self, event: Event, day: int) -> bool:
        beside = or_nothing(self._memory.beside[event.series, event.start + 26 : day])
        event.noticed = day
        return bool(beside.max() < 0.3 * self._memory.beside[event.series, event.start])
