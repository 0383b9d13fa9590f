"""Daily costs of the chosen dimensions as arrays: which days cost nothing, and of which nothing is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.forecasting.days import Days
from finopsnb.analysis.forecasting.series import daily

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]

__all__ = ["Costs", "costs_of", "daily_costs"]

#: a gap of so many days, in a series with costs on nearly all days, is data that is missing and not a cost of nothing
_GAP, _NEARLY_ALL = 3, 0.8
#: more series than anybody has
_ALL = 1_000_000


@dataclass(frozen=True)
class Costs:
    """The series of one currency: ``keys`` are the values of the dimensions, ``costs`` series x days from ``first`` on, NaN: not known.

    ``rows`` are the sums of the engine, in the order of series and day, ``starts`` where each series begins in them, so that what an
    event cost can be added up to the last digit.
    """

    currency: str
    keys: list[tuple[str, ...]]
    first: date
    costs: Numbers
    rows: pa.Table
    starts: Whole

    @property
    def days(self) -> Days:
        return Days(self.first, self.costs.shape[1])

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number)


def daily_costs(costs: ir.Table, by: Sequence[str], metric: str = "EffectiveCost", as_of: date | None = None) -> ir.Table:
    """The dimensions, BillingCurrency, ``day`` and ``cost``, in the order of currency, dimensions and day: one aggregate.

    Up to and with ``as_of``, or the last day with usage in each currency. Raises FinopsError for what is no dimension or no cost.
    """
    return daily(costs, by, metric, as_of, most=_ALL)


def costs_of(rows: pa.Table, by: Sequence[str]) -> Iterator[Costs]:
    """The series of each currency, from the rows of :func:`daily_costs`, in their order."""
    import pyarrow.compute as pc

    for currency in sorted(pc.unique(rows["BillingCurrency"]).to_pylist()):
        yield _series(rows.filter(pc.equal(rows["BillingCurrency"], currency)), currency, list(by))


def _series(rows: pa.Table, currency: str, by: list[str]) -> Costs:
    import pyarrow as pa

    rows = rows.combine_chunks()
    codes = np.array([rows[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in by]).reshape(len(by), rows.num_rows)
    begins = np.concatenate([[True], (codes[:, 1:] != codes[:, :-1]).any(axis=0)])
    starts, which = np.flatnonzero(begins), np.cumsum(begins) - 1
    names = [rows[name].take(pa.array(starts)).to_pylist() for name in by]
    keys = [tuple(str(part[place]) for part in names) for place in range(len(starts))]
    day = rows["day"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype("int64")
    first = int(day.min())
    costs = np.zeros((len(keys), int(day.max()) - first + 1))
    there = np.zeros(costs.shape, dtype=bool)
    there[which, day - first] = True
    costs[which, day - first] = np.nan_to_num(rows["cost"].cast(pa.float64()).to_numpy())
    groups = np.unique(codes[by.index("provider"), starts], return_inverse=True)[1] if "provider" in by else np.zeros(len(keys), dtype=int)
    known = _known(there, groups)
    return Costs(currency, keys, date(1970, 1, 1) + timedelta(days=first), np.where(known, costs, np.nan), rows, starts)


def _known(there: Flags, groups: Whole) -> Flags:
    """Not known are the days before a series, those on which nothing of its provider was collected, and short gaps in daily series."""
    begun = np.cumsum(there, axis=1) > 0
    collected = np.zeros(there.shape, dtype=bool)
    for group in np.unique(groups):
        members = groups == group
        collected[members] = _collected(there[members].any(axis=0))
    active = there.sum(axis=1) > _NEARLY_ALL * np.maximum((begun & collected).sum(axis=1), 1)
    return np.asarray(begun & collected & ~(_short_gaps(there) & active[:, None]))


def _collected(days: Flags) -> Flags:
    """The days of a provider, but for those that were left out; where it has costs on few days only, the others cost nothing."""
    span = np.flatnonzero(days)
    inside = np.zeros(len(days), dtype=bool)
    inside[span[0] : span[-1] + 1] = True
    return days if float(days[inside].mean()) > _NEARLY_ALL else inside


def _short_gaps(there: Flags) -> Flags:
    """Days without rows in runs of at most ``_GAP``."""
    gaps = np.zeros(there.shape, dtype=bool)
    padded = np.pad(~there, ((0, 0), (1, 1)))
    rises = np.argwhere(padded[:, 1:-1] & ~padded[:, :-2])
    falls = np.argwhere(padded[:, 1:-1] & ~padded[:, 2:])
    for (series, start), (_, end) in zip(rises, falls, strict=True):
        if end - start < _GAP:
            gaps[series, start : end + 1] = True
    return gaps
