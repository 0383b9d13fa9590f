"""Charges that come once a month: which day, how much, and what the other days are without them.

A place in the month (the 1st, the 15th, the last day, the first working day ...) has an invoice when in nearly all of the newest months
the cost of that day stands out of the same weekdays around it, to the same side, and far oftener than on other days: by the
likelihood ratio of two binomial rates (Dunning, "Accurate methods for the statistics of surprise and coincidence", 1993). Places
are taken one after the other, the clearest first, until none is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.robust import median, near, ratio, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.days import Days

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]

__all__ = ["Invoices", "invoices", "same_weekdays", "straying"]

_ROUNDS = 8
#: the newest months that are looked at, the share of them that has to have the invoice, and how clear it has to be
_MONTHS, _SHARE, _CLEAR = 7, 0.75, 6.0
_STANDS_OUT = 3.5
#: months of which all but one have what comes on no fixed day
_STRAYING = 6


@dataclass(frozen=True)
class Invoices:
    """``rest`` are the values with the invoices' days unknown, which ``days`` flags; ``amounts`` and ``errors`` are of days to come."""

    rest: Numbers
    amounts: Numbers
    errors: Numbers
    days: Flags


def same_weekdays(values: Numbers) -> Numbers:
    """The median of the same weekdays in the three weeks before and after each day; they never have the same place in a month."""
    return near(values, (-21, -14, -7, 7, 14, 21))


def invoices(values: Numbers, days: Days) -> Invoices:
    """What comes once a month in each series (series x days); ``days`` are those of the values and those to come."""
    past = values.shape[1]
    usual = same_weekdays(values)
    above = values - usual
    noise = spread(above[:, -180:])[:, None]
    rest, found = above.copy(), np.zeros(values.shape, dtype=bool)
    coming = np.zeros((2, len(values), days.count - past))
    rows = np.arange(len(values), dtype=np.int64)
    for _ in range(_ROUNDS):
        place, clear = _clearest(rest, noise, days, past)
        if not clear.any():
            break
        who = rows[clear]
        on = days.places[place[clear]]
        _expect(coming, who, above, usual, days, place[clear], past)
        found[who] |= on[:, :past]
        rest[who] = np.where(on[:, :past], np.nan, rest[who])
    return Invoices(np.where(found, np.nan, values), coming[0], coming[1], found)


def straying(excess: Numbers, noise: Numbers, days: Days) -> Numbers:
    """What comes nearly every month, but not on the same day, as it is to be expected of each day to come: series x days.

    ``excess`` is what days cost beyond what is usual; each day of the month is expected to have what it had on average. Nothing is
    expected of a series where that came in fewer than most of the newest months: a spike need not come again.
    """
    past = excess.shape[1]
    month, position = days.month[:past], days.position[:past]
    newest = int(month[-1])
    span = (month >= newest - _STRAYING) & (month < newest)
    expected = np.zeros((len(excess), 32))
    if newest < _STRAYING:
        return np.zeros((len(excess), days.count - past))
    sums = np.stack([excess[:, month == number].sum(axis=1) for number in range(newest - _STRAYING, newest)], axis=1)
    comes = np.sum(sums > _STANDS_OUT * noise[:, None], axis=1) >= _STRAYING - 1
    np.add.at(expected.T, position[span], excess[:, span].T / _STRAYING)
    return np.where(comes[:, None], expected[:, days.position[past:]], 0.0)


def _clearest(rest: Numbers, noise: Numbers, days: Days, past: int) -> tuple[Whole, Flags]:
    """The place of each series that is the clearest, and whether it is clear enough."""
    out = np.where(np.isnan(rest), np.nan, np.sign(rest) * (np.abs(rest) > _STANDS_OUT * noise + 1e-9))
    usual = (np.nansum(np.abs(out), axis=1) + 1) / (np.sum(~np.isnan(out), axis=1) + 2)
    where = days.of_places
    recent = _newest(where, past)
    seen = np.where(recent >= 0, out[:, np.maximum(recent, 0)], np.nan)
    count = np.sum(~np.isnan(seen), axis=2)
    hits = np.abs(np.nansum(seen, axis=2))
    share = hits / np.maximum(count, 1)
    surprise = count * _divergence(share, usual[:, None])
    surprise = np.where((count >= 2) & (share >= _SHARE) & _lasting(seen), surprise, 0) - 1e-6 * np.arange(len(where))
    best = np.argmax(surprise, axis=1)
    return np.asarray(best, dtype=np.int64), surprise[np.arange(len(best)), best] > _CLEAR


