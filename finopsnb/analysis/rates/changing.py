"""When prices changed and stayed, over a matrix of prices (series x days, NaN where a day tells none)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]

__all__ = ["Changes", "changed", "is_tier"]


@dataclass(frozen=True)
class Changes:
    """By series: whether it changed, the first day of the new price, and both prices (NaN where it did not)."""

    found: Flags
    day: Places
    old: Numbers
    new: Numbers


def changed(prices: Numbers, stay: int, threshold: float) -> Changes:
    """The last change of each series that is larger than ``threshold`` and stayed to the end.

    The new price holds on all days that tell one, ``stay`` at least, and the old one held on the ``stay`` before, both within a quarter of
    the threshold. A price that was there before comes back, as those of tiers do every month: it is no change.

    >>> import numpy as np
    >>> found = changed(np.array([[1.0, 1.0, np.nan, 1.2, 1.2, 1.2], [1.0, 1.2, 1.0, 1.2, 1.2, 1.2]]), 2, 0.05)
    >>> found.found.tolist(), found.day.tolist()[:1]
    ([True, False], [3])
    """
    import numpy as np

    series, days = prices.shape
    if days < 2 * stay or not series:
        return Changes(np.zeros(series, bool), np.zeros(series, np.int64), np.full(series, np.nan), np.full(series, np.nan))
    near, rows = threshold / 4, np.arange(series)
    valid = np.isfinite(prices) & (prices > 0)
    order = np.argsort(valid, axis=1, kind="stable")
    told = np.take_along_axis(np.where(valid, prices, 0.0), order, axis=1)
    count = valid.sum(axis=1)
    new = np.median(told[:, -stay:], axis=1)
    as_new = (np.abs(told - new[:, None]) <= near * new[:, None]) & (told > 0)
    run = np.where(as_new.all(axis=1), days, np.argmin(as_new[:, ::-1], axis=1))
    start = days - run
    earlier = told[rows[:, None], np.maximum(start[:, None] + np.arange(-stay, 0), 0)]
    old = np.median(earlier, axis=1)
    stable = (np.abs(earlier - old[:, None]) <= near * old[:, None]).all(axis=1)
    returned = (as_new & (np.arange(days) < start[:, None])).any(axis=1)
    enough = (count >= 2 * stay) & (run >= stay) & (count - run >= stay)
    found = enough & stable & ~returned & (np.abs(new - old) > threshold * old) & (old > 0)
    day = order[rows, np.minimum(start, days - 1)]
    return Changes(found, np.where(found, day, 0), np.where(found, old, np.nan), np.where(found, new, np.nan))


def is_tier(changes: Changes, prices: Numbers, quantity: Numbers, months: Places) -> Flags:
    """Whether a new price may be that of a tier: it was seen only after more of the month was used than at any time before.

    ``months`` numbers the month of each day; what was used of it counts from its first day.
    """
    import numpy as np

    before = np.cumsum(quantity, axis=1) - quantity
    begins = np.zeros_like(before)
    begins[:, 1:] = np.where(months[:, 1:] != months[:, :-1], before[:, 1:], 0.0)
    used = before - np.maximum.accumulate(begins, axis=1)
    told, late = np.isfinite(prices), np.arange(prices.shape[1]) >= changes.day[:, None]
    most = np.where(told & ~late, used, -1.0).max(axis=1, initial=-1.0)
    result: Flags = ~(told & late & (used <= most[:, None])).any(axis=1)
    return result
