"""How good forecasts of 30 days are, from 20 weeks of each of four sets of 112 series x 456 days that the method was not made with.

Run it with ``python benchmarks/forecast_bench.py`` (``--development`` for the sets that it was made with, ``--seeds 1 2`` for others,
``--model AutoETS`` for a model of statsforecast); it exits with 1 when a goal is missed. Every figure is the mean over the sets of what
``session.backtest("forecast")`` says: MASE, WAPE and coverages of the series, the month's error of the total and, as a detail, of the
series. The seasonal naive forecast, the last week again, is on the same lines.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import pyarrow as pa
from _cost_series import DEVELOPMENT, TEST, drawn
from _measure import Figure, report, seconds_of

from finopsnb.analysis.forecasting import backtest, forecast

MEASURES = ("MASE", "WAPE", "month_error", "coverage_80", "coverage_95", "naive_MASE", "naive_WAPE", "naive_month_error")


def rows_of(seed: int, series: int = 112, days: int = 456) -> pa.Table:
    """The series of a seed as the engine would give them: a day without cost has no row."""
    names, calendar, costs = drawn(seed, series, days)
    there = costs.ravel() != 0
    columns: dict[str, Any] = {
        "service": pa.array(np.repeat(names, days)),
        "BillingCurrency": pa.array(["USD"] * costs.size),
        "day": pa.array(np.tile(calendar, len(names)), pa.date32()),
        "cost": pa.array(costs.ravel()),
    }
    return pa.table(columns).filter(pa.array(there))


def measured(rows: pa.Table, model: str) -> tuple[dict[str, float], dict[str, float]]:
    """The measures of the mean series, and of the total."""
    total, mean = backtest(rows, ["service"], model=model).slice(0, 2).to_pylist()
    return ({name: mean[name] for name in MEASURES}, {name: total[name] for name in MEASURES})


def figures(found: list[tuple[dict[str, float], dict[str, float]]]) -> list[Figure]:
    series, total = ({name: float(np.mean([one[side][name] for one in found])) for name in MEASURES} for side in (0, 1))
    naive = "the last week again: {:.3f}".format
    months = f"{naive(total['naive_month_error'])}; of the series {series['month_error']:.3f}, {naive(series['naive_month_error'])}"
    inside = f"of the total {total['coverage_80']:.3f} and {total['coverage_95']:.3f}"
    return [
        Figure("MASE, mean of the series", series["MASE"], 0.90, "", detail=naive(series["naive_MASE"])),
        Figure("WAPE of all series", series["WAPE"], 0.19, "", detail=naive(series["naive_WAPE"])),
        Figure("error of the total of 30 days", total["month_error"] * 100, 3.5, "%", detail=months),
        Figure(
            "80 % interval: points from 81 % covered",
            abs(series["coverage_80"] - 0.81) * 100,
            4,
            "",
            detail=f"covered {series['coverage_80']:.3f}, {inside}",
        ),
        Figure(
            "95 % interval: points from 94.5 % covered",
            abs(series["coverage_95"] - 0.945) * 100,
            2.5,
            "",
            detail=f"covered {series['coverage_95']:.3f}",
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--development", action="store_true", help="the sets that the method was made with")
    parser.add_argument("--seeds", type=int, nargs="+", help="sets of your own")
    parser.add_argument("--model", default="", help="a model of statsforecast")
    arguments = parser.parse_args()
    seeds = arguments.seeds or (DEVELOPMENT if arguments.development else TEST)
    found = []
    for seed in seeds:
        found.append(measured(rows_of(seed), arguments.model))
        print(f"set {seed}: " + ", ".join(f"{name} {found[-1][0][name]:.3f}" for name in MEASURES), flush=True)
    rows = rows_of(seeds[0])
    seconds = seconds_of(lambda: forecast(rows, ["service"], model=arguments.model))
    return report([*figures(found), Figure("forecast of 112 series x 456 days", seconds, 10, "s")])


if __name__ == "__main__":
    sys.exit(main())
