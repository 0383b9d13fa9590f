"""What an event is called, and what it cost beyond what was to be expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.events import ADOPTED, LONGEST_LEAK, Event, expected_of, explained_on, off_on

if TYPE_CHECKING:
    from finopsnb.analysis.anomalies.memory import Memory

__all__ = ["KINDS", "Told", "told"]

#: every kind and what it says
KINDS = {
    "spike": "far more than expected for some days",
    "double count": "about twice what was expected for some days",
    "dip": "far less than expected for some days",
    "drop to zero": "next to nothing where there was always some cost",
    "level shift up": "more than expected, and it has stayed so",
    "level shift down": "less than expected, and it has stayed so",
    "slow leak": "a little more every day",
    "growth change": "growing faster than before, for months",
    "weekend change": "other costs than before on weekends",
    "launch": "large costs of something that had none",
}
#: days that a doubled bill may last, and how near to twice it has to be
_FEW_DAYS, _TWICE = 7, (1.85, 2.15)


@dataclass(frozen=True)
class Told:
    """An event with its kind, the days that count for it, and what they would have cost."""

    event: Event
    kind: str
    expected: float
    days: tuple[int, ...]


def told(memory: Memory, event: Event) -> Told:
    """The event as it is told of."""
    days = _days(memory, event)
    costs = np.array([memory.cost[event.series, day] for day in days])
    expected = np.array([_usual(memory, event, day) for day in days])
    known = ~np.isnan(costs)
    kind = _kind(memory, event, float(costs[known].sum()), float(expected[known].sum()))
    return Told(event, kind, float(expected[known].sum()), tuple(day for day, there in zip(days, known, strict=True) if there))


def _days(memory: Memory, event: Event) -> list[int]:
    days = range(event.start, event.end + 1)
    return [day for day in days if memory.days.weekday[day] >= 5] if _on_weekends(memory, event) else list(days)


def _usual(memory: Memory, event: Event, day: int) -> float:
    """What a day would have cost, with the invoice that earlier months had there."""
    return expected_of(memory, event, day) + explained_on(memory, event, day)


def _on_weekends(memory: Memory, event: Event) -> bool:
    weekends = {day - memory.days.weekday[day] for day in event.offs}
    return event.kind == "weekend" or (len(weekends) > 1 and all(memory.days.weekday[day] >= 5 for day in event.offs))


def _kind(memory: Memory, event: Event, actual: float, expected: float) -> str:
    if event.kind == "launch":
        return "launch"
    if _on_weekends(memory, event):
        return "weekend change"
    if event.direction < 0:
        return _falling(event, actual, expected)
    if event.width == 28 or _grows(memory, event):
        return "growth change" if event.end - event.start + 1 >= LONGEST_LEAK else "slow leak"
    if _lasting(event):
        return "level shift up"
    twice = expected > 0 and _TWICE[0] <= actual / expected <= _TWICE[1]
    return "double count" if twice and event.end - event.start < _FEW_DAYS else "spike"


def _grows(memory: Memory, event: Event) -> bool:
    """It was more and more from its first days to its last."""
    sizes = [off_on(memory, event, day) for day in range(event.start, event.end + 1)]
    third = len(sizes) // 3
    if third < 3:
        return False
    first, last = np.nanmedian(sizes[:third]), np.nanmedian(sizes[-third:])
    return bool(last > 1.5 * first + 0.05 and last > first + event.spread)


def _falling(event: Event, actual: float, expected: float) -> str:
    if abs(actual) < 0.1 * abs(expected):
        return "drop to zero"
    return "level shift down" if _lasting(event) else "dip"


def _lasting(event: Event) -> bool:
    return event.settled or event.width > 1 or event.end - event.start + 1 >= ADOPTED
