"""What is known of each series up to a day: arrays of series x days that the days after it are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finopsnb.analysis.anomalies.places import same_places
from finopsnb.analysis.forecasting.robust import median

if TYPE_CHECKING:
    import numpy.typing as npt

    from finopsnb.analysis.forecasting.days import Days

    Numbers = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]
    Span = slice | npt.NDArray[np.int64]

__all__ = ["LAG", "MOST_FACTOR", "Memory", "middle", "oddness", "or_nothing", "telling"]

#: how many days the level is behind: half of the two weeks that it is the median of
LAG = 7.5
#: weekdays that cost less than this part of the level say nothing of it
_LEAST_FACTOR = 0.1
#: no day of a week costs more than the week
MOST_FACTOR = 7.0
#: days after which the week of a new series is read from what there is of it
_FIRST_WEEKS = 21


class Memory:
    """All arrays are series x days; NaN is a day that says nothing.

    cost      as it came; not known before the first cost of a series
    plain     without the weekly season, the days that were as usual: the level is the median of the last of them
    seen      the same of all days but those with an invoice, a holiday or what was caught up
    factors   cost / level, of which the median by weekday is ``week``
    odd       how far a day was off: log of cost / expected above it, share of the expected below it (the nearer of the two)
    quiet     the same, of the days that were as usual: the spread of them is what is usual
    beside    how far off in levels, before what earlier months explain
    level     of each day, known the day before
    weekly, fortnight              means and medians of ``seen``
    three, seven, month, seventh   how far the last 3 and 7 days were off, and the changes in 28 and in 7 days
    """

    def __init__(self, costs: Numbers, days: Days) -> None:
        begun = np.cumsum(np.nan_to_num(costs) != 0, axis=1) > 0
        self.cost: Numbers = np.where(begun, costs, np.nan)
        self.days, self.places = days, same_places(days)
        self.series, self.count = costs.shape
        names = "plain seen factors odd quiet beside level weekly fortnight three seven month seventh"
        self._names = names.split()
        (self.plain, self.seen, self.factors, self.odd, self.quiet, self.beside, self.level, self.weekly, self.fortnight) = (
            self._unknown() for _ in range(9)
        )
        self.three, self.seven, self.month, self.seventh = (self._unknown() for _ in range(4))
        self.week: Numbers = np.ones((self.series, 7))
        self.age = np.zeros(self.series, dtype=np.int64)
        self.drift: Numbers = np.zeros(self.series)
        self.usual_three, self.usual_seven, self.usual_month = (np.full(self.series, np.nan) for _ in range(3))
        self.missing: Numbers = np.zeros(self.series)
        self.days_off = np.zeros(self.series, dtype=np.int64)
        self.month_rests_until = np.full(self.series, -1)

    def _unknown(self) -> Numbers:
        return np.full((self.series, self.count), np.nan)

    def expected(self, day: int, base: float, drift: float, since: int, week: Numbers) -> float:
        """What ``day`` would cost if it went on from ``base``, the level on the day ``since``."""
        return float(base * np.exp(drift * (LAG + day - since)) * week[self.days.weekday[day]])

    def without_week(self, series: int, span: Span, week: Numbers) -> Numbers:
        """The costs of some days without a weekly season."""
        return np.asarray(self.cost[series, span] / telling(week[self.days.weekday[span]]))

    def rescale(self, series: int, ratio: float, before: int, day: int) -> None:
        """Bring what was before a day to the level that holds now."""
        for past in (self.plain, self.seen, self.weekly, self.fortnight):
            past[series, :before] *= ratio
        self.level[series, : day + 1] *= ratio

    def forget(self, series: int, day: int) -> None:
        """A series that came to nothing starts over when it comes back."""
        for name in self._names:
            getattr(self, name)[series, : day + 1] = np.nan
        self.age[series], self.week[series] = 0, 1.0

    def read_first_weeks(self, series: int, day: int) -> None:
        """The week of a series as its first three weeks have it, and how far their days were off."""
        span = np.flatnonzero(~np.isnan(self.cost[series, : day + 1]))[-_FIRST_WEEKS:]
        cost, weekday = self.cost[series, span], self.days.weekday[span]
        level = float(np.median(cost))
        if not level:
            return
        for one in range(7):
            if np.sum(weekday == one) >= 2:
                self.week[series, one] = np.clip(np.median(cost[weekday == one]) / level, -MOST_FACTOR, MOST_FACTOR)
        factor = self.week[series, weekday]
        self.plain[series, span] = self.seen[series, span] = cost / telling(factor)
        self.factors[series, span] = cost / level
        self.beside[series, span] = cost / level - factor
        self.odd[series, span] = self.quiet[series, span] = oddness((cost / level - factor) / np.maximum(np.abs(factor), _LEAST_FACTOR))


def telling(factor: Numbers) -> Numbers:
    """The factors that a cost may be divided by; NaN for weekdays without cost."""
    return np.asarray(np.where(np.abs(factor) > _LEAST_FACTOR, factor, np.nan))


def oddness(share: Numbers) -> Numbers:
    """How far off a share above or below the expected cost is: the logarithm above, where that is less, the share itself below."""
    return np.asarray(np.where(share > 0, np.log1p(np.maximum(share, 0)), share))


def or_nothing(values: Numbers) -> Numbers:
    """With 0 where nothing is known; ``np.nan_to_num`` takes five times as long."""
    return np.asarray(np.where(np.isnan(values), 0.0, values))


def middle(values: Numbers) -> float:
    """The median of what is there; NaN where nothing is."""
    return float(median(values))
