"""What dashboards take over 10M charges: the query in the engine, and the drawing of what came of it.

Run it with ``python benchmarks/dashboards_bench.py`` (``--rows 1000000`` for a shorter run, ``--only cost-overview`` for one); it exits
with 1 when a goal is missed. The query is timed by the engine's own work: everything that ``execute`` took while the plugin rendered;
a forecast by its back-test. Drawing is the rest: composing the chart, its specification and its picture. Beside it, one sum over the
same rows by service and day.
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
    """The seconds that a method or function of that name takes, however often it is called."""

    def __init__(self, owner: Any, name: str) -> None:
        self.seconds, self._work = 0.0, getattr(owner, name)
        setattr(owner, name, self._timed)

    def _timed(self, *given: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return self._work(*given, **options)
        finally:
            self.seconds += time.perf_counter() - begun


def figures(session: Any, name: str, store: Stopwatch, forecast: Stopwatch, one_sum: float) -> list[Figure]:
    store.seconds = forecast.seconds = 0.0
    rolling._LATELY.clear()
    begun = time.perf_counter()
    picture = Picture(session.render(name))
    size = len(json.dumps(picture.spec)) / 1000
    picture.png()
    whole, query, worked = time.perf_counter() - begun, store.seconds, forecast.seconds
    told = f"query {query:.1f} s, {query / one_sum:.1f} times one sum{f', forecast {worked:.1f} s' if worked else ''}"
    return [
        Figure(f"{name}: drawn after its query", whole - query - worked, 2, "s", detail=told),
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
