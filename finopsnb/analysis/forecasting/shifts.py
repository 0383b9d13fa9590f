"""Level shifts: when a series went to another level for good, and the days before it brought to the new one.

A shift is where the medians of the week before and the week after lie further apart than they do otherwise in the series: a running
median contrast, as in Basseville and Nikiforov, "Detection of Abrupt Changes" (1993), section 2.6, with medians for means. A ramp has
the same contrast every day and therefore no shift. What is before a shift is divided by it, as with the level shifts of
Chen and Liu, "Joint estimation of model parameters and outlier effects" (JASA 1993); beyond a factor of 3 it tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.robust import ahead, around, median, ratio, shifted, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Aligned", "aligned"]

_STANDS_OUT, _LEAST_STEP, _MOST = 6.0, 0.05, 3.0
#: days after a shift before it is believed
_SOONEST = 4
#: days that are held against each other, and days that two shifts are apart at least
_WINDOW, _APART = 13, 9


@dataclass(frozen=True)
class Aligned:
    """``values`` at the level of today, NaN where there is no telling; ``since`` the number of days since the last shift (all, if none)."""

    values: Numbers
    since: npt.NDArray[np.int64]


def aligned(values: Numbers, unsteady: Flags) -> Aligned:
    """Series x days without seasons, brought to the level after the last shift; ``unsteady`` ones have none that can be told."""
    after, before, apart = _fortnights(values)
    step = after - before
    typical = median(step / apart)[:, None] * apart
    noise = spread(step - typical)[:, None]
    level = np.maximum(np.abs(after), np.abs(before))
    far = np.abs(step - typical)
    clear = (far > _STANDS_OUT * noise) & (far > _LEAST_STEP * level) & (level > 1e-6) & ~unsteady[:, None]
    sharp = np.where(clear, _sharpness(values, typical), 0.0)
    is_shift = clear & (sharp >= _highest(sharp)) & (sharp > 0)
    factor = np.where(is_shift, ratio(after - typical / 2, before + typical / 2, np.inf), 1.0)
    usable = (factor > 1 / _MOST) & (factor < _MOST)
    logs = _from_the_end(np.log(np.where(usable, factor, 1.0)))
    lost = (_from_the_end((~usable).astype(float)) > 0) | (np.abs(logs) > np.log(_MOST))
    days = values.shape[1]
    since = np.where(is_shift.any(axis=1), np.argmax(is_shift[:, ::-1], axis=1) + 1, days)
    return Aligned(np.where(lost, np.nan, values * np.exp(logs)), since)


def _fortnights(values: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The median of the two weeks that begin on each day, that of those before it, and the days between; NaN where too little is there."""
    count = np.sum(~np.isnan(ahead(values, _WINDOW)), axis=2)
    after = np.where(count >= _SOONEST, median(ahead(values, _WINDOW)), np.nan)
    return after, shifted(after, _WINDOW), (count + _WINDOW) / 2


def _sharpness(values: Numbers, typical: Numbers) -> Numbers:
    """How far the means of the few days from each day on and before it lie apart: medians are the same over a week of days."""
    near = around(values, (0, -1, -2, -3))
    means = np.nansum(near, axis=2) / np.maximum(np.sum(~np.isnan(near), axis=2), 1)
    return np.asarray(np.abs(means - shifted(means, 4) - typical * 4 / _WINDOW))


def _highest(values: Numbers) -> Numbers:
    """The highest within some days to both sides."""
    found = values
    for days in range(1, _APART + 1):
        found = np.fmax(found, np.fmax(shifted(values, days), shifted(values, -days)))
    return found


def _from_the_end(values: Numbers) -> Numbers:
    """The sum of what comes after each day."""
    return np.cumsum(values[:, ::-1], axis=1)[:, ::-1] - values
