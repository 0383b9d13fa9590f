"""One day after the other, all series at once: every day is judged by the days before it alone.

What is told of a day does not change when later days come, so an event that was told once is the same event in every later run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.events import Event, expected_of, goes_on, off_on
from finopsnb.analysis.anomalies.memory import LAG, MOST_FACTOR, Memory, middle
from finopsnb.analysis.anomalies.news import News
from finopsnb.analysis.anomalies.onset import kink, onset
from finopsnb.analysis.anomalies.signals import Signal, signals
from finopsnb.analysis.anomalies.usual import Today, learn, look, scales
from finopsnb.analysis.forecasting.robust import median

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.anomalies.settings import Limits
    from finopsnb.analysis.forecasting.days import Days

    Numbers = npt.NDArray[np.float64]

__all__ = ["watch"]

#: days after an event within which the same again is still that event, and a return to what was before is its end
_AGAIN, _AGAIN_SETTLED, _RETURN = 7, 14, 120
#: a new level of less than this part of the former one is as good as nothing
_NOTHING = 0.03


@dataclass
class _Former:
    """What a series was like before the event that it has settled in."""

    event: Event
    base: float
    drift: float
    start: int
    week: Numbers
    settled_on: int
    weekends: bool


def watch(costs: Numbers, days: Days, limits: Limits) -> tuple[list[Event], Memory]:
    """The events in costs (series x days; NaN is not known), in the order of their last days, and what is known in the end."""
    with np.errstate(all="ignore"):
        watching = _Watch(costs, days, limits)
        for day in range(costs.shape[1]):
            watching.step(day)
        for event in list(watching.open.values()):
            event.ongoing = True
            watching.close(event, costs.shape[1] - 1)
    return watching.events, watching.memory


class _Watch:
    def __init__(self, costs: Numbers, days: Days, limits: Limits) -> None:
        self.memory, self.limits, self.last = Memory(costs, days), limits, costs.shape[1] - 1
        self.open: dict[int, Event] = {}
        self.former: dict[int, _Former] = {}
        self.latest: dict[int, Event] = {}
        self.events: list[Event] = []
        self.news = News(self.memory, limits)

    def step(self, day: int) -> None:
        memory = self.memory
        under_way = np.zeros(memory.series, dtype=bool)
        under_way[list(self.open)] = True
        today = look(memory, day, under_way)
        found = signals(memory, today, self.limits, self.last)
        for event in self.news.of(today):
            self._add(event)
        learn(memory, today)
        for signal in found:
            self._begin(signal, today)
        for event in list(self.open.values()):
            self._follow(event, day)
        self._settle_week(today)
        if today.day > 28 and memory.days.weekday[day] == 0:
            scales(memory, today)

    def _settle_week(self, today: Today) -> None:
        memory, day = self.memory, today.day
        memory.age += today.known
        weeks = memory.factors[:, list(range(day, max(-1, day - 64), -7))]
        steady = (np.sum(~np.isnan(weeks), axis=1) >= 3) & ~today.under_way
        weekday = memory.days.weekday[day]
        memory.week[:, weekday] = np.where(steady, np.clip(median(weeks), -MOST_FACTOR, MOST_FACTOR), memory.week[:, weekday])
        for series in np.flatnonzero((memory.age == 21) & today.known):
            memory.read_first_weeks(int(series), day)

    def _begin(self, signal: Signal, today: Today) -> None:
        memory, series, day = self.memory, signal.series, today.day
        start = _start(memory, signal, day)
        if self._returns(signal, start, day):
            return
        base = self._base(signal, start)
        if not np.isfinite(base):  # after months of which nothing is known there is nothing to be off from
            return
        event = Event(
            *(series, signal.direction, start, day, signal.width, base, float(memory.drift[series])),
            *(memory.week[series].copy(), float(today.spread[series]), signal.effect, signal.score),
        )
        event.continues = self._continued(event)
        self.open[series] = event
        event.sizes = [off_on(memory, event, one) for one in range(start, day)]
        event.offs = list(range(start, day))
        memory.level[series, day] = event.base
        memory.plain[series, start : day + 1] = np.nan
        memory.factors[series, start : day + 1] = np.nan
        if signal.width == 1:
            memory.quiet[series, day] = np.nan

    def _base(self, signal: Signal, start: int) -> float:
        past = self.memory.seen if signal.width == 28 else self.memory.level
        span = slice(max(0, start - 14), start + 1) if signal.width == 28 else slice(max(start - 1, 0), max(start, 1))
        return middle(past[signal.series, span])

    def _continued(self, event: Event) -> Event | None:
        """The event that this one goes on with."""
        former, latest = self.former.get(event.series), self.latest.get(event.series)
        if (
            former
            and not former.weekends
            and event.start <= former.settled_on + _AGAIN_SETTLED
            and former.event.direction == event.direction
        ):
            return former.event
        return latest if latest and latest.direction == event.direction and event.start <= latest.end + _AGAIN else None

    def _returns(self, signal: Signal, start: int, day: int) -> bool:
        """Back to what was before the last event: that is its end, and not another event."""
        former = self.former.get(signal.series)
        if not former or signal.direction != -former.event.direction or day - former.settled_on > _RETURN:
            return False
        if not (self._weekends_are_back if former.weekends else self._level_is_back)(former, signal, start, day):
            return False
        memory, series = self.memory, signal.series
        if not former.weekends:
            before = former.base * np.exp(former.drift * (day - former.start))
            memory.rescale(series, float(before / memory.level[series, day]), start, day)
        else:
            memory.week[series] = former.week
            memory.factors[series, max(0, day - 70) : day] = np.nan
        former.event.end, former.event.settled = start - 1, False
        del self.former[series]
        return True

    def _level_is_back(self, former: _Former, signal: Signal, start: int, day: int) -> bool:
        memory, series, weekday = self.memory, signal.series, self.memory.days.weekday[day]
        before = memory.expected(day, former.base, former.drift, former.start, former.week)
        usual = memory.level[series, day] * memory.week[series, weekday]
        now = memory.cost[series, day]
        if signal.width > 1:
            now = middle(memory.seen[series, max(0, min(start, day - 2)) : day + 1]) * memory.week[series, weekday]
        return bool(abs(now - before) < 0.45 * abs(usual - before))

    def _weekends_are_back(self, former: _Former, signal: Signal, start: int, day: int) -> bool:
        memory, series = self.memory, signal.series
        days = [one for one in range(max(start, day - 6), day + 1) if memory.days.weekday[one] >= 5]
        cost = memory.cost[series, days]
        before = [memory.expected(one, former.base, former.drift, former.start, former.week) for one in days]
        usual = memory.level[series, days] * memory.week[series, memory.days.weekday[days]]
        return bool(days) and bool(np.nansum(np.abs(cost - before)) < 0.6 * np.nansum(np.abs(cost - usual)))

    def _follow(self, event: Event, day: int) -> None:
        outcome = goes_on(self.memory, event, day)
        if outcome == "over":
            self.close(event, day)
        elif outcome == "level":
            self._settle(event, day)
        elif outcome == "weekends":
            self._settle_weekends(event, day)
        elif outcome == "on" and event.quiet and event.width == 1:
            span = np.array([day])
            self.memory.plain[event.series, day] = self.memory.without_week(event.series, span, event.week)[0]

    def close(self, event: Event, day: int) -> None:
        """The series is as it was before."""
        memory, series = self.memory, event.series
        event.end = max(event.offs) if event.offs else event.noticed
        del self.open[series]
        self._add(event)
        for part in (memory.weekly, memory.fortnight):
            part[series, event.start : day + 1] = np.nan
        memory.month_rests_until[series] = max(int(memory.month_rests_until[series]), day + (35 if event.width == 28 else 10))
        if len(event.offs) > 7:
            memory.beside[series, event.start : day + 1] = np.nan
        memory.seen[series, event.offs] = np.nan

    def _add(self, event: Event) -> None:
        if event.continues:
            event.continues.end = max(event.continues.end, event.end)
            event.continues.offs += event.offs
            event.continues.settled |= event.settled
            event.continues.ongoing |= event.ongoing
            return
        self.events.append(event)
        self.latest[event.series] = event

    def _settle(self, event: Event, day: int) -> None:
        """What the event brought is how things are: what was before it is brought to the new level."""
        memory, series = self.memory, event.series
        latest = memory.without_week(series, np.arange(max(event.start, day - (6 if event.width == 28 else 9)), day + 1), event.week)
        level = middle(latest)
        ratio = level / (event.base * float(np.exp(event.drift * LAG)))
        event.end, event.settled = day, True
        del self.open[series]
        self._add(event)
        memory.beside[series, event.start : day + 1] = np.nan
        memory.odd[series, event.start + 1 : day + 1] = np.nan
        if not np.isfinite(ratio) or ratio < _NOTHING:
            memory.forget(series, day)
            return
        memory.rescale(series, ratio, event.start, day)
        self._take_level(event, level, day)
        memory.month_rests_until[series] = day + 35
        self._remember(event, day, weekends=False)

    def _take_level(self, event: Event, level: float, day: int) -> None:
        memory, series = self.memory, event.series
        span = np.arange(event.start, day + 1)
        flat = span[-8:] if event.width == 28 else span
        memory.plain[series, span] = memory.seen[series, span] = np.nan
        memory.plain[series, flat] = memory.seen[series, flat] = memory.without_week(series, flat, event.week)
        memory.weekly[series, span] = memory.fortnight[series, span] = level
        memory.level[series, max(0, day - 10) : day + 1] = level

    def _settle_weekends(self, event: Event, day: int) -> None:
        memory, series = self.memory, event.series
        event.end, event.settled, event.kind = max(event.offs), True, "weekend"
        del self.open[series]
        self._add(event)
        memory.beside[series, event.start : day + 1] = np.nan
        memory.odd[series, event.start + 1 : day + 1] = np.nan
        weekdays = memory.days.weekday
        for one in {int(weekdays[off]) for off in event.offs}:
            offs = [off for off in event.offs if weekdays[off] == one]
            usual = np.array([expected_of(memory, event, off) / event.week[one] for off in offs])
            factor = min(middle(memory.cost[series, offs] / usual), MOST_FACTOR)
            past = np.arange(max(0, day - 69), day + 1)
            memory.factors[series, past[weekdays[past] == one]] = memory.week[series, one] = factor
        memory.seen[series, event.start : day + 1] = np.nan
        memory.month_rests_until[series] = day + 35
        self._remember(event, day, weekends=True)

    def _remember(self, event: Event, day: int, *, weekends: bool) -> None:
        """What was before the first of several events that go on with each other stays what was before."""
        former = self.former.get(event.series)
        if event.continues and former and former.event is event.continues:
            former.settled_on = day
            return
        of = event.continues or event
        self.former[event.series] = _Former(of, event.base, event.drift, event.start, event.week, day, weekends)


def _start(memory: Memory, signal: Signal, day: int) -> int:
    if signal.width == 1:
        return day
    if signal.width == 3:
        return day - 2
    return onset(memory, signal.series, day) if signal.width == 7 else kink(memory, signal.series, day)
