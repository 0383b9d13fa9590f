"""Which level of usage to commit to, for many profiles at once.

A profile is what was used in each hour, at the price without the commitment. A commitment to a level c with a discount d costs c (1 - d)
in each hour and takes the place of min(c, use), so that it saves

    sum over hours of  min(c, use) - c (1 - d)   =   sum of  d min(c, use)  -  (1 - d) max(c - use, 0)

which bends only where c is the use of some hour: the best level is one of those, and all of them are tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

__all__ = ["Levels", "at_levels", "best_levels"]


@dataclass(frozen=True)
class Levels:
    """By profile: the level an hour, what it covers and saves in all hours, and how much of it is used (1 where it is 0)."""

    level: Numbers
    covered: Numbers
    saving: Numbers
    utilization: Numbers


def best_levels(use: Numbers, discount: Numbers) -> Levels:
    """The level that saves most of each row of ``use`` (profiles x hours, none below 0) with its discount; the lowest of equal ones.

    It is 0 where nothing saves. A saving is never more than the use, and never less with a larger discount.

    >>> import numpy as np
    >>> found = best_levels(np.array([[1.0, 1.0, 1.0, 5.0]]), np.array([0.3]))
    >>> found.level.item(), round(found.saving.item(), 6), found.utilization.item()
    (1.0, 1.2, 1.0)
    """
    import numpy as np

    hours = use.shape[1]
    if not hours:
        return at_levels(use, np.zeros(len(use)), discount)
    rising = np.sort(use, axis=1)
    above = hours - 1 - np.arange(hours)
    covered = np.cumsum(rising, axis=1) + above * rising
    saving = covered - hours * rising * (1 - discount[:, None])
    best = saving.argmax(axis=1)
    rows = np.arange(len(use))
    return at_levels(use, np.where(saving[rows, best] > 0, rising[rows, best], 0.0), discount)


def at_levels(use: Numbers, level: Numbers, discount: Numbers) -> Levels:
    """What these levels cover and save."""
    import numpy as np

    covered = np.minimum(use, level[:, None]).sum(axis=1)
    committed = level * use.shape[1]
    utilization = np.divide(covered, committed, out=np.ones_like(covered), where=committed > 0)
    return Levels(level, covered, covered - committed * (1 - discount), np.minimum(utilization, 1.0))
