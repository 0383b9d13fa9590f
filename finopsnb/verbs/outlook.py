"""``session.forecast`` and ``session.backtest``: what is stored, what is asked, and the analysis that answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["backtest", "forecast"]

By = str | Sequence[str]
Day = date | str | None


def forecast(store: Store, horizon: int, by: By, until: Day, as_of: Day, metric: str, model: str) -> pa.Table:
    """See :func:`finopsnb.analysis.forecasting.forecast`."""
    from finopsnb.analysis import forecasting

    names = _names(by)
    return forecasting.forecast(_rows(store, names, as_of, metric), names, horizon, until=_day(until, "until"), model=model)


def backtest(store: Store, what: str, by: By, horizon: int, as_of: Day, metric: str, model: str) -> pa.Table:
    """See :func:`finopsnb.analysis.forecasting.backtest`; raises FinopsError for anything else than "forecast"."""
    from finopsnb.analysis import forecasting

    if what != "forecast":
        raise FinopsError(f"{what} has no back-test.", why="It is the forecast that has one.", hint='session.backtest("forecast")')
    names = _names(by)
    return forecasting.backtest(_rows(store, names, as_of, metric), names, horizon, model=model)


def _rows(store: Store, by: list[str], as_of: Day, metric: str) -> pa.Table:
    from finopsnb.analysis.forecasting import daily

    rows = store.execute(daily(store.table("costs"), by, metric, _day(as_of, "as_of")))
    if not rows.num_rows:
        raise FinopsError("There are no costs to forecast.", hint='session.collect("focus-files")')
    return rows


def _names(by: By) -> list[str]:
    """The dimensions, each once."""
    return list(dict.fromkeys([by] if isinstance(by, str) else by))


def _day(said: Day, name: str) -> date | None:
    if said is None or isinstance(said, date):
        return said.date() if isinstance(said, datetime) else said
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise FinopsError(f"{said} is not a day.", why="A day is written as year, month and day.", hint=f'{name}="2026-01-15"') from error
