"""What comes back: the week, the place within the month, and fees that are spread over the days of their month.

Seasons are ratios to the level around each day, as in the ratio-to-moving-average method (Macaulay, "The Smoothing of Time Series",
1931; Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 3rd edition, section 3.4), with clipped means and
medians in place of means. A season is taken to be as strong as it stands out of the noise: James and Stein, "Estimation with
quadratic loss" (1961), in the form of Miller and Williams, "Shrinkage estimators of time series seasonal factors" (2003).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.robust import clipped_mean, filled, median, moving_mean, ratio, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.days import Days

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["by_weekday", "month_lengths", "month_shape", "without"]

#: weeks that tell the weekly season, and in how many of them their weight halves
_WEEKS, _FADING = 13, 6.0
#: a level below this part of the usual one tells nothing of ratios
_LEAST = 0.05
#: months that tell the shape of the month, and how many there have to be
_MONTHS, _ENOUGH_MONTHS = 12, 4
#: a shape that is less than this much more than noise is taken for noise
_CLEAR = 0.6


def without(values: Numbers, season: Numbers) -> Numbers:
    """The values as they would be without a season; NaN on days that it leaves next to nothing of."""
    return np.where(season > _LEAST, values / np.maximum(season, _LEAST), np.nan)


def by_weekday(values: Numbers, weekday: npt.NDArray[np.int64], unsteady: Flags) -> Numbers:
    """The factor of each weekday, series x 7, on average 1; 1 where there are too few weeks to tell.

    ``unsteady`` are the series with days off at random, where plain means are taken.
    """
    profile, whole = np.ones((len(values), 7)), filled(values)
    for _ in range(3):
        level = moving_mean(filled(without(whole, profile[:, weekday])), 7)
        profile = _profile(np.where(np.abs(level) > _LEAST, ratio(values, level), np.nan), weekday, unsteady)
    return profile


def _profile(ratios: Numbers, weekday: npt.NDArray[np.int64], unsteady: Flags) -> Numbers:
    missing = -ratios.shape[1] % 7
    weeks = np.concatenate([np.full((len(ratios), missing), np.nan), ratios], axis=1).reshape(len(ratios), -1, 7)[:, -_WEEKS:]
    by_day = np.moveaxis(weeks, 1, 2)
    weights = np.broadcast_to(0.5 ** (np.arange(by_day.shape[2])[::-1] / _FADING), by_day.shape)
    noise = spread(by_day)
    reach = np.where(unsteady[:, None], np.inf, 3 * noise + 1e-9)
    means = clipped_mean(by_day, weights, reach)
    means = means / np.where(unsteady, 1, np.maximum(np.mean(means, axis=1), _LEAST))[:, None]
    count = np.sum(~np.isnan(by_day), axis=2)
    error = np.where(unsteady[:, None], np.nanstd(np.where(np.isnan(by_day), 0, by_day), axis=2), noise) / np.sqrt(np.maximum(count, 1))
    factors = 1 + (means - 1) * _strength(means - 1, error)[:, None]
    factors = factors / np.maximum(np.mean(factors, axis=1), _LEAST)[:, None]
    rolled = np.empty_like(factors)
    rolled[:, weekday[-7:]] = factors
    return np.where(np.isnan(rolled).any(axis=1)[:, None], 1.0, rolled)


def _strength(effects: Numbers, error: Numbers) -> Numbers:
    """How much of the effects to believe: 1 where there is no noise, 0 where they are no more than it."""
    size, noise = np.nansum(effects**2, axis=1), np.nansum(error**2, axis=1)
    count = effects.shape[1]
    return np.asarray(np.clip(1 - (count - 3) / count * ratio(noise, size, 1.0), 0, 1))


def month_shape(values: Numbers, days: Days) -> Numbers:
    """The factor of each day of the month (1 to 31), series x 31, of ``values`` without weekly season; 1 where it is not clear."""
    shape = np.ones((len(values), 31))
    month, position = days.month[: values.shape[1]], days.position[: values.shape[1]] - 1
    first = max(0, int(month[-1]) - _MONTHS)
    if month[-1] < _ENOUGH_MONTHS:
        return shape
    level = moving_mean(filled(values), 31)
    grid = np.full((len(values), 31, int(month[-1]) - first + 1), np.nan)
    recent = month >= first
    grid[:, position[recent], month[recent] - first] = np.where(np.abs(level) > _LEAST, ratio(values, level), np.nan)[:, recent]
    middle, count = median(grid), np.sum(~np.isnan(grid), axis=2)
    error = 1.25 * spread(grid) / np.sqrt(np.maximum(count, 1))
    neighbours = np.stack([np.roll(middle, 1, axis=1), middle, np.roll(middle, -1, axis=1)], axis=2)
    smooth = np.where(np.isin(np.arange(31), (0, 29, 30)), middle, median(neighbours))
    smooth = smooth / np.maximum(np.nanmean(np.where(np.isnan(smooth), 1, smooth), axis=1), _LEAST)[:, None]
    strength = _strength(smooth - 1, error)
    usable = (
        (strength > _CLEAR)
        & (np.nanmin(np.where(np.isnan(smooth), 1, smooth), axis=1) > _LEAST)
        & (np.sum(count >= _ENOUGH_MONTHS - 1, axis=1) >= 28)
    )
    return np.where(usable[:, None] & ~np.isnan(smooth), 1 + (smooth - 1) * strength[:, None], 1.0)


def month_lengths(values: Numbers, days: Days) -> Numbers:
    """30 / the days of the month, for each series and day (those to come too), where the series is a fee spread over them; else 1."""
    factors = 30 / days.length
    plain, spread_out = (_steps(part, days) for part in (values, values / factors[: values.shape[1]]))
    fee = (spread_out < 0.25 * plain) & (days.month[values.shape[1] - 1] > 1)
    return np.where(fee[:, None], factors, 1.0)


def _steps(values: Numbers, days: Days) -> Numbers:
    """How far the medians of months lie apart."""
    month = days.month[: values.shape[1]]
    last = int(month[-1])
    medians = np.stack([median(values[:, month == number]) for number in range(max(0, last - 12), last + 1)], axis=1)
    return np.asarray(np.nansum(np.abs(np.diff(medians, axis=1)), axis=1))
