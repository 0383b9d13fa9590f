"""How good a forecast was, and how good the seasonal naive one would have been, which says each day what was a week before.

MASE: Hyndman and Koehler, "Another look at measures of forecast accuracy" (2006), scaled by the seasonal naive error in the past
that was known. WAPE: the absolute errors by the absolute costs, both added up over all origins; the month's error is the
same of the sums of all days ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.bands import widths

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.rolling import Rolled

    Numbers = npt.NDArray[np.float64]

__all__ = ["MEASURES", "scored"]

MEASURES = ("MASE", "WAPE", "month_error", "coverage_80", "coverage_95", "naive_MASE", "naive_WAPE", "naive_month_error")
_WEEK = 7


def scored(rolled: Rolled, values: Numbers, newest: int) -> dict[str, Numbers]:
    """MEASURES, ``origins`` and ``cost`` (what the days ahead cost) of each series, over the ``newest`` origins with all days known.

    ``values`` are series x days. NaN stands where nothing can be said: no origin, no cost, a scale of 0.
    """
    horizon = rolled.errors.shape[2]
    complete = np.flatnonzero(rolled.origins + horizon <= values.shape[1])[-newest:]
    actual, errors = rolled.actual[complete], rolled.errors[complete]
    said = rolled.ripe[complete] & ~np.isnan(errors).all(axis=2)
    naive = actual - np.stack([_naive(values[:, : rolled.origins[one]], horizon) for one in complete])
    scale = np.stack([_scale(values[:, : rolled.origins[one]]) for one in complete])
    actual, naive = (np.where(said[:, :, None], part, np.nan) for part in (actual, naive))
    inside = [np.abs(errors) <= width[complete] + 1e-9 * np.abs(actual) for width in widths(rolled)]
    told = _of(errors, actual, scale)
    told |= {f"naive_{name}": value for name, value in _of(naive, actual, scale).items()}
    for name, covered in zip(("coverage_80", "coverage_95"), inside, strict=True):
        told[name] = _mean(np.where(np.isnan(errors), np.nan, covered), (0, 2))
    told["origins"] = said.sum(axis=0).astype(float)
    told["cost"] = np.nansum(actual, axis=(0, 2))
    return told


def _of(errors: Numbers, actual: Numbers, scale: Numbers) -> dict[str, Numbers]:
    size = np.nansum(np.abs(actual), axis=(0, 2))
    sums = np.nansum(np.abs(np.nansum(actual, axis=2)), axis=0)
    return {
        "MASE": _mean(_divided(_mean(np.abs(errors), 2), scale), 0),
        "WAPE": _divided(np.nansum(np.abs(errors), axis=(0, 2)), size),
        "month_error": _divided(np.nansum(np.abs(np.nansum(errors, axis=2)), axis=0), sums),
    }


def _naive(past: Numbers, horizon: int) -> Numbers:
    """The last week again and again; what is not known of it costs nothing."""
    week = np.nan_to_num(past[:, -_WEEK:])
    week = np.concatenate([np.zeros((len(week), _WEEK - week.shape[1])), week], axis=1)
    return np.tile(week, (1, horizon // _WEEK + 1))[:, :horizon]


def _scale(past: Numbers) -> Numbers:
    found = _mean(np.abs(past[:, _WEEK:] - past[:, :-_WEEK]), 1)
    size = _mean(np.abs(past), 1)
    return np.where(found > 1e-9 * size, found, np.nan)


def _mean(values: Numbers, axis: int | tuple[int, ...]) -> Numbers:
    there = ~np.isnan(values)
    return _divided(np.nansum(values, axis=axis), there.sum(axis=axis))


def _divided(above: Numbers, below: Numbers) -> Numbers:
    usable = (below > 0) & ~np.isnan(below)
    return np.where(usable, above / np.where(usable, below, 1), np.nan)
