"""What comes next: the costs of the days to come with their intervals, in total and by series, and how well such forecasts have done."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["ForecastPlugin"]


class ForecastPlugin(DashboardPlugin):
    """Draws ``costs`` and what ``session.forecast`` says of them; the options of ``render`` are the settings below, for one drawing."""

    class Config(Window):
        """What to draw, and how much of it: the past from ``start`` on, and what was to come at ``end``."""

        by: Literal["service", "provider", "category", "account", "region"] = Field(
            "service", description="What has a forecast of its own."
        )
        cost: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
            "EffectiveCost", description="EffectiveCost spreads commitments over their usage, BilledCost is invoiced."
        )
        currency: str | None = Field(None, description="The billing currency; the one with the largest costs if not given.")
        horizon: int = Field(30, ge=1, le=366, description="How many days to come.")
        history: int = Field(90, ge=7, le=731, description="How many days of the past are drawn, unless start is given.")
        as_of: date | None = Field(None, description="The last day that counts; that before end, or the last one with usage, if not given.")
        top: int = Field(6, ge=0, le=12, description="How many series are drawn by themselves, the largest to come first.")

    metadata = PluginMetadata(
        name="forecast",
        version="1.0.0",
        author="The finopsnb authors",
        description="Costs of the days to come with 80 and 95 % intervals, in total and by series, with the accuracy of past forecasts.",
        plugin_type=PluginType.DASHBOARD,
        tags=("forecast", "trend", "back-test"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (by, cost, currency, horizon, history, as_of, top, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency or days without costs.
        """
        from ._forecast_chart import compose
        from ._forecast_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table("costs"), self.context.execute, settings)
        return empty("There are no costs to forecast yet", *COLLECT) if found is None else compose(found)
