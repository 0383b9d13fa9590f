"""Measuring side by side: what is compared runs in turns, so that a slow moment of the machine slows both."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "fresh_seconds", "interleaved", "report", "seconds_of"]


@dataclass(frozen=True)
class Figure:
    """One measured number and the most that it may be."""

    name: str
    value: float
    goal: float
    unit: str = ""
    strict: bool = False
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.value < self.goal if self.strict else self.value <= self.goal

    def __str__(self) -> str:
        sign = "<" if self.strict else "<="
        said = f"{self.value:.2f} {self.unit}".rstrip()
        goal = f"goal {sign} {self.goal:g} {self.unit}".rstrip()
        line = f"{self.name:<58} {said:>12}   {goal:<16} {'ok' if self.ok else 'MISSED'}"
        return f"{line}   ({self.detail})" if self.detail else line


def seconds_of(work: Callable[[], object], repeat: int = 1) -> float:
    """The seconds that one call takes, over ``repeat`` calls, without garbage collection in between."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        for _ in range(repeat):
            work()
        return (time.perf_counter() - start) / repeat
    finally:
        gc.enable()


def fresh_seconds(statement: str) -> float:
    """The seconds that ``statement`` takes in a fresh interpreter, its start-up not counted."""
    code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def interleaved(measures: Sequence[Callable[[], float]], rounds: int = 15) -> list[float]:
    """The median of each measure, taken in turns; a first round warms up and does not count."""
    taken = [[measure() for measure in measures] for _ in range(rounds + 1)][1:]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def report(figures: Sequence[Figure]) -> int:
    """Print every figure; the exit code: 1 when a goal was missed."""
    for figure in figures:
        print(figure)
    return 0 if all(figure.ok for figure in figures) else 1
