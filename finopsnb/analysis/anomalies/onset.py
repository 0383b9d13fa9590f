"""When something began that was noticed later: the day that parts what was from what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from finopsnb.analysis.anomalies.memory import Memory

__all__ = ["kink", "onset"]

_BACK, _RAMP = 14, 63


def onset(memory: Memory, series: int, day: int) -> int:
    """The first day of a step within the last two weeks: the split with the largest difference of means (a CUSUM's estimate)."""
    first = day - _BACK + 1
    base = memory.level[series, day - 7]
    logs = np.log(np.maximum(memory.seen[series, first : day + 1] / base, 1e-9))
    best, found = -1.0, day - 6
    for split in range(3, _BACK - 2):
        before, after = (part[~np.isnan(part)] for part in (logs[:split], logs[split:]))
        if len(before) < 2 or len(after) < 2:
            continue
        gain = float((after.mean() - before.mean()) ** 2 * len(before) * len(after) / (len(before) + len(after)))
        if gain > best:
            best, found = gain, first + split
    return found


def kink(memory: Memory, series: int, day: int) -> int:
    """The day on which a ramp began: the broken line with the least absolute errors over the last two months."""
    first = max(0, day - _RAMP)
    seen = memory.seen[series, first : day + 1]
    time = np.arange(len(seen))
    known = seen > 0
    logs = np.log(np.where(known, seen, 1)) - memory.drift[series] * time
    logs, time = logs[known], time[known]
    best, found = np.inf, max(0, day - 28)
    for start in range(14, day - first - 4):
        ramp = np.maximum(time - start, 0)
        line = np.stack([np.ones(len(time)), ramp], axis=1)
        weights, *_ = np.linalg.lstsq(line, logs, rcond=None)
        error = float(np.abs(logs - line @ weights).sum())
        if error < best:
            best, found = error, first + start + 1
    return found
