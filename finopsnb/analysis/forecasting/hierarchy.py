"""Parents and children: sums over leading dimensions up to the total, and amounts that still add up when they are rounded.

Forecasts are made for the finest series and added up ("bottom-up": Hyndman, Ahmed, Athanasopoulos and Shang, "Optimal combination
forecasts for hierarchical time series", 2011), since that is where launches, shifts and invoices are seen. The sums' intervals come
from the sums' own errors. Rounding is a cascade: a child is the difference of the rounded running sums, so that any run of neighbours
adds up to what its parent is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]
    Whole = npt.NDArray[np.int64]

__all__ = ["Level", "levels", "places", "rounded"]


@dataclass(frozen=True)
class Level:
    """The sums over the first ``depth`` dimensions: their ``keys`` in order, and ``members`` (sums x series, 1 or 0)."""

    depth: int
    keys: list[tuple[str, ...]]
    members: Numbers


def levels(keys: Sequence[tuple[str, ...]]) -> list[Level]:
    """From the total down to the series themselves, which are in the order of their keys."""
    found = []
    for depth in range(len(keys[0]) + 1):
        names = list(dict.fromkeys(key[:depth] for key in keys))
        number = {name: place for place, name in enumerate(names)}
        members = np.zeros((len(names), len(keys)))
        members[[number[key[:depth]] for key in keys], np.arange(len(keys))] = 1
        found.append(Level(depth, names, members))
    return found


def places(amounts: Numbers, least: int = 2) -> int:
    """Decimals to round to: those of money, and more where the usual amount would have fewer than three digits."""
    sizes = np.abs(amounts[np.abs(amounts) > 0])
    if not sizes.size:
        return least
    usual = float(np.median(sizes))
    return int(np.clip(2 - np.floor(np.log10(usual)), least, 12)) if np.isfinite(usual) else least


def rounded(amounts: Numbers, decimals: int) -> Whole:
    """Series x days as whole numbers of the last decimal; each parent's sum is its own amount, rounded up or down."""
    running = np.floor(np.cumsum(amounts, axis=0) * 10.0**decimals + 0.5)
    return np.diff(running, axis=0, prepend=0).astype(np.int64)
