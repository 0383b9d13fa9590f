"""An event of one series: how it goes on from day to day, and when it is over or has become how things are.

    opened ──off──▶ under way ──as before for some days──▶ over
                       │
                       └──twelve days off──▶ a new level: what was before it is brought to it
                                                   │
                       as it was before the event  ▼
            (its end; no news)  ◀──────────── settled

The cost that would have been is that of the level before the event, its week and its growth, which the event does not move
(interventions in the sense of Box and Tiao, JASA 1975; level shifts and temporary changes as in Chen and Liu, JASA 1993).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.memory import LAG, Memory, middle, oddness, or_nothing
from finopsnb.analysis.anomalies.usual import AT_PLACE, MORE

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = ["ADOPTED", "LONGEST_LEAK", "Event", "expected_of", "explained_on", "goes_on", "off_on"]

#: days of a new level after which it is how things are, and how many of them have to be off
ADOPTED, _SHARE = 12, 0.7
#: days as before after which an event is over; a weekend has the next one to wait for
_OVER, _OVER_WEEKEND = 3, 6
#: days after which a leak is how things grow
LONGEST_LEAK = 75
WEEKENDS = 4


@dataclass
class Event:
    """``start`` to ``end`` (numbers of days, both included) of a series; ``noticed`` is the day whose cost gave it away.

    ``base``, ``drift`` and ``week`` are what the series was like before; ``width`` the days that it was told by; ``settled`` whether it
    became how things are; ``offs`` the days that were off.
    """

    series: int
    direction: int
    start: int
    noticed: int
    width: int
    base: float
    drift: float
    week: Numbers
    spread: float
    effect: float
    score: float
    end: int = -1
    kind: str = ""
    settled: bool = False
    ongoing: bool = False
    quiet: int = 0
    flat: int = 0
    offs: list[int] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    #: the event that it goes on with
    continues: Event | None = None


def expected_of(memory: Memory, event: Event, day: int) -> float:
    """What a day would have cost without the event."""
    return memory.expected(day, event.base, event.drift, event.start, event.week)


def off_on(memory: Memory, event: Event, day: int) -> float:
    """How far off a day is from what it would have cost; NaN where that is not known."""
    cost, expected = float(memory.cost[event.series, day]), expected_of(memory, event, day)
    factor = float(event.week[memory.days.weekday[day]])
    level = abs(event.base * np.exp(event.drift * (LAG + day - event.start)))
    if np.isnan(cost) or not level:
        return float("nan")
    beside = (cost - expected) / level
    placed = _of_places(memory, event, day, beside)
    return float(oddness(np.array((beside - placed) / max(abs(factor), 0.1))))


def _of_places(memory: Memory, event: Event, day: int, beside: float) -> float:
    """The part of what a day is off, in levels, that earlier months had there too."""
    same = memory.places[day][0]
    past = or_nothing(memory.beside[event.series, same])
    clear = past[np.abs(past) > AT_PLACE * event.spread]
    low, high = (min(float(clear.min()) * MORE, 0.0), max(float(clear.max()) * MORE, 0.0)) if len(clear) else (0.0, 0.0)
    return min(max(beside, low), high)


def explained_on(memory: Memory, event: Event, day: int) -> float:
    """What the invoice that earlier months had on such a day costs; 0 where there is none."""
    level = abs(event.base * float(np.exp(event.drift * (LAG + day - event.start))))
    cost = float(memory.cost[event.series, day])
    if np.isnan(cost) or not level:
        return 0.0
    return level * _of_places(memory, event, day, (cost - expected_of(memory, event, day)) / level)


def goes_on(memory: Memory, event: Event, day: int) -> str:
    """Take a day into an event: "on", "over", "level" (it is how things are now), "weekends" (they are), or "" where it says nothing."""
    size = off_on(memory, event, day)
    event.sizes.append(size)
    if np.isnan(size):
        return ""
    if _is_off(event, size):
        event.offs.append(day)
        event.quiet = 0
    else:
        event.quiet += 1
    weekends = event.width == 1 and all(memory.days.weekday[one] >= 5 for one in event.offs)
    if event.quiet >= (_OVER_WEEKEND if weekends else _OVER):
        return "over"
    if weekends:
        return "weekends" if len({one - memory.days.weekday[one] for one in event.offs}) >= WEEKENDS else "on"
    return _leaks_on(memory, event, day) if event.width == 28 else _stays(memory, event, day)


def _is_off(event: Event, size: float) -> bool:
    if event.width == 1:
        return event.direction * size > max(2.5 * event.spread, min(0.25 * event.effect, 0.5))
    recent = np.clip(event.sizes[-5:], -1.5, 1.5)
    return bool(event.direction * np.nanmean(recent) > 0.45 * min(event.effect, 1))


def _stays(memory: Memory, event: Event, day: int) -> str:
    age = day - event.start + 1
    known = int(np.sum(~np.isnan(memory.cost[event.series, event.start : day + 1])))
    if event.quiet or age < ADOPTED or (len(event.offs) < _SHARE * known and age < 40):
        return "on"
    if _is_leak(event):
        event.width, event.effect = 28, float(np.nanmedian(event.sizes[-5:]))
        return "on"
    return "level"


def _is_leak(event: Event) -> bool:
    """It grows while it lasts."""
    sizes = np.array(event.sizes)
    if event.direction < 0 or len(sizes) < 8:
        return False
    first, last = np.nanmedian(sizes[:5]), np.nanmedian(sizes[-5:])
    return bool(last > 1.5 * first + 2 * event.spread / np.sqrt(5) + 0.05)


def _leaks_on(memory: Memory, event: Event, day: int) -> str:
    if day - event.start + 1 >= LONGEST_LEAK:
        return "level"
    now, before = (middle(memory.seen[event.series, max(0, end - 6) : end + 1]) for end in (day, day - 10))
    growth = np.log(now / before) - event.drift * 10 if now > 0 and before > 0 else np.nan
    slope = event.effect / max(event.noticed - event.start, 7)
    event.flat = event.flat + 1 if growth < 3 * slope else 0
    return "level" if event.flat >= 5 else "on"
