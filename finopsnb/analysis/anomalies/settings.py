"""How much has to happen before it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """``day`` to ``month``: how many of its usual deviations a day, the mean of three or seven days, or four weeks must be off.

    ``least`` is by how much of the expected cost, too, ``deep`` how far a cost has to fall on one day. ``late`` are the last days,
    whose cost may still come. ``launch`` is the share of all costs of a day from which a service without a past is news.
    """

    day: float = 5.0
    three: float = 5.0
    seven: float = 5.0
    month: float = 2.7
    least: float = 0.12
    least_month: float = 0.15
    deep: float = 0.5
    late: int = 3
    launch: float = 0.1

    def sensitive(self, sensitivity: float) -> Limits:
        """With 2 half as much is enough, with 0.5 it takes twice as much."""
        return replace(self, **{name: getattr(self, name) / sensitivity for name in ("day", "three", "seven", "month")})
