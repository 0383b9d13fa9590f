"""Forecasts and back-tests of daily costs by currency and dimensions.

rows = execute(daily(costs, ["service"]))
forecast(rows, ["service"], horizon=30)
backtest(rows, ["service"])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from finopsnb.analysis.forecasting.bands import widths
from finopsnb.analysis.forecasting.hierarchy import Level, levels, places, rounded
from finopsnb.analysis.forecasting.models import model_named
from finopsnb.analysis.forecasting.rolling import MOST, Rolled, rolled_once
from finopsnb.analysis.forecasting.scores import MEASURES, scored
from finopsnb.analysis.forecasting.series import Series, series_of
from finopsnb.analysis.forecasting.tables import dimension_columns, level_name, money, optional
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.float64]

__all__ = ["BANDS", "Projection", "backtest", "bounds", "forecast", "project", "summed"]

#: the columns of the intervals, the lowest first of each
BANDS = ("low_80", "high_80", "low_95", "high_95")
#: origins that a back-test scores, and those before them that it learns from
_SCORED, _LEARNT = 20, 13
_LONGEST = 731


@dataclass(frozen=True)
class Projection:
    """The forecast of one currency with the back-test that it stands on: ``levels`` from the total to the series, ``rolled`` of each."""

    series: Series
    levels: list[Level]
    rolled: list[Rolled]

    @property
    def total(self) -> Rolled:
        return self.rolled[0]


def project(series: Series, horizon: int, model: str = "", origins: int = MOST) -> Projection:
    """Forecast the series ``horizon`` days ahead and add them up; ``model`` and its errors as in :func:`forecast`, ``origins`` the most."""
    chosen = model_named(model)
    rolled = rolled_once(series.costs, series.days(horizon), step=chosen.step, most=min(chosen.most, origins), model=chosen.fit)
    known = levels(series.keys)
    return Projection(series, known, [*(rolled.summed(level.members) for level in known[:-1]), rolled])


def forecast(rows: pa.Table, by: Sequence[str] = (), horizon: int = 30, *, until: date | None = None, model: str = "") -> pa.Table:
    """The days to come of each series, of the sums over the leading dimensions, and of the total of each currency.

    ``rows`` are those of :func:`finopsnb.analysis.forecasting.daily` with the same ``by``. Columns: level ("total", or the names of
    the dimensions that are told apart), BillingCurrency, the dimensions (null where they are not), day, forecast, low_80, high_80,
    low_95, high_95; amounts are decimals in BillingCurrency, and on each day the forecasts of a level add up to those above it exactly.
    It goes on for ``horizon`` days after the last one, or to the day before ``until``. ``model`` "" is finopsnb's own; any model of
    statsforecast goes by its name there ("AutoETS"). Raises FinopsError for a horizon, a day or a model that cannot be.
    """
    import pyarrow as pa

    tables = [_forecast(series, _horizon(series, horizon, until), model) for series in series_of(rows, by)]
    if not tables:
        raise FinopsError("There are no costs to forecast.", hint='session.collect("focus-files")')
    return pa.concat_tables(tables)


def _horizon(series: Series, horizon: int, until: date | None) -> int:
    days = horizon if until is None else (until - series.end).days
    if 0 < days <= _LONGEST:
        return days
    last = series.end.isoformat()
    if until is not None:
        raise FinopsError(
            f"A forecast until {until} is not possible.",
            why=f"It begins on {last}, the day after the last one in {series.currency}, and is for two years at most.",
            hint=f"horizon={30}",
        )
    raise FinopsError(f"A forecast of {horizon} days is not possible.", why=f"It is for 1 to {_LONGEST} days.", hint="horizon=30")


def _forecast(series: Series, horizon: int, model: str) -> pa.Table:
    import pyarrow as pa

    projection = project(series, horizon, model)
    finest = projection.rolled[-1].forecasts[-1]
    decimals = places(finest)
    units = rounded(finest, decimals)
    parts = [
        _level(projection, level, rolled, level.members.astype(np.int64) @ units, decimals)
        for level, rolled in zip(projection.levels, projection.rolled, strict=True)
    ]
    return pa.concat_tables(parts)


def _level(projection: Projection, level: Level, rolled: Rolled, units: npt.NDArray[np.int64], decimals: int) -> pa.Table:
    import pyarrow as pa

    series, (count, horizon) = projection.series, units.shape
    ahead = series.days(horizon).all[-horizon:]
    columns: dict[str, Any] = {
        "level": pa.array([level_name(series.dimensions, level.depth)] * units.size, pa.string()),
        "BillingCurrency": pa.array([series.currency] * units.size, pa.string()),
        **dimension_columns(series.dimensions, level.keys, horizon),
        "day": pa.array(np.tile(ahead, count), pa.date32()),
        "forecast": money(units, decimals),
    }
    whole = level.members @ np.nan_to_num(series.costs)
    never_below = np.asarray((whole >= 0).all(axis=1))[:, None] & (units >= 0)
    for name, bound in zip(BANDS, bounds(rolled, units / 10.0**decimals, never_below), strict=True):
        outward = np.floor if name.startswith("low") else np.ceil
        columns[name] = money(outward(np.round(bound * 10.0**decimals, 3)).astype(np.int64), decimals)
    return pa.table(columns)


def bounds(rolled: Rolled, amounts: Numbers, never_below: npt.NDArray[np.bool_]) -> list[Numbers]:
    """The intervals around these amounts from the last origin, in the order of BANDS; none goes below 0 for what never was below."""
    found = []
    for width in widths(rolled)[:, -1]:
        low = amounts - width
        found += [np.where(never_below, np.maximum(low, 0), low), amounts + width]
    return found


def backtest(rows: pa.Table, by: Sequence[str] = (), horizon: int = 30, *, model: str = "") -> pa.Table:
    """How well the same call would have forecast the past half year, week by week, by series and in total.

    Columns: level, BillingCurrency, the dimensions, origins (how many forecasts are scored), cost (of their days, a decimal), MASE,
    WAPE, month_error (of the sum of the ``horizon`` days), coverage_80, coverage_95 (the share of days in the interval), and
    naive_MASE, naive_WAPE and naive_month_error of the seasonal naive forecast, the last week again. After the total of each
    currency stands "mean of the series": MASE and coverages are means, the others as if of all series' errors together. Null is
    what nothing can be said of. Raises FinopsError where the past is too short.
    """
    import pyarrow as pa

    tables = [_backtest(series, horizon, model) for series in series_of(rows, by)]
    found = [table for table in tables if table is not None]
    if not found:
        raise FinopsError(
            f"There are too few days to see how a forecast of {horizon} days would have been.",
            why=f"It needs {horizon + 35} days with costs.",
            hint='session.backtest("forecast", horizon=7)',
        )
    return pa.concat_tables(found)


def _backtest(series: Series, horizon: int, model: str) -> pa.Table | None:
    import pyarrow as pa

    projection = project(series, horizon, model, origins=_SCORED + _LEARNT + -(-horizon // 7))
    if int(projection.total.origins[0]) + horizon > series.costs.shape[1]:
        return None
    parts = []
    for level, rolled in zip(projection.levels, projection.rolled, strict=True):
        told = scored(rolled, summed(level.members, series.costs), _SCORED)
        parts.append(_scores(series, level_name(series.dimensions, level.depth), level.keys, told))
        finest = told
    together = _together(finest)
    if len(series.keys) > 1:
        parts.insert(1, _scores(series, "mean of the series", [()], together))
    return pa.concat_tables(parts)


def summed(members: Numbers, costs: Numbers) -> Numbers:
    """The sums of series by day; what is not known of a member that is there is not known of the sum."""
    begun = np.cumsum(~np.isnan(costs), axis=1) > 0
    there = members @ begun.astype(float) > 0
    return np.where(there, members @ np.where(begun, costs, 0.0), np.nan)


def _together(told: dict[str, Numbers]) -> dict[str, Numbers]:
    """One row of all series."""
    found = {}
    for name, values in told.items():
        size = np.abs(told["cost"]) if name.endswith(("WAPE", "month_error")) else np.where(told["origins"] > 0, 1.0, 0.0)
        size = np.where(np.isnan(values), 0, size)
        total = size.sum()
        found[name] = np.array([np.nansum(values * size) / total if total else np.nan])
    return found | {"cost": np.array([told["cost"].sum()]), "origins": np.array([told["origins"].max(initial=0)])}


def _scores(series: Series, level: str, keys: list[tuple[str, ...]], told: dict[str, Numbers]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {
        "level": pa.array([level] * len(keys), pa.string()),
        "BillingCurrency": pa.array([series.currency] * len(keys), pa.string()),
        **dimension_columns(series.dimensions, keys),
        "origins": pa.array(told["origins"].astype(np.int64), pa.int64()),
        "cost": money(np.round(told["cost"] * 100).astype(np.int64), 2),
        **{name: optional(told[name]) for name in MEASURES},
    }
    return pa.table(columns)
