"""The rolling back-test that every forecast stands on: the past is forecast again and again, each time knowing only what was before.

From each origin (every week of the past half year and more) the candidates say what comes next. How far off they were on the days
that were over by the next origin gives their weights there, so that no weight and no interval knows what it is measured on:
Tashman, "Out-of-sample tests of forecasting accuracy" (2000). The weights are those of Bates and Granger, "The combination of forecasts"
(1969), by errors of weekly means, the newer counting more, drawn to what holds for all series where a series has few (Fiorucci and
Louzada, "GROEC: combination method via generalized rolling origin evaluation", 2020, on rolling origins as weights).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from cachetools import LRUCache

from finopsnb.analysis.forecasting.days import Days
from finopsnb.analysis.forecasting.fitting import Look, fit

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Model = Callable[[Numbers, Days], Look]

__all__ = ["Rolled", "roll", "rolled_once"]

#: days between origins, and how many origins there are at most
STEP, MOST = 7, 26
#: each holds a copy of the series
_THREADS = 8
#: days of a series before it is forecast
_FEWEST = 14
#: origins whose errors a series needs to have its own weights, the days in which errors count half, and how sharply errors are punished
_PRIOR, _FADING, _POWER = 3.0, 60.0, 6.0
#: errors of days beside those of weekly means, which are what levels and trends are about
_DAILY = 0.25
#: how much of what was forecast lately is kept
_MOST_BYTES = 16_000_000


@dataclass(frozen=True)
class Rolled:
    """What was forecast from each origin (the last one is now): arrays are origins x series x days ahead.

    ``origins`` count the days that were known. ``actual`` is NaN on days that are still to come or not known. ``ripe`` (origins x
    series) says which series had been there for two weeks; of others the forecast is little more than a guess.
    """

    origins: npt.NDArray[np.int64]
    forecasts: Numbers
    spreads: Numbers
    actual: Numbers
    ripe: Flags

    @property
    def errors(self) -> Numbers:
        """actual - forecast, NaN where that says nothing."""
        return np.where(self.ripe[:, :, None], self.actual - self.forecasts, np.nan)

    def summed(self, members: Numbers) -> Rolled:
        """The same of sums of series; ``members`` (sums x series) has a 1 where a series belongs to a sum."""
        forecasts, actual = (np.einsum("ns,osh->onh", members, part) for part in (self.forecasts, self.actual))
        spreads = np.sqrt(np.einsum("ns,osh->onh", members, self.spreads**2))
        return Rolled(self.origins, forecasts, spreads, actual, (members @ self.ripe.T.astype(float)).T > 0)

    def cumulated(self) -> Rolled:
        """The same of what the days ahead come to together."""
        forecasts, actual = np.cumsum(self.forecasts, axis=2), np.cumsum(self.actual, axis=2)
        return Rolled(self.origins, forecasts, np.sqrt(np.cumsum(self.spreads**2, axis=2)), actual, self.ripe)


def roll(values: Numbers, days: Days, *, step: int = STEP, most: int = MOST, model: Model = fit) -> Rolled:
    """``values`` are series x days (NaN: not known, or not there yet); ``days`` has these days and, after them, those to come."""
    horizon = days.count - values.shape[1]
    age = np.cumsum(np.cumsum(~np.isnan(values), axis=1) > 0, axis=1)
    ahead = np.where(age > 0, values, 0.0)
    ahead = np.concatenate([ahead, np.full((len(values), horizon), np.nan)], axis=1)
    scores: list[Numbers] = []
    ends: list[Numbers] = []
    found = []
    origins = _origins(values.shape[1], step, most)

    def look_from(origin: int) -> Look:
        return model(values[:, :origin], days.until(origin + horizon))

    for origin, look in zip(map(int, origins), _side_by_side(look_from, origins.tolist()), strict=True):
        weights = _weights(scores, ends, origin, look.paths.shape[0], len(values))
        begun, ripe, actual = age[:, origin - 1] > 0, age[:, origin - 1] >= _FEWEST, ahead[:, origin : origin + horizon]
        told = np.where(begun[:, None], np.einsum("ks,ksh->sh", weights, look.paths), 0.0)
        known = np.where(look.plain & ripe[:, None], actual, np.nan)
        scored, ended = _week_errors(look.paths, known, origin)
        scores.append(scored)
        ends.append(ended)
        found.append((told, look.spread, actual, ripe))
    forecasts, spreads, actuals, ripes = (np.stack(part) for part in zip(*found, strict=True))
    return Rolled(origins, forecasts, spreads, actuals, ripes)


def _side_by_side(work: Callable[[int], Look], origins: Sequence[int]) -> Iterator[Look]:
    """Of each origin in their order; no look knows of another one, and NumPy works in as many threads as there are processors."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS)) as pool:
        yield from pool.map(work, origins)


