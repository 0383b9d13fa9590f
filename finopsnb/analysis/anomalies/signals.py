"""What is out of the ordinary on a day: the day itself, the mean of the last three or seven, and the change in four weeks.

Each comparison is held against how it usually comes out in the same series, so that noise, memory and drift of a series raise what it
takes, and against its largest ones of the last four months, for deviations have heavy tails (both as in conformal prediction: Vovk,
Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005). Means over several days are those of a CUSUM with a fixed
window (Page, "Continuous inspection schemes", 1954; Basseville and Nikiforov, "Detection of Abrupt Changes", 1993, section 2.2)
from a level that the days themselves did not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.memory import LAG, Memory, or_nothing
from finopsnb.analysis.anomalies.usual import SETTLED, Today
from finopsnb.analysis.forecasting.robust import median

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.anomalies.settings import Limits

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Signal", "signals"]

#: days whose largest deviations say what a series may do, and by how much more it has to be
_TAIL, _BEYOND = 120, 1.15
#: what it takes falls with the size of a series (tenfold: by so much), for what is missed in large ones costs more
_BY_SIZE, _LOWEST, _HIGHEST = 0.12, 0.75, 1.1
#: known days before a change in four weeks can be told
_MONTHS = 84


@dataclass(frozen=True)
class Signal:
    """A series that is off: ``direction`` 1 or -1, the days that it was told by (1, 3, 7 or 28), by how much, and its score."""

    series: int
    direction: int
    width: int
    effect: float
    score: float


def signals(memory: Memory, today: Today, limits: Limits, last: int) -> list[Signal]:
    """The series that are off on a day, each by the shortest comparison that says so; ``last`` is the number of the last day."""
    _keep_windows(memory, today)
    taken = _by_size(today)
    late = today.day > last - limits.late
    found = [_of_day(memory, today, limits, taken, late)]
    found.append(_of_days(memory, today, 3, memory.three, memory.usual_three, limits.three, limits, taken, late))
    found.append(_of_days(memory, today, 7, memory.seven, memory.usual_seven, limits.seven, limits, taken, late))
    found.append(_of_month(memory, today, limits, taken))
    told: dict[int, Signal] = {}
    for width, (direction, effect, score) in zip((1, 3, 7, 28), found, strict=True):
        for series in map(int, np.flatnonzero(direction)):
            if series not in told:
                told[series] = Signal(series, int(direction[series]), width, float(effect[series]), abs(float(score[series])))
    return list(told.values())


_Found = tuple["npt.NDArray[np.int64]", "Numbers", "Numbers"]


def _by_size(today: Today) -> Numbers:
    size = or_nothing(np.abs(today.level))
    times = np.log10(np.maximum(size / max(float(size.mean()), 1e-12), 1e-6))
    return np.clip(1 - _BY_SIZE * times, _LOWEST, _HIGHEST)


def _largest(values: Numbers, place: int) -> tuple[Numbers, Numbers]:
    """The largest values below and above zero but for some: how far a series goes without anything being the matter."""
    if values.shape[1] < place:
        return np.zeros(len(values)), np.zeros(len(values))
    known = or_nothing(values)
    high = np.partition(known, known.shape[1] - place, axis=1)[:, -place]
    low = np.partition(known, place - 1, axis=1)[:, place - 1]
    return np.maximum(-low, 0), np.maximum(high, 0)


def _of_day(memory: Memory, today: Today, limits: Limits, taken: Numbers, late: bool) -> _Found:
    below, above = _largest(memory.odd[:, max(0, today.day - _TAIL) : today.day], 3)
    needed = limits.day * taken * np.where(memory.age < SETTLED, 1.3, 1.0)
    odd, score = today.odd, today.deviations
    up = today.settled & (score > needed) & (odd > limits.least) & (odd > _BEYOND * above) & ~today.caught_up
    down = today.settled & (odd < -limits.deep) & ~today.holiday & ~_like_weekend(memory, today)
    down &= ((score < -needed) & (-odd > _BEYOND * below)) | _stopped(memory, today)
    direction = up.astype(np.int64) - (down & (not late))
    return direction, np.abs(odd), score


def _like_weekend(memory: Memory, today: Today) -> Flags:
    """A weekday that costs what a weekend does: a holiday."""
    weekend = memory.week[:, 5:].min(axis=1)
    return np.asarray((weekend < 0.9 * today.week) & (today.odd < 0) & (today.cost >= 0.75 * weekend * today.level))


def _stopped(memory: Memory, today: Today) -> Flags:
    """No cost at all, in a series that is quiet and always has some."""
    zeros = np.sum(memory.cost[:, max(0, today.day - SETTLED) : today.day] == 0, axis=1)
    nothing = (np.abs(today.cost) < 0.02 * today.expected) & (today.expected > 0)
    return np.asarray(nothing & (zeros <= 1) & (today.week > 0.3) & (today.spread < 0.35))


def _keep_windows(memory: Memory, today: Today) -> None:
    """The cost of the day without its season, and the levels of the last one and two weeks."""
    day = today.day
    usual = today.known & ~today.placed & ~today.holiday & ~today.caught_up
    memory.seen[:, day] = np.where(usual, today.cost / np.where(np.abs(today.week) > 0.1, today.week, np.nan), np.nan)
    memory.weekly[:, day] = median(memory.seen[:, max(0, day - 6) : day + 1])
    recent = memory.seen[:, max(0, day - 13) : day + 1]
    centre = median(recent)
    reach = 3 * today.spread * np.abs(centre)
    inside = np.clip(recent, (centre - reach)[:, None], (centre + reach)[:, None])
    count = np.sum(~np.isnan(recent), axis=1)
    memory.fortnight[:, day] = np.where(count >= 8, np.nansum(inside, axis=1) / np.maximum(count, 1), np.nan)
    if day >= 35:
        memory.month[:, day] = _change(memory.fortnight, day, 28, today)
        memory.seventh[:, day] = _change(memory.weekly, day, 7, today)


def _change(values: Numbers, day: int, width: int, today: Today) -> Numbers:
    now, before = values[:, day], values[:, day - width]
    usable = (now > 0) & (before > 0) & ~today.under_way
    return np.where(usable, np.log(np.where(usable, now, 1) / np.where(usable, before, 1)), np.nan)


def _of_days(
    memory: Memory,
    today: Today,
    width: int,
    kept: Numbers,
    usual: Numbers,
    limit: float,
    limits: Limits,
    taken: Numbers,
    late: bool,
) -> _Found:
    """The mean of the last days against the level before them; after three days only what costs more is told."""
    none = np.zeros(memory.series, dtype=np.int64), np.zeros(memory.series), np.zeros(memory.series)
    day = today.day
    if day < width + 7:
        return none
    off, base = _off(memory, today, width)
    kept[:, day] = np.where(today.under_way, np.nan, off)
    below, above = _largest(kept[:, max(0, day - _TAIL) : day - width + 1], 4)
    score, clear = off / usual, np.abs(off) > limits.least
    clear &= today.settled & (memory.age >= SETTLED) & _lasting(memory, day, width, base, off, limits.least)
    up = clear & (score > limit * taken) & (off > _BEYOND * above)
    if width == 3:
        up &= memory.seen[:, day] > base * np.exp(limits.least / 2)
        return up.astype(np.int64), np.abs(off), score
    down = clear & (score < -limit * taken) & (-off > _BEYOND * below) & (not late)
    return up.astype(np.int64) - down, np.abs(off), score


def _off(memory: Memory, today: Today, width: int) -> tuple[Numbers, Numbers]:
    """The mean log of the last days over the level before them, with single days kept within bounds; and that level."""
    day = today.day
    base = np.where(memory.level[:, day - width] > 0, memory.level[:, day - width], np.nan)
    days = np.arange(day - width + 1, day + 1)
    grown = memory.drift[:, None] * (LAG + width - (day - days))
    logs = np.log(np.maximum(memory.seen[:, days] / base[:, None], 1e-9)) - grown
    reach = np.fmax(5 * today.spread, 0.25)[:, None]
    inside = np.clip(logs, -reach, reach)
    count = np.sum(~np.isnan(inside), axis=1)
    return np.where(count >= (3 if width == 3 else 5), np.nansum(inside, axis=1) / np.maximum(count, 1), np.nan), base


def _lasting(memory: Memory, day: int, width: int, base: Numbers, off: Numbers, least: float) -> Flags:
    """Off against the level of the last two months as well: a return from a dip nobody was told of is no news."""
    usual = median(memory.level[:, max(0, day - 63) : day - width + 1 : 3])
    ratio = np.where((usual > 0) & (base > 0), base / np.where(usual > 0, usual, 1), np.nan)
    further = off + np.log(ratio)
    return np.asarray(np.where(off > 0, further > 0.6 * least, further < -0.6 * least))


def _of_month(memory: Memory, today: Today, limits: Limits, taken: Numbers) -> _Found:
    """Growth beyond the usual one, to a level that there has not been: what leaks, leaks on."""
    day = today.day
    nothing: _Found = np.zeros(memory.series, dtype=np.int64), np.zeros(memory.series), np.zeros(memory.series)
    if day < _MONTHS:
        return nothing
    usual = memory.drift * 28
    off = memory.month[:, day] - usual
    past = memory.month[:, max(0, day - _TAIL) : day - 13] - usual[:, None]
    _, above = _largest(past, 4)
    top = np.max(np.fmax(memory.fortnight[:, max(0, day - _TAIL) : day - 20], -np.inf), axis=1)
    going = (memory.seventh[:, day] > usual / 4) & (memory.fortnight[:, day] > 1.03 * top) & (memory.fortnight[:, day] > 0)
    clear = today.settled & (memory.age >= _MONTHS) & (day > memory.month_rests_until) & going
    score = off / memory.usual_month
    up = clear & (score > limits.month * taken) & (off > limits.least_month) & (off > _BEYOND * above)
    return up.astype(np.int64), off, score
