"""Daily costs of the chosen dimensions: added up in the engine, and one array of series x days for each currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from finopsnb.analysis.cost import cost_by
from finopsnb.analysis.forecasting.days import Days

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.float64]

__all__ = ["OTHER", "Series", "daily", "series_of"]

#: what the smallest series are together, where there are more than can be told apart
OTHER = "(other)"
_NO_CURRENCY = "(no currency)"
#: days without rows at the end that a series with rows on nearly all days may be late by
_LATE, _NEARLY_ALL = 3, 0.8


@dataclass(frozen=True)
class Series:
    """The series of one currency: ``keys`` are the values of the dimensions, ``costs`` series x days, NaN where a cost is not known.

    Days before the first row of a series, days on which nothing at all was collected, and the last few days of a series that is
    there on nearly all others are not known; any other day without rows costs nothing.
    """

    currency: str
    dimensions: tuple[str, ...]
    keys: list[tuple[str, ...]]
    first: date
    costs: Numbers

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.first + timedelta(days=self.costs.shape[1])

    def days(self, horizon: int = 0) -> Days:
        """The days of the costs, and so many to come."""
        return Days(self.first, self.costs.shape[1] + horizon)


def daily(costs: ir.Table, by: Sequence[str], metric: str = "EffectiveCost", as_of: date | None = None, most: int = 400) -> ir.Table:
    """The dimensions, BillingCurrency, ``day`` and ``cost`` of what began up to and with ``as_of``, in the order of these columns.

    Without ``as_of`` it is the last day with usage in each currency: what is charged ahead does not make a day complete. Of more than
    ``most`` series in a currency the smallest are together, under OTHER. Raises FinopsError for what is no dimension or no cost.
    """
    import ibis

    rows = costs.mutate(BillingCurrency=costs.BillingCurrency.fill_null(_NO_CURRENCY))
    rows = rows.filter(rows.ChargePeriodStart.notnull())
    begun = rows.ChargePeriodStart
    if as_of is None:
        last = rows.group_by("BillingCurrency").aggregate(_last=begun.max(where=rows.ChargeCategory == "Usage").coalesce(begun.max()))
    sums = cost_by(rows, *by, metric=metric, grain="day").rename(day="period")
    if as_of is None:
        known = sums.join(last, "BillingCurrency")
        sums = known.filter(known.day <= known._last.cast("date")).select(*sums.columns)
    else:
        sums = sums.filter(sums.day <= ibis.date(as_of.isoformat()))
    return _folded(sums, list(by), most).order_by(["BillingCurrency", *by, "day"])


def _folded(sums: ir.Table, by: list[str], most: int) -> ir.Table:
    import ibis

    if not by:
        return sums.select("BillingCurrency", "day", "cost")
    sizes = sums.group_by("BillingCurrency", *by).aggregate(_size=sums.cost.abs().sum())
    place = ibis.row_number().over(group_by="BillingCurrency", order_by=[ibis.desc("_size"), *by])
    count = sizes.count().over(group_by="BillingCurrency")
    kept = sizes.mutate(_place=place, _count=count).select("BillingCurrency", *by, "_place", "_count")
    ranked = sums.join(kept, ["BillingCurrency", *by])
    small = (ranked._count > most) & (ranked._place >= most - 1)
    named = ranked.mutate(**{name: ibis.ifelse(small, OTHER, ranked[name]) for name in by})
    return named.group_by(*by, "BillingCurrency", "day").aggregate(cost=named.cost.sum())


def series_of(rows: pa.Table, by: Sequence[str]) -> Iterator[Series]:
    """The series of each currency, from the rows of :func:`daily`; the order is that of the names."""
    import pyarrow.compute as pc

    for currency in sorted(pc.unique(rows["BillingCurrency"]).to_pylist()):
        yield _series(rows.filter(pc.equal(rows["BillingCurrency"], currency)), currency, tuple(by))


def _series(rows: pa.Table, currency: str, by: tuple[str, ...]) -> Series:
    import pyarrow as pa

    day = rows["day"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype("int64")
    which, keys = _numbered(rows, by)
    first = int(day.min())
    costs = np.zeros((len(keys), int(day.max()) - first + 1))
    there = np.zeros(costs.shape, dtype=bool)
    there[which, day - first] = True
    np.add.at(costs, (which, day - first), rows["cost"].cast(pa.float64()).to_numpy())
    return Series(currency, by, keys, date(1970, 1, 1) + timedelta(days=first), np.where(_known(there), costs, np.nan))


def _numbered(rows: pa.Table, by: tuple[str, ...]) -> tuple[npt.NDArray[np.int64], list[tuple[str, ...]]]:
    """The number of each row's series, and the series in the order of their names."""
    number = np.zeros(rows.num_rows, dtype=np.int64)
    names: list[list[Any]] = []
    for name in by:
        encoded = rows[name].combine_chunks().dictionary_encode()
        names.append(encoded.dictionary.to_pylist())
        number = number * len(names[-1]) + encoded.indices.to_numpy()
    found, which = np.unique(number, return_inverse=True)
    keys = []
    for one in found.tolist():
        parts = []
        for known in reversed(names):
            one, place = divmod(one, len(known))
            parts.append(known[place])
        keys.append(tuple(reversed(parts)))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    place_of = np.empty(len(keys), dtype=np.int64)
    place_of[order] = np.arange(len(keys))
    return place_of[which], [keys[place] for place in order]


def _known(there: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which costs are known (see Series)."""
    begun = np.cumsum(there, axis=1) > 0
    collected = there.any(axis=0)
    gaps = ~collected & (collected.mean() > _NEARLY_ALL)
    active = there.sum(axis=1) > _NEARLY_ALL * np.maximum(begun.sum(axis=1), 1)
    after = np.cumsum(there[:, ::-1], axis=1)[:, ::-1] == 0
    late = after & active[:, None] & (after.sum(axis=1) <= _LATE)[:, None]
    return np.asarray(begun & ~gaps & ~late)
