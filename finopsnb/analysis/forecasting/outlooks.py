"""A projection as it is drawn: each sum and series with its past, the days to come, what they come to, and past accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.projecting import BANDS, Projection, bounds, summed
from finopsnb.analysis.forecasting.rolling import MOST
from finopsnb.analysis.forecasting.scores import scored

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.hierarchy import Level
    from finopsnb.analysis.forecasting.rolling import Rolled
    from finopsnb.analysis.forecasting.series import Series

    Numbers = npt.NDArray[np.float64]

__all__ = ["FOR_ACCURACY", "Outlook", "outlooks", "size"]

#: origins of a projection whose accuracy is told: the newest of them are scored
FOR_ACCURACY = MOST + 12
_SCORED = 20


@dataclass(frozen=True)
class Outlook:
    """One line of a chart, floats in its currency: ``actual`` from ``first`` on, then ``forecast`` and ``bands`` by name.

    ``sum`` is what the days to come cost, ``sum_80`` between what, ``before`` what as many days before did (None where there are
    fewer). ``accuracy`` has the back-test's measures, None where nothing can be said; it is empty where there was none.
    """

    key: tuple[str, ...]
    first: date
    actual: list[float | None]
    forecast: list[float]
    bands: dict[str, list[float]]
    sum: float
    sum_80: tuple[float, float]
    before: float | None
    accuracy: dict[str, float | None]


def size(series: Series) -> float:
    """How much money the series are about, whichever its sign."""
    return float(np.nansum(np.abs(series.costs)))


def outlooks(projection: Projection, history: int) -> Iterator[Outlook]:
    """The total, then the sums and series of each further level, with at most so many days of the past."""
    for level, rolled in zip(projection.levels, projection.rolled, strict=True):
        yield from _of_level(projection.series, level, rolled, history)


def _of_level(series: Series, level: Level, rolled: Rolled, history: int) -> Iterator[Outlook]:
    costs = summed(level.members, series.costs)
    horizon = rolled.forecasts.shape[2]
    told = rolled.forecasts[-1]
    bands = dict(zip(BANDS, bounds(rolled, told, _never_below(level, series)), strict=True))
    together = rolled.cumulated()
    low, high = (part[:, -1] for part in bounds(together, together.forecasts[-1], _never_below(level, series))[:2])
    accuracy = _accuracy(rolled, costs)
    recent = costs[:, -history:]
    first = series.end - timedelta(days=recent.shape[1])
    for place, key in enumerate(level.keys):
        before = float(np.nansum(costs[place, -horizon:])) if costs.shape[1] >= horizon else None
        yield Outlook(
            key,
            first,
            [None if np.isnan(cost) else cost for cost in recent[place].tolist()],
            told[place].tolist(),
            {name: band[place].tolist() for name, band in bands.items()},
            float(told[place].sum()),
            (float(low[place]), float(high[place])),
            before,
            {name: None if np.isnan(values[place]) else float(values[place]) for name, values in accuracy.items()},
        )


def _never_below(level: Level, series: Series) -> npt.NDArray[np.bool_]:
    whole = level.members @ np.nan_to_num(series.costs)
    return np.asarray((whole >= 0).all(axis=1))[:, None]


def _accuracy(rolled: Rolled, costs: Numbers) -> dict[str, Numbers]:
    if int(rolled.origins[0]) + rolled.forecasts.shape[2] > costs.shape[1]:
        return {}
    return scored(rolled, costs, _SCORED)
