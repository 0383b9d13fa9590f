"""Intervals from the back-test's own errors, so that they cover what they say.

Conformal prediction (Vovk, Gammerman and Shafer, "Algorithmic Learning in a Random World", 2005; for series: Stankeviciute, Alaa and
van der Schaar, "Conformal time-series forecasting", 2021) with errors normalised by how hard a day is (Papadopoulos et al., "Normalized
nonconformity measures", 2008): first by the spread that the fit expects of the day, then by how far the series was usually off, in spreads,
so many days ahead. What remains is alike for all series, and its quantiles over all of them are the widths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.robust import quantile, quantile_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.rolling import Rolled

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["LEVELS", "widths"]

#: how likely a day lies within the interval
LEVELS = (0.8, 0.95)
#: the first days of the stretches ahead that have a width of their own
_STRETCHES = (0, 7, 14, 21, 30, 60, 120, 240)
#: and where there are fewer series than these, whose errors are too few for that
_LONG_STRETCHES, _MANY = (0, 14, 30, 60, 120, 240), 8
#: origins that a series needs to be told by its own errors
_PRIOR = 5.0
#: the newest complete origins that tell what remains, where there are many series
_NEWEST = 10
#: a series is taken to be so many spreads off at least and at most
_LEAST, _MOST = 0.25, 100.0
#: and what remains to be no more than this
_MOST_MORE = 10.0
#: what is taken where nothing is known, in spreads: that of a normal error
_NORMAL = (1.2816, 1.96)


def widths(rolled: Rolled) -> Numbers:
    """Half the width of the interval of each level: levels x origins x series x days ahead. No width knows what came after its origin."""
    errors = np.abs(rolled.errors)
    horizon = errors.shape[2]
    stretches = _STRETCHES if errors.shape[1] >= _MANY else _LONG_STRETCHES
    starts = [start for start in stretches if start < horizon]
    found = np.empty((len(LEVELS), *errors.shape))
    for start, end in zip(starts, [*starts[1:], horizon], strict=True):
        _stretch(rolled, errors[:, :, start:end], start, found[:, :, :, start:end])
    return np.maximum.accumulate(found, axis=0)


def _stretch(rolled: Rolled, errors: Numbers, start: int, found: Numbers) -> None:
    """Fill in the widths of a stretch of days ahead, which begins after ``start`` days."""
    end = start + errors.shape[2]
    spreads, ahead = rolled.spreads[:, :, start:end], np.arange(start + 1, end + 1)
    kept = _NEWEST + (end + 6) // 7 if errors.shape[1] >= _MANY else len(rolled.origins)
    units = np.empty((len(LEVELS), *errors.shape))
    for place, origin in enumerate(rolled.origins):
        over = (rolled.origins[:place, None] + ahead <= origin)[:, None, :]
        past = np.where(over, errors[:place], np.nan)
        off = past / spreads[:place]
        count = (~np.isnan(off)).any(axis=2).sum(axis=0)
        flat = np.sort(np.moveaxis(off, 1, 0).reshape(off.shape[1], -1), axis=-1)
        for level, (share, normal) in enumerate(zip(LEVELS, _NORMAL, strict=True)):
            usual, exact = _usual(flat, count, share, normal)
            units[level, place] = spreads[place] * usual[:, None]
            newest = (past / units[level, :place])[-kept:, ~exact]
            factor = quantile(newest, share)
            found[level, place] = units[level, place] * (1 if np.isnan(factor) else min(factor, _MOST_MORE))


def _usual(flat: Numbers, count: npt.NDArray[np.int64], share: float, normal: float) -> tuple[Numbers, Flags]:
    """How far off each series was, in spreads, in so many cases, drawn to what holds for all by how little it has of its own.

    ``flat`` has what each series was off, sorted, and ``count`` says from how many origins. And which series are as good as exact:
    they tell nothing of how far the others are off.
    """
    own = quantile_of(flat, share) if flat.shape[1] else np.full(len(flat), np.nan)
    exact = own < _LEAST
    common = quantile(flat[~exact], share)
    common = normal if np.isnan(common) else float(np.clip(common, _LEAST, _MOST))
    trust = count / (count + _PRIOR)
    logs = trust * np.log(np.clip(np.nan_to_num(own), _LEAST, _MOST)) + (1 - trust) * np.log(common)
    return np.asarray(np.exp(logs)), np.asarray(exact)
