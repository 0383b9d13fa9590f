"""Statistics over many series at once that a few wrong days do not move: medians, spreads, clipped means, moving windows.

Arrays are series x days (or series x anything, the last axis is the one that is looked at); NaN is a day that says nothing.
Sources: Rousseeuw and Croux, "Alternatives to the median absolute deviation" (JASA 1993) on the MAD and its factor; Huber, "Robust
estimation of a location parameter" (1964) on clipped means.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = [
    "ahead",
    "around",
    "clipped_mean",
    "filled",
    "median",
    "moving_mean",
    "near",
    "quantile",
    "quantile_of",
    "ratio",
    "shifted",
    "spread",
]

#: makes the median absolute deviation of normal errors their standard deviation
_NORMAL = 1.4826


def median(values: Numbers) -> Numbers:
    """The median of what is there along the last axis; NaN where nothing is. ``np.nanmedian`` takes ten times as long."""
    width = values.shape[-1]
    if width == 0:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(values, axis=-1)
    gaps = np.isnan(ordered[..., -1])
    middle = np.asarray((ordered[..., (width - 1) // 2] + ordered[..., width // 2]) / 2)
    if gaps.any():
        middle[gaps] = _of_some(ordered[gaps])
    return middle


def _of_some(ordered: Numbers) -> Numbers:
    """The medians of rows in which not all is there."""
    count = np.sum(~np.isnan(ordered), axis=-1)
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0)[..., None] // 2, axis=-1)[..., 0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, ordered.shape[-1] - 1)[..., None], axis=-1)[..., 0]
    return np.where(count > 0, (low + high) / 2, np.nan)


def quantile(values: Numbers, level: float) -> float:
    """The conformal quantile of all numbers that there are, in whatever shape: the one that at least ceil((n + 1) level) of n are not
    above; the largest at most, and NaN where there is none.
    """
    there = values[~np.isnan(values)]
    if not there.size:
        return math.nan
    place = min(max(math.ceil((there.size + 1) * level), 1), there.size) - 1
    return float(np.partition(there, place)[place])


def quantile_of(ordered: Numbers, level: float) -> Numbers:
    """The same along the last axis of what is sorted already, NaN last."""
    count = np.sum(~np.isnan(ordered), axis=-1)
    place = np.clip(np.ceil((count + 1) * level).astype(int), 1, np.maximum(count, 1)) - 1
    return np.where(count > 0, np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0], np.nan)


def spread(values: Numbers) -> Numbers:
    """The standard deviation that the median absolute deviation stands for; NaN where nothing is."""
    return _NORMAL * median(np.abs(values - median(values)[..., None]))


def clipped_mean(values: Numbers, weights: Numbers, reach: Numbers) -> Numbers:
    """The weighted mean, along the last axis, of the values brought to within ``reach`` of their median; NaN where nothing is."""
    middle = median(values)[..., None]
    inside = np.clip(values, middle - reach[..., None], middle + reach[..., None])
    return _weighted(inside, weights)


def _weighted(values: Numbers, weights: Numbers) -> Numbers:
    there = ~np.isnan(values)
    total = np.sum(weights * there, axis=-1)
    return np.where(total > 0, np.sum(np.where(there, values, 0) * weights, axis=-1) / np.where(total > 0, total, 1), np.nan)


def shifted(values: Numbers, days: int) -> Numbers:
    """The values so many days later (earlier where negative): ``shifted(y, 7)`` has at each day what was a week before."""
    moved = np.full_like(values, np.nan)
    if abs(days) < values.shape[-1]:
        if days >= 0:
            moved[..., days:] = values[..., : values.shape[-1] - days]
        else:
            moved[..., :days] = values[..., -days:]
    return moved


def around(values: Numbers, lags: tuple[int, ...]) -> Numbers:
    """The values at these distances before each day (after it, where negative), on a new last axis, which is the slowest in memory."""
    return np.moveaxis(np.stack([shifted(values, lag) for lag in lags]), 0, -1)


def near(values: Numbers, lags: tuple[int, ...]) -> Numbers:
    """The median of the values at these distances (as many before as after), brought to each day by the series' usual change a day.

    A ramp is near itself on its first and last days too.
    """
    found = around(values, lags)
    middle = median(found)
    gaps = np.isnan(found).any(axis=-1)
    slope = np.broadcast_to(np.nan_to_num(median((values - shifted(values, 7))[..., -120:]) / 7)[..., None], gaps.shape)
    middle[gaps] += slope[gaps] * np.nan_to_num(median(np.where(np.isnan(found[gaps]), np.nan, np.array(lags, dtype=float))))
    return middle


def ahead(values: Numbers, width: int) -> Numbers:
    """Each day and those after it, ``width`` in all, on a new last axis."""
    ends = np.full((*values.shape[:-1], width - 1), np.nan)
    return np.lib.stride_tricks.sliding_window_view(np.concatenate([values, ends], axis=-1), width, axis=-1)


def filled(values: Numbers) -> Numbers:
    """With days that are not known as the same weekdays around them."""
    gaps = np.isnan(values)
    some = gaps.any(axis=-1)
    if not some.any():
        return values
    whole = values.copy()
    whole[some] = np.where(gaps[some], near(values[some], (-14, -7, 7, 14)), values[some])
    return whole


def moving_mean(values: Numbers, width: int) -> Numbers:
    """The mean of the ``width`` (odd) days around each day; NaN where one is not known."""
    found = np.full(values.shape, np.nan)
    if values.shape[-1] >= width:
        half = width // 2
        windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=-1)
        found[..., half : values.shape[-1] - half] = np.mean(windows, axis=-1)
    return found


def ratio(above: Numbers, below: Numbers, other: float = np.nan) -> Numbers:
    """above / below, ``other`` where below is nothing."""
    usable = np.abs(below) > 1e-12
    return np.where(usable, above / np.where(usable, below, 1), other)
