"""What dashboards take over 10M charges: the query in the engine, and the drawing of what came of it.

Run it with ``python benchmarks/dashboards_bench.py`` (``--rows 1000000`` for a shorter run, ``--only cost-overview`` for one); it exits
with 1 when a goal is missed. Drawing is what follows the last answer of the engine: composing the chart, its specification and its
picture; a forecast that is made in between is told apart. Beside it is what everything took, from the call to the picture, and of that the
queries, by what ``execute`` took, also in sums over the same rows by service and day; what is left is building the questions.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from _bills import DASHBOARDS, fill
from _measure import Figure, report, seconds_of

import finopsnb
from finopsnb.analysis.forecasting import rolling
from finopsnb.charts.rendering import Picture
from finopsnb.store import Store

SUM = "select ServiceName, ChargePeriodStart, sum(BilledCost) from costs where BillingCurrency = 'USD' group by all"


class Stopwatch:
    """The seconds that a method or function of that name takes, however often it is called, and when it did."""

    def __init__(self, owner: Any, name: str) -> None:
        self.times: list[tuple[float, float]] = []
        self._work = getattr(owner, name)
        setattr(owner, name, self._timed)

    def _timed(self, *given: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return self._work(*given, **options)
        finally:
            self.times.append((begun, time.perf_counter()))

    def seconds(self, since: float) -> float:
        return sum(end - begin for begin, end in self.times if begin >= since)


def figures(session: Any, name: str, store: Stopwatch, forecast: Stopwatch, one_sum: float) -> list[Figure]:
    rolling._LATELY.clear()
    begun = time.perf_counter()
    picture = Picture(session.render(name))
    size = len(json.dumps(picture.spec)) / 1000
    picture.png()
    ended = time.perf_counter()
    answered = max(end for begin, end in store.times if begin >= begun)
    drawn = ended - answered - forecast.seconds(answered)
    query, worked = store.seconds(begun), forecast.seconds(begun)
    told = f"{ended - begun:.1f} s in all, query {query:.1f} s = {query / one_sum:.1f} sums{f', forecast {worked:.1f} s' if worked else ''}"
    return [
        Figure(f"{name}: drawn after its query", drawn, 2, "s", detail=told),
        Figure(f"{name}: specification", size, 300, "kB"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--only", nargs="+", default=list(DASHBOARDS), choices=list(DASHBOARDS))
    given = parser.parse_args()
    with finopsnb.open(":memory:") as session:
        fill(session, given.rows)
        Picture(session.render(given.only[0])).png()  # imports, and what is compiled once
        one_sum = seconds_of(lambda: session.sql(SUM, frames="arrow"))
        store: Store = session._store
        watches = Stopwatch(store, "execute"), Stopwatch(rolling, "roll")
        print(f"{given.rows:,} charges of 2,000 services, 500 accounts and 400 days; one sum by service and day {one_sum:.2f} s")
        return report([figure for name in given.only for figure in figures(session, name, *watches, one_sum)])


if __name__ == "__main__":
    sys.exit(main())
