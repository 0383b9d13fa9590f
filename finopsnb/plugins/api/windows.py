"""Which days to ask an API for: what is new, and what the provider may have restated.

    2026-09-01 ─────────────── collected ─────────────── 2026-10-05     today 2026-10-08
                                        └─ lag 3 days ─┘
                                      2026-10-02 ────── asked ────── 2026-10-08

Days are those of UTC, and a window's end is the first day that is not in it. What was collected has no gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from finopsnb.errors import SourceError

__all__ = ["Collected", "Window", "day_of"]


@dataclass(frozen=True)
class Window:
    """From the start of one day to the start of another."""

    start: date
    end: date

    def days(self) -> list[date]:
        """Each of its days."""
        return [self.start + timedelta(days=n) for n in range((self.end - self.start).days)]

    def pieces(self, days: int) -> Iterator[Window]:
        """Windows of so many days at most.

        >>> [piece.end.day for piece in Window(date(2026, 10, 1), date(2026, 10, 8)).pieces(3)]
        [4, 7, 8]
        """
        start = self.start
        while start < self.end:
            end = min(self.end, start + timedelta(days=days))
            yield Window(start, end)
            start = end

    @property
    def seconds(self) -> tuple[str, str]:
        """Start and end in seconds since 1970."""
        start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (self.start, self.end))
        return f"{start.timestamp():.0f}", f"{end.timestamp():.0f}"

    @property
    def as_text(self) -> str:
        """``2026-10-01T00:00:00Z,2026-10-02T00:00:00Z``."""
        return f"{self.start}T00:00:00Z,{self.end}T00:00:00Z"


@dataclass
class Collected:
    """What was collected of a source: its window, how (plugin and settings), and of each day the totals the API told.

    ``owner`` is a digest of the key that it was collected with, where nothing else says whose it is.
    """

    made: str
    window: Window | None = None
    totals: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    owner: str = ""
    is_other: bool = False
    keeps: bool = True

    @classmethod
    def of(cls, state: Mapping[str, Any] | None, made: str) -> Collected:
        """From what was kept; ``is_other`` when that was collected with another version or other settings, or a run was forgotten.

        ``keeps``: what is stored was collected with the same settings.
        """
        if not state:
            return cls(made)
        window = Window(date.fromisoformat(state["start"]), date.fromisoformat(state["end"]))
        before = state.get("made")
        keeps = not before or before == made
        return cls(made, window, dict(state["totals"]), state.get("owner", ""), is_other=before != made, keeps=keeps)

    def state(self) -> dict[str, Any]:
        """What is to be kept, JSON-able; there must be a window."""
        assert self.window is not None  # noqa: S101 - for the type checker
        days = {"start": str(self.window.start), "end": str(self.window.end)}
        return {"made": self.made, "owner": self.owner, **days, "totals": self.totals}

    def following(self, today: date, *, first_days: int, lag: int, since: date | None, until: date | None, full: bool) -> Window:
        """The window to ask for; it may be empty.

        ``full`` is everything again, from the first day that was collected. After a change of settings it is all days that
        were collected, whatever ``since`` and ``until`` say, and a window never leaves days out between what is there and
        itself: they would never be asked for.
        """
        start, known = today - timedelta(days=first_days), self.window
        if known:
            start = known.start if full else max(known.start, known.end - timedelta(days=lag))
        start, end = since or start, min(until or today, today + timedelta(days=1))
        if known:
            start = min(start, known.start if self.is_other else known.end)
            end = max(end, known.end if self.is_other else known.start)
        return Window(start, max(start, end))

    def add(self, window: Window) -> None:
        """The window as it was collected just now."""
        known = self.window or window
        self.window = Window(min(known.start, window.start), max(known.end, window.end))


def day_of(value: Any, name: str) -> date | None:
    """A day that was given as an option, YYYY-MM-DD; raises SourceError."""
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise SourceError(f"{name}={value!r} is not a day.", hint=f'{name}="2026-10-01"') from error
