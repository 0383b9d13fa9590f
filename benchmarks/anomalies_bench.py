"""How good anomalies are found, in four sets of 112 series x 456 days with known anomalies that the method was not made with.

Run it with ``python benchmarks/anomalies_bench.py`` (``--development`` for the sets that it was made with, ``--seeds 1 2`` for others,
``--sensitivity 2`` for what is told of when half as much is enough); it exits with 1 when a goal is missed. Every figure is the mean over
the sets. For scale the same figures of a robust baseline: days more than four median absolute deviations off the median of their
weekdays in eight weeks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from _anomaly_score import Alarm, Score, score
from _labelled_series import DEVELOPMENT, TEST, Drawn, draw
from _measure import Figure, report, seconds_of

from finopsnb.analysis.anomalies import Limits
from finopsnb.analysis.anomalies.costs import costs_of
from finopsnb.analysis.anomalies.telling import events_of


def rows_of(drawn: Drawn) -> pa.Table:
    """The series as the engine gives them: a day that is missing has no row."""
    series, days = drawn.costs.shape
    calendar = np.datetime64(drawn.first, "D") + np.arange(days)
    columns: dict[str, Any] = {
        "service": pa.array(np.repeat([f"{number:05}" for number in range(series)], days)),
        "BillingCurrency": pa.array(["USD"] * drawn.costs.size),
        "day": pa.array(np.tile(calendar, series), pa.date32()),
        "cost": pa.array(np.nan_to_num(drawn.costs.ravel())).cast(pa.decimal128(38, 6)),
    }
    return pa.table(columns).filter(pa.array(~np.isnan(drawn.costs.ravel())))


def found(drawn: Drawn, limits: Limits) -> list[Alarm]:
    """The alarms of the analysis."""
    alarms = []
    for series in costs_of(rows_of(drawn), ["service"]):
        for event in events_of(series, ["service"], limits, Decimal(0)):
            start, end, noticed = ((event[name] - drawn.first).days for name in ("start", "end", "noticed"))
            alarms.append(Alarm(int(event["service"]), start, end, noticed))
    return alarms


def baseline(drawn: Drawn, weeks: int = 8, limit: float = 4.0) -> list[Alarm]:
    """Weekdays against the median of their last weeks; days next to each other are one alarm."""
    alarms = []
    for number, costs in enumerate(drawn.costs):
        last = None
        for day in range(28, len(costs)):
            past = costs[[day - 7 * back for back in range(1, weeks + 1) if day >= 7 * back]]
            middle = np.nanmedian(past)
            spread = max(1.4826 * np.nanmedian(np.abs(past - middle)), 0.01 * abs(middle), 1e-9)
            if not abs(costs[day] - middle) > limit * spread:
                continue
            if last is not None and day <= last.end + 2:
                alarms.remove(last)
                last = Alarm(number, last.start, day, last.noticed)
            else:
                last = Alarm(number, day, day, day)
            alarms.append(last)
    return alarms


def means(scores: Sequence[Score]) -> dict[str, float]:
    names = ("f1", "precision", "recall", "false_alarms", "money", "delay")
    return {name: float(np.mean([getattr(one, name) for one in scores])) for name in names}


def by_kind(scores: Sequence[Score]) -> str:
    kinds = sorted({kind for one in scores for kind in one.by_kind})
    return ", ".join(f"{kind} {np.mean([one.by_kind[kind] for one in scores if kind in one.by_kind]):.2f}" for kind in kinds)


def figures(ours: Sequence[Score], plain: Sequence[Score]) -> list[Figure]:
    mean, other = means(ours), means(plain)
    told = "{:.2f}, weekday MAD {:.2f}".format
    parts = f"F1 {told(mean['f1'], other['f1'])}; precision {mean['precision']:.2f}, recall {mean['recall']:.2f}"
    return [
        Figure("1 - F1 of events", 1 - mean["f1"], 0.25, detail=parts),
        Figure("false alarms per series and month", mean["false_alarms"], 0.08, detail=told(mean["false_alarms"], other["false_alarms"])),
        Figure("money that is missed", 1 - mean["money"], 0.10, detail=f"found {told(mean['money'], other['money'])}"),
        Figure("days to notice, median", mean["delay"], 1, "days", detail=told(mean["delay"], other["delay"])),
    ]


def scored(find: Callable[[Drawn], list[Alarm]], sets: Sequence[Drawn]) -> list[Score]:
    return [score(find(drawn), drawn) for drawn in sets]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--development", action="store_true", help="the sets that the method was made with")
    parser.add_argument("--seeds", type=int, nargs="+", help="sets of your own")
    parser.add_argument("--sensitivity", type=float, default=1.0)
    arguments = parser.parse_args()
    seeds = arguments.seeds or (DEVELOPMENT if arguments.development else TEST)
    limits = Limits().sensitive(arguments.sensitivity)
    sets = [draw(seed) for seed in seeds]
    ours = scored(lambda drawn: found(drawn, limits), sets)
    for seed, one in zip(seeds, ours, strict=True):
        print(f"set {seed}: F1 {one.f1:.2f}, false alarms {one.false_alarms:.4f}, money {one.money:.2f}, delay {one.delay:g}")
    print(f"recall: {by_kind(ours)}")
    seconds = seconds_of(lambda: found(sets[0], limits))
    return report([*figures(ours, scored(baseline, sets)), Figure("112 series x 456 days", seconds, 10, "s")])


if __name__ == "__main__":
    sys.exit(main())
