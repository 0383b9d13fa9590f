"""Months and other periods, as the dashboards compare and draw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from finopsnb.analysis.ranges import no_costs, require_days
from finopsnb.charts.data import Records, milliseconds
from finopsnb.errors import FinopsError

__all__ = ["Month", "day_named", "last_full_month", "months_of", "numbered", "outside", "period_records", "window"]


@dataclass(frozen=True)
class Month:
    """A calendar month, from ``start`` to before ``end``."""

    start: date

    @property
    def end(self) -> date:
        return (self.start + timedelta(days=32)).replace(day=1)

    @property
    def name(self) -> str:
        return f"{self.start:%B %Y}"

    @property
    def days(self) -> tuple[date, date]:
        return self.start, self.end

    def back(self, months: int) -> Month:
        """So many months earlier.

        >>> Month(date(2026, 1, 1)).back(2).name
        'November 2025'
        """
        count = self.start.year * 12 + self.start.month - 1 - months
        return Month(date(count // 12, count % 12 + 1, 1))


def last_full_month(last: date) -> Month:
    """The newest month that is over, where ``last`` is the last day with usage."""
    month = Month(last.replace(day=1))
    return month if last + timedelta(days=1) >= month.end else month.back(1)


def window(first: date, last: date, settings: Any) -> tuple[date, date]:
    """The days that are drawn, up to before the second: from ``start`` to ``end``, or the newest ``months``, as far as there are costs.

    ``first`` and ``last`` are the days with costs. Raises FinopsError where none of them is in it.
    """
    after = last + timedelta(days=1)
    until = min(after, settings.end or after)
    newest = Month((until - timedelta(days=1)).replace(day=1))
    since = max(first, settings.start or newest.back(settings.months - 1).start)
    if since >= until:
        raise outside(first, last, settings)
    return since, until


def outside(first: date, last: date, settings: Any) -> FinopsError:
    """What is said where no day with costs is from ``start`` to before ``end``; raises it for a range without days."""
    require_days(settings.start, settings.end, f'start="{first}", end="{last + timedelta(days=1)}"')
    return no_costs(settings.start, settings.end, first, last)


def months_of(since: date, until: date) -> int:
    """How many months a window is long, at least one: axes are as dense as that.

    >>> months_of(date(2026, 1, 1), date(2026, 2, 1)), months_of(date(2025, 1, 1), date(2026, 1, 1))
    (1, 12)
    """
    return max(1, round((until - since).days / 30.4))


def numbered(days: Iterable[date]) -> dict[date, int]:
    """A number for each period, in their order: charts refer to periods by it."""
    return {day: number for number, day in enumerate(sorted(set(days)))}


def period_records(numbers: dict[date, int], grain: str, since: date, until: date) -> Records:
    """Of each period its number, name, middle (milliseconds) and span (days) as far as they are shown, and its divisor."""
    return [{"period": number, "when": _name(day, grain), **_extent(day, grain, since, until)} for day, number in numbers.items()]


def _extent(day: date, grain: str, since: date, until: date) -> dict[str, int]:
    start, end = max(day, since), min(_end(day, grain), until)
    span = (end - start).days
    middle = (milliseconds(start) + milliseconds(end)) // 2
    return {"middle": middle, "span": span, "days": span if grain == "week" else 1}


def _end(day: date, grain: str) -> date:
    if grain == "month":
        return (day + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if grain == "week" else 1)


def _name(day: date, grain: str) -> str:
    if grain == "month":
        return f"{day:%B %Y}"
    return f"Week of {day.day} {day:%B %Y}" if grain == "week" else f"{day:%A} {day.day} {day:%B %Y}"


def day_named(day: date) -> str:
    """
    >>> day_named(date(2026, 10, 1))
    '1 Oct 2026'
    """
    return f"{day.day} {day:%b %Y}"