def _newest(where: npt.NDArray[np.int64], past: int) -> npt.NDArray[np.int64]:
    """The newest days at each place, the newest last; -1 where there are no more."""
    known = np.where(where < past, where, -1)
    order = np.sort(known, axis=1)
    return order[:, -_MONTHS:]


def _lasting(seen: Numbers) -> Flags:
    """Whether the newest one or the one before it stood out: what has ended is not expected."""
    there = np.nan_to_num(seen[:, :, -2:])
    return np.asarray(np.abs(there).max(axis=2) > 0)


def _divergence(share: Numbers, usual: Numbers) -> Numbers:
    """Kullback and Leibler's divergence of two rates, for rates above the usual one."""
    safe = np.clip(share, 1e-9, 1 - 1e-9)
    found = safe * np.log(safe / usual) + (1 - safe) * np.log((1 - safe) / (1 - usual))
    return np.where(share > usual, found, 0)


def _expect(coming: Numbers, who: Whole, above: Numbers, usual: Numbers, days: Days, place: Whole, past: int) -> None:
    """Put amounts and their errors on the days to come, by the method that would have told the past ones best."""
    where = _newest(days.of_places, past)[place]
    there = where >= 0
    amounts = np.where(there, above[who[:, None], np.maximum(where, 0)], np.nan)
    level = np.where(there, usual[who[:, None], np.maximum(where, 0)], np.nan)
    expected, error, rated = _amount(amounts, level)
    on = days.places[place][:, past:]
    base = median(usual[who, -28:])
    value = np.where(rated, expected * base, expected)
    coming[0][who] += on * np.nan_to_num(value)[:, None]
    coming[1][who] = np.hypot(coming[1][who], on * np.nan_to_num(error)[:, None])


def _amount(amounts: Numbers, level: Numbers) -> tuple[Numbers, Numbers, Flags]:
    """The next amount of each row (months in order), how far it may be off, and whether it is a ratio to the level."""
    ratios = ratio(amounts, level)
    tried = []
    for told, scale in ((amounts, np.ones_like(level)), (ratios, level)):
        for method in (_usual, _last, _drifting):
            guesses = np.stack([method(told[:, :month]) for month in range(1, told.shape[1])], axis=1) * scale[:, 1:]
            misses = np.abs(amounts[:, 1:] - guesses)
            tried.append((method(told), _mean(misses[:, -5:])))
    guesses, misses = (np.stack(part) for part in zip(*tried, strict=True))
    penalty = np.array([1.0, 1.1, 1.25, 1.15, 1.25, 1.4])[:, None]
    best = np.argmin(np.where(np.isnan(misses), np.inf, (misses + 1e-9) * penalty), axis=0)
    rows = np.arange(amounts.shape[0])
    fallback = 0.1 * np.abs(median(amounts))
    return guesses[best, rows], np.where(np.isnan(misses[best, rows]), fallback, misses[best, rows]), best >= 3


def _mean(values: Numbers) -> Numbers:
    there = ~np.isnan(values)
    return np.where(there.any(axis=1), np.nansum(values, axis=1) / np.maximum(there.sum(axis=1), 1), np.nan)


def _usual(told: Numbers) -> Numbers:
    return median(told[:, -4:])


def _last(told: Numbers) -> Numbers:
    return told[:, -1]


def _drifting(told: Numbers) -> Numbers:
    if told.shape[1] < 3:
        return told[:, -1]
    return told[:, -1] + median(np.diff(told[:, -5:], axis=1))