def _bytes(rolled: Rolled) -> int:
    return sum(part.nbytes for part in vars(rolled).values())


#: what was rolled lately: half a second to seconds each, and a page of a role asks for the same forecast in several places
_LATELY: LRUCache[Hashable, Rolled] = LRUCache(_MOST_BYTES, getsizeof=_bytes)
_LOOKING = threading.Lock()


def rolled_once(values: Numbers, days: Days, *, step: int, most: int, model: Model) -> Rolled:
    """As :func:`roll`, whose answer depends on nothing else: the same costs are not rolled again. The arrays cannot be written.

    What another model than our own says is not kept: a package may say something else each time, and what makes it is not known here.
    """
    if model is not fit:
        return roll(values, days, step=step, most=most, model=model)
    asked = (sha256(values.tobytes()).digest(), values.shape, days.first, days.count, step, most)
    with _LOOKING:
        known = _LATELY.get(asked)
    if known is not None:
        return known
    found = roll(values, days, step=step, most=most)
    for part in vars(found).values():
        part.flags.writeable = False
    if _bytes(found) <= _MOST_BYTES:
        with _LOOKING:
            _LATELY[asked] = found
    return found


def _origins(known: int, step: int, most: int) -> npt.NDArray[np.int64]:
    """The last one is the end of what is known."""
    count = min(most, max(0, known - 2 * _FEWEST) // step)
    return known - step * np.arange(count, -1, -1, dtype=np.int64)


def _week_errors(paths: Numbers, actual: Numbers, origin: int) -> tuple[Numbers, Numbers]:
    """How far the candidates were off in each week ahead (candidates x series x weeks), and the day after which each week is known."""
    horizon = actual.shape[1]
    starts = range(0, max(1, min(horizon, 28) - 6), 7)
    found = []
    for start in starts:
        off = paths[:, :, start : start + 7] - actual[:, start : start + 7]
        there = ~np.isnan(off)
        count = there.sum(axis=2)
        mean, size = (np.where(there, part, 0).sum(axis=2) / np.maximum(count, 1) for part in (off, np.abs(off)))
        found.append(np.where(count > 0, np.abs(mean) + _DAILY * size, np.nan))
    return np.stack(found, axis=2), origin + np.array([min(start + 7, horizon) for start in starts], dtype=float)


def _weights(scores: list[Numbers], ends: list[Numbers], origin: int, candidates: int, series: int) -> Numbers:
    """Candidates x series, adding up to 1 for each series."""
    if not scores:
        return np.full((candidates, series), 1 / candidates)
    errors, known = np.stack(scores), np.stack(ends)
    fresh = np.where(known <= origin, 0.5 ** ((origin - known) / _FADING), 0.0)
    there = ~np.isnan(errors[:, 0]) * fresh[:, None, :]
    total = np.einsum("iksb,isb->ks", np.nan_to_num(errors), there)
    count = there.sum(axis=(0, 2))
    own = total / np.maximum(count, 1e-9)
    own = own + 1e-9 * own.mean(axis=0) + 1e-15
    relative = np.log(own / own.mean(axis=0))
    some = count > 0
    common = relative[:, some].mean(axis=1, keepdims=True) if some.any() else np.zeros((candidates, 1))
    trust = count / (count + _PRIOR)
    logs = -_POWER * (trust * relative + (1 - trust) * common)
    weights = np.exp(logs - logs.max(axis=0))
    return np.asarray(weights / weights.sum(axis=0))
