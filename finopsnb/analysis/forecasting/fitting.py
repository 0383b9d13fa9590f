"""One look at the past: what each candidate says of the days to come, and how far off such a day usually is.

    cost = level and trend x weekday x place in the month x days of the month + invoices

A multiplicative decomposition with additive calendar events, in the manner of Harvey, "Forecasting, Structural Time Series Models and the
Kalman Filter" (1989), and of Taylor and Letham, "Forecasting at scale" (2018), found by medians in place of likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.days import Days
from finopsnb.analysis.forecasting.invoices import invoices, same_weekdays, straying
from finopsnb.analysis.forecasting.levels import clipped, paths
from finopsnb.analysis.forecasting.robust import spread
from finopsnb.analysis.forecasting.seasons import by_weekday, month_lengths, month_shape, without
from finopsnb.analysis.forecasting.shifts import aligned

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

__all__ = ["Look", "fit"]

#: days of the past that are looked at: at most, and at least
PAST, LEAST = 330, 42
_UNSTEADY = 0.12
_LEAST_SPREAD = 2e-3


@dataclass(frozen=True)
class Look:
    """``paths``: candidates x series x days to come. ``spread``: series x days to come, about the standard deviation of such a day.

    ``plain`` flags the days to come (series x days) without an invoice, on which candidates can be told apart.
    """

    paths: Numbers
    spread: Numbers
    plain: Flags


def fit(values: Numbers, days: Days) -> Look:
    """``values`` are series x days (NaN: not known); ``days`` has these days and, after them, those to come."""
    values, days = _filled_up(*_recent(values, days))
    past = values.shape[1]
    scale = _scale(values)
    known = values / scale[:, None]
    unsteady = _unsteady(known)
    fee = month_lengths(known, days)
    known = known / fee[:, :past]
    shape = _month(known, days, unsteady)
    bills = invoices(known / shape[:, :past], days)
    week = by_weekday(_cleaned(bills.rest, unsteady), days.weekday[:past], unsteady)[:, days.weekday]
    level = aligned(without(bills.rest, week[:, :past]), unsteady).values
    kept, noise = clipped(level, unsteady)
    stray = straying(np.nan_to_num(level - kept), noise, days)
    ahead = np.s_[:, past:]
    season, bill, size = (week * shape * fee)[ahead], (shape * fee)[ahead], np.abs(scale)[:, None]
    seen = (paths(kept, days.count - past) + stray) * season + bills.amounts * bill
    off = np.hypot(np.hypot(noise[:, None], stray) * np.abs(season), bills.errors * bill)
    return Look(_signed(seen, known) * scale[:, None], (off + _LEAST_SPREAD) * size, (bills.amounts == 0) & (stray == 0))


def _recent(values: Numbers, days: Days) -> tuple[Numbers, Days]:
    """At most PAST days and what is before them of their first month, with the days to come."""
    skipped = max(0, values.shape[1] - PAST)
    if not skipped:
        return values, days
    skipped -= int(days.position[skipped]) - 1
    skipped = max(skipped, 0)
    first = days.all[skipped].astype(object)
    return values[:, skipped:], Days(first, days.count - skipped)


def _filled_up(values: Numbers, days: Days) -> tuple[Numbers, Days]:
    """At least LEAST days: those that are missing before the first one say nothing."""
    missing = LEAST - values.shape[1]
    if missing <= 0:
        return values, days
    first = (days.all[0] - missing).astype(object)
    return np.concatenate([np.full((len(values), missing), np.nan), values], axis=1), Days(first, days.count + missing)


def _scale(values: Numbers) -> Numbers:
    """What a day of each series usually costs, its sign too; 1 where there is nothing."""
    recent = values[:, -90:]
    sums = np.nansum(recent, axis=1)
    size = np.nansum(np.abs(recent), axis=1) / np.maximum(np.sum(np.abs(np.nan_to_num(recent)) > 0, axis=1), 1)
    size = np.where(size > 0, size, np.nanmax(np.abs(np.nan_to_num(values)), axis=1))
    return np.where(size > 0, size, 1.0) * np.where(sums < 0, -1.0, 1.0)


def _unsteady(values: Numbers) -> Flags:
    """The series that are off, or on, on days that are not the same each week."""
    recent = values[:, -180:]
    usual = same_weekdays(recent)
    odd = ((recent == 0) & (usual != 0)) | ((recent != 0) & (usual == 0))
    told = ~np.isnan(recent) & ~np.isnan(usual)
    return np.asarray(np.sum(odd & told, axis=1) > _UNSTEADY * np.maximum(np.sum(told, axis=1), 1))


def _cleaned(values: Numbers, unsteady: Flags) -> Numbers:
    """Without the days that lie far off the same weekdays around them."""
    usual = same_weekdays(values)
    off = np.abs(values - usual)
    far = off > 5 * spread((values - usual)[:, -180:])[:, None] + 1e-9
    return np.where(far & ~unsteady[:, None], np.nan, values)


def _month(values: Numbers, days: Days, unsteady: Flags) -> Numbers:
    """The factor of each day by its place in the month, series x days."""
    past = values.shape[1]
    cleaned = _cleaned(values, unsteady)
    week = by_weekday(cleaned, days.weekday[:past], unsteady)[:, days.weekday[:past]]
    shape = np.where(unsteady[:, None], 1.0, month_shape(without(cleaned, week), days))
    return shape[:, days.position - 1]


def _signed(seen: Numbers, values: Numbers) -> Numbers:
    """Nothing below zero is forecast of a series that never was below."""
    least = np.nanmin(np.where(np.isnan(values), 0, values), axis=1)
    return np.where((least >= 0)[:, None], np.maximum(seen, 0), seen)
