"""What costs come to: daily series, point forecasts with 80 and 95 % intervals, and the rolling back-test that they stand on.

    rows = execute(daily(costs, ["service"]))          # added up in the engine
    forecast(rows, ["service"], horizon=30)            # Arrow table, see there
    backtest(rows, ["service"])

days, robust                       the calendar, and statistics that a few wrong days do not move
seasons, invoices, shifts, levels  the parts of a series
fitting, rolling, bands            one look at the past; many, which weigh the candidates; intervals by their errors
series, hierarchy, projecting      daily costs as arrays, sums that add up, and the tables of the answers
scores, outlooks, models           measures; what a chart draws; statsforecast
"""

from __future__ import annotations

from finopsnb.analysis.forecasting.outlooks import FOR_ACCURACY, Outlook, outlooks, size
from finopsnb.analysis.forecasting.projecting import BANDS, Projection, backtest, forecast, project
from finopsnb.analysis.forecasting.series import OTHER, Series, daily, series_of

__all__ = [
    "BANDS",
    "FOR_ACCURACY",
    "OTHER",
    "Outlook",
    "Projection",
    "Series",
    "backtest",
    "daily",
    "forecast",
    "outlooks",
    "project",
    "series_of",
    "size",
]
