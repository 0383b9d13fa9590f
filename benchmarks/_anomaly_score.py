"""The score of alarms against labels: events, not days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from _labelled_series import Drawn, Label

__all__ = ["Alarm", "Score", "score"]

#: days by which an alarm may lie beside the label
_BESIDE = 2


@dataclass(frozen=True)
class Alarm:
    """Days ``start`` to ``end`` of a series, both included, and the day on which it was noticed."""

    series: int
    start: int
    end: int
    noticed: int


@dataclass(frozen=True)
class Score:
    """F1 of events, false alarms per series-month, recall by kind, median days from start to notice, share of money that was found."""

    f1: float
    precision: float
    recall: float
    false_alarms: float
    delay: float
    money: float
    by_kind: dict[str, float]
    missed: list[Label]
    false: list[Alarm]


def score(alarms: Sequence[Alarm], drawn: Drawn) -> Score:
    """Each label is found by one alarm at most; what finds none, or one that was found already, is false."""
    left = sorted(alarms, key=lambda alarm: (alarm.series, alarm.start))
    found: list[tuple[Label, Alarm]] = []
    for label in sorted(drawn.labels, key=lambda one: (one.series, one.start)):
        first = next(
            (a for a in left if a.series == label.series and a.start <= label.end + _BESIDE and a.end >= label.start - _BESIDE), None
        )
        if first:
            left.remove(first)
            found.append((label, first))
    hits = [label for label, _ in found]
    precision, recall = len(found) / max(len(alarms), 1), len(found) / max(len(drawn.labels), 1)
    kinds = sorted({label.kind for label in drawn.labels})
    by_kind = {kind: sum(one.kind == kind for one in hits) / sum(one.kind == kind for one in drawn.labels) for kind in kinds}
    money = sum(abs(one.money) for one in hits) / max(sum(abs(one.money) for one in drawn.labels), 1e-9)
    months = drawn.costs.size / 30.4
    delay = float(np.median([max(alarm.noticed - label.start, 0) for label, alarm in found])) if found else float("nan")
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    missed = [label for label in drawn.labels if label not in hits]
    return Score(f1, precision, recall, len(left) / months, delay, money, by_kind, missed, left)
