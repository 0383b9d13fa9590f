"""What a day would cost as usual, and how far off such days are: level, week, month places, growth and spread, of all series at once.

Sources: the level is a running median of values without season (Tukey, "Exploratory Data Analysis", 1977), the weekly season a median of
ratios to it (ratio to moving average: Macaulay, "The Smoothing of Time Series", 1931), growth a median of changes in four weeks (Theil,
"A rank-invariant method of linear regression", 1950), the spread a median absolute deviation (Hampel, "The influence curve and its role
in robust estimation", JASA 1974). Days that were flagged are left out of all of them, as in Gelper, Fried and Croux, "Robust
forecasting with exponential and Holt-Winters smoothing" (Journal of Forecasting, 2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.memory import LAG, Memory, oddness, or_nothing
from finopsnb.analysis.forecasting.robust import median

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["AT_PLACE", "MORE", "SETTLED", "YOUNG", "Today", "learn", "look", "scales", "sparse"]

#: known days from which a series is judged, and from which its past is long enough
YOUNG, SETTLED = 35, 56
_NORMAL = 1.4826
#: a part of days without cost from which a series is sparse
_MANY = 0.4
_LEVEL, _WIDE, _SPREAD = 14, 42, 70
#: the least spread, as a share of the cost and in money: what is rounded is not odd
_LEAST_SPREAD, _CENT = 0.015, 0.01
#: a spread that is not known yet
_UNKNOWN_SPREAD = 0.3
#: deviations from which earlier months have something at a place, and by how much more it may be this time
AT_PLACE, MORE, _MORE_BESIDE = 3.5, 1.35, 1.5
#: a dip that this share of the series have, and so many, is a holiday, for so many days in a row
_HOLIDAY, _TOGETHER, _DAYS_OFF = 0.12, 3, 5


@dataclass(frozen=True)
class Today:
    """One day of all series. ``odd`` / ``spread`` is what it is judged by; ``level`` is that of the day, grown to it."""

    day: int
    cost: Numbers
    known: Flags
    week: Numbers
    level: Numbers
    expected: Numbers
    spread: Numbers
    beside: Numbers
    odd: Numbers
    #: an invoice that was there in earlier months, or could have been
    placed: Flags
    #: what many series have at once, and what comes after missing days
    holiday: Flags
    caught_up: Flags
    #: series under an event, and those that can be judged otherwise
    under_way: Flags
    judged: Flags

    @property
    def deviations(self) -> Numbers:
        return np.asarray(self.odd / self.spread)

    @property
    def settled(self) -> Flags:
        return self.judged & ~self.under_way


def look(memory: Memory, day: int, under_way: Flags) -> Today:
    """A day as what is known of the days before it has it."""
    cost = memory.cost[:, day]
    known, week = ~np.isnan(cost), memory.week[:, memory.days.weekday[day]]
    bare = _level(memory, day, under_way)
    memory.level[:, day] = bare
    level = bare * np.exp(memory.drift * LAG)
    size = np.where(np.abs(level) > 1e-12, np.abs(level), np.nan)
    expected, spread = level * week, _spread(memory, day, size)
    beside = (cost - expected) / size
    memory.beside[:, day] = beside
    low, high = _explained(memory, day, spread, beside)
    odd = oddness((beside - np.clip(beside, low, high)) / np.maximum(np.abs(week), 0.1))
    judged = known & (memory.age >= YOUNG) & ~np.isnan(size) & ~sparse(memory, day)
    holiday = _holiday(odd, spread, judged & ~under_way) & (memory.days_off < _DAYS_OFF)
    memory.days_off = np.where(holiday, memory.days_off + 1, 0)
    caught_up = (memory.missing > 0) & (cost > expected) & (cost <= expected * (1 + memory.missing) * 1.25)
    memory.missing = np.where(known | (memory.age == 0), 0, memory.missing + 1)
    placed = (high > 0) | (low < 0)
    return Today(day, cost, known, week, level, expected, spread, beside, odd, placed, holiday, caught_up, under_way, judged)


def sparse(memory: Memory, day: int) -> Flags:
    """Series that cost nothing on many days: they have no level to be off from."""
    zeros = np.sum(memory.cost[:, max(0, day - SETTLED) : day] == 0, axis=1)
    return np.asarray(zeros > _MANY * SETTLED)


def _level(memory: Memory, day: int, under_way: Flags) -> Numbers:
    if day == 0:
        return np.full(memory.series, np.nan)
    recent = memory.plain[:, max(0, day - _LEVEL) : day]
    level = median(recent)
    few = (np.sum(~np.isnan(recent), axis=1) < 6) & (day > _LEVEL)
    if few.any():
        level[few] = median(memory.plain[few, max(0, day - _WIDE) : day])
    return np.where(under_way, memory.level[:, day - 1], level)


def _spread(memory: Memory, day: int, size: Numbers) -> Numbers:
    spread = np.full(memory.series, np.nan)
    if day:
        spread = _NORMAL * median(np.abs(memory.quiet[:, max(0, day - _SPREAD) : day]))
    weeks = memory.quiet[:, _same_weekday(day - 7, 64)]
    if weeks.shape[1] >= 5:
        own = 0.8 * _NORMAL * median(np.abs(weeks))
        spread = np.where(np.sum(~np.isnan(weeks), axis=1) >= 5, np.fmax(spread, own), spread)
    spread = np.fmax(spread, np.fmax(_LEAST_SPREAD, _CENT / size))
    return np.where(np.isnan(spread), _UNKNOWN_SPREAD, spread)


def _same_weekday(day: int, back: int) -> list[int]:
    return list(range(day, max(-1, day - back), -7))


def _explained(memory: Memory, day: int, spread: Numbers, beside: Numbers) -> tuple[Numbers, Numbers]:
    """How much less and how much more than usual, in levels, earlier months had at this place: an invoice is no news."""
    same, near = memory.places[day]
    low, high = np.zeros(memory.series), np.zeros(memory.series)
    if len(same):
        past = _on_today(memory, same, day)
        clear = np.where(np.abs(past) > AT_PLACE * spread[:, None], past, 0)
        low, high = np.minimum(clear.min(axis=1), 0) * MORE, np.maximum(clear.max(axis=1), 0) * MORE
    if len(near):
        past = _on_today(memory, near, day)
        most = np.where(past > AT_PLACE * spread[:, None], past, 0).max(axis=1)
        alike = (most > 0) & (beside <= _MORE_BESIDE * most) & (beside > 0.4 * most)
        high = np.where(alike, np.fmax(high, _MORE_BESIDE * most), high)
    return low, high


def _on_today(memory: Memory, days: npt.NDArray[np.int64], day: int) -> Numbers:
    """What was beside the expected cost on earlier days: the same amount, or the same share of what this weekday costs."""
    past, week = or_nothing(memory.beside[:, days]), np.maximum(np.abs(memory.week), 0.1)
    shares = past * (week[:, [memory.days.weekday[day]]] / week[:, memory.days.weekday[days]])
    return np.where(np.abs(shares) > np.abs(past), shares, past)


def _holiday(odd: Numbers, spread: Numbers, settled: Flags) -> Flags:
    """Series that dip on a day on which many do; nothing at all is no holiday."""
    dips = (odd < -2 * spread) & (odd < -0.1)
    if dips[settled].sum() < max(_TOGETHER, _HOLIDAY * settled.sum()):
        return np.zeros(len(odd), dtype=bool)
    return np.asarray(dips & (odd > -0.95))


def learn(memory: Memory, today: Today) -> None:
    """Keep a day for the days to come; what was flagged is left out of what is usual."""
    day, factor = today.day, np.where(np.abs(today.week) > 0.1, today.week, np.nan)
    usual = today.known & ~today.under_way & ~today.placed & ~today.holiday & ~today.caught_up
    size = np.abs(today.deviations)
    taken = (usual & ~(size > 4)) | (today.known & (memory.age < 21))
    memory.odd[:, day] = np.where(today.under_way, np.nan, today.odd)
    memory.quiet[:, day] = np.where(usual & (memory.age >= 14) & (size < 8), today.odd, np.nan)
    memory.plain[:, day] = np.where(taken, today.cost / factor, np.nan)
    memory.factors[:, day] = np.where(taken, today.cost / today.level, np.nan)


def scales(memory: Memory, today: Today) -> None:
    """Growth, and how far the longer comparisons are usually off: once a week, for they move slowly."""
    span = slice(max(0, today.day - 180), today.day + 1)
    month, seventh = (np.where(np.isfinite(part[:, span]), part[:, span], np.nan) for part in (memory.month, memory.seventh))
    count = np.sum(~np.isnan(month), axis=1)
    by_week = np.where(np.sum(~np.isnan(seventh), axis=1) >= 21, median(seventh[:, -120:]) / 14, 0)
    drift = np.where(count >= 28, median(month[:, -120:]) / 28, by_week)
    memory.drift = np.clip(np.nan_to_num(drift), -0.02, 0.02)
    monthly, weekly = (_NORMAL * median(np.abs(part - memory.drift[:, None] * width)) for part, width in ((month, 28), (seventh, 7)))
    usual = np.fmax(np.fmax(monthly, 0.8 * weekly), np.fmax(0.45 * today.spread, 0.02))
    memory.usual_month = np.where(count >= 28, usual, np.nan)
    memory.usual_three = _usual(memory.three, today, 3)
    memory.usual_seven = _usual(memory.seven, today, 7)


def _usual(values: Numbers, today: Today, width: int) -> Numbers:
    recent = values[:, max(0, today.day - 120) : today.day + 1]
    least = np.fmax(1.1 * today.spread / np.sqrt(width), 0.01)
    return np.where(np.sum(~np.isnan(recent), axis=1) >= 21, np.fmax(_NORMAL * median(np.abs(recent)), least), np.nan)
