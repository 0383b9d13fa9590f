"""Where a series without seasons goes: several simple answers, of which the rolling back-test makes one.

* the level: discounted means with half-lives of four days to six weeks (Brown, "Statistical Forecasting for Inventory Control", 1959),
* the level and a trend: discounted least squares (Brown, "Smoothing, Forecasting and Prediction", 1963), the trend going on
  or dying away (Gardner and McKenzie, "Forecasting trends in time series", 1985).

A trend goes on as far as it stands out of its own error, so that an exact ramp stays a ramp and noise has no trend. Days that
lie far off their neighbours are clipped first (Gelper, Fried and Croux, "Robust forecasting with exponential and Holt-Winters
smoothing", 2010).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.robust import around, near, ratio, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["CANDIDATES", "clipped", "paths"]

_LEVELS = (4.0, 12.0, 40.0)
#: half-life in days, and what remains of the trend from day to day
_TRENDS = ((7.0, 0.93), (14.0, 0.95), (14.0, 1.0), (30.0, 0.97), (30.0, 1.0), (90.0, 0.985), (90.0, 1.0))
CANDIDATES = (*(f"level {days:g}" for days in _LEVELS), *(f"trend {days:g} x {kept:g}" for days, kept in _TRENDS))
_NEIGHBOURS = tuple(lag for lag in range(-6, 7) if lag)
_FAR = 4.0
#: a trend has to be so many of its own errors
_CLEAR = 1.0
#: days that there have to be for a trend
_FEWEST = 14


def clipped(values: Numbers, unsteady: Flags) -> tuple[Numbers, Numbers]:
    """The values with what lies far off its neighbours brought near, and the noise of each series."""
    middle = near(values, _NEIGHBOURS)
    noise = spread((values - middle)[:, -120:])
    noise = np.where(unsteady | np.isnan(noise), np.inf, noise)[:, None]
    reach = _FAR * noise + 1e-9
    inside = np.clip(values, middle - reach, middle + reach)
    kept = np.where(np.isnan(inside), values, inside)
    return kept, _noise(kept)


def _noise(values: Numbers) -> Numbers:
    """The standard deviation around the mean of the neighbouring days, of the newest three months."""
    recent = values[:, -96:]
    off = (recent - _mean(around(recent, (-3, -2, -1, 1, 2, 3))))[:, -90:]
    return np.sqrt(np.nan_to_num(_mean(off**2)))


def _mean(values: Numbers) -> Numbers:
    there = ~np.isnan(values)
    return np.where(there.any(axis=-1), np.nansum(values, axis=-1) / np.maximum(there.sum(axis=-1), 1), np.nan)


def paths(values: Numbers, horizon: int) -> Numbers:
    """Candidates x series x days to come. Where nothing is known, nothing is to come: 0."""
    there = ~np.isnan(values)
    known = np.where(there, values, 0.0)
    ahead = np.arange(1, horizon + 1)
    back = np.arange(values.shape[1]) - values.shape[1] + 1.0
    flat = np.ones(horizon)
    found = [_level(known, there, 0.5 ** (-back / days))[:, None] * flat for days in _LEVELS]
    for days in dict.fromkeys(days for days, _ in _TRENDS):
        level, trend = _line(known, there, back, days)
        for of, kept in _TRENDS:
            if of == days:
                going = ahead if kept == 1 else kept * (1 - kept**ahead) / (1 - kept)
                found.append(level[:, None] + trend[:, None] * going)
    return np.stack(found)


def _level(known: Numbers, there: Flags, weights: Numbers) -> Numbers:
    return np.asarray(ratio(known @ weights, there @ weights, 0.0))


def _line(known: Numbers, there: Flags, back: Numbers, days: float) -> tuple[Numbers, Numbers]:
    """The value today on the line through the discounted past, and the change a day from now on, which is shrunk by its error."""
    weights = 0.5 ** (-back / days)
    s0, s1, s2 = (there @ (weights * back**power) for power in range(3))
    y0, y1 = known @ weights, known @ (weights * back)
    spread_out = s0 * s2 - s1**2
    raw = ratio(s0 * y1 - s1 * y0, spread_out, 0.0)
    centre, mean = ratio(s1, s0, 0.0), ratio(y0, s0, 0.0)
    off = np.where(there, known - mean[:, None] - raw[:, None] * (back - centre[:, None]), 0)
    variance = ratio(off**2 @ weights, s0, 0.0)
    # neighbouring days are alike: as if only every fourth one said something of its own
    error = 4 * ratio(variance, ratio(spread_out, s0, 0.0), np.inf)
    enough = there.sum(axis=1) >= _FEWEST
    going_on = raw * np.clip(1 - _CLEAR**2 * ratio(error, raw**2, np.inf), 0, 1)
    return mean - np.where(enough, raw, 0) * centre, np.where(enough, going_on, 0)
