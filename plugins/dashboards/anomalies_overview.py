"""What was out of the ordinary: the anomalies that were found, the most money first, and how the largest of them came about."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["AnomaliesOverviewPlugin"]

_LOOK = ("Load the plugin that looks for them, and run it:", "%finops load anomalies", "%finops run anomalies")


class AnomaliesOverviewPlugin(DashboardPlugin):
    """Draws what the plugin ``anomalies`` found, in one currency; the options of ``render`` are the settings below, for one drawing.

    Each bar is what an anomaly cost more, or less, than was expected of its days. The largest are drawn day by day, with the weeks before
    and after, in the EffectiveCost of the series that changed most.
    """

    class Config(Window):
        """What to draw, and how much of it."""

        currency: str | None = Field(None, description="The billing currency; the one with the largest anomalies if not given.")
        days: int = Field(90, ge=1, le=1000, description="How many days back from the last day with usage; what ended before is left out.")
        top: int = Field(12, ge=1, le=30, description="How many anomalies have a bar, those with the most money first.")
        series: int = Field(3, ge=0, le=6, description="How many of them are drawn day by day.")

    metadata = PluginMetadata(
        name="anomalies-overview",
        version="1.0.0",
        author="The finopsnb authors",
        description="What was out of the ordinary: anomalies by money, their state, and the largest day by day.",
        plugin_type=PluginType.DASHBOARD,
        tags=("anomalies", "alerts", "cost"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (currency, days, top, series, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without anomalies.
        """
        from ._anomalies_chart import compose
        from ._anomalies_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table, self.context.execute, settings)
        return self._nothing(settings.days) if found is None else compose(found)

    def _nothing(self, days: int) -> Any:
        """What is missing: costs, a look at them, or anomalies."""
        if not self.context.execute(self.context.table("costs").limit(1)).num_rows:
            return empty("There are no costs to look at yet", *COLLECT)
        runs = self.context.table("runs")
        if not self.context.execute(runs.filter(runs.plugin == "anomalies", runs.status == "succeeded").limit(1)).num_rows:
            return empty("Nobody has looked for anomalies yet", *_LOOK)
        return empty(f"Nothing was out of the ordinary in the last {days} days", "%finops show anomalies days=400 looks further back.")
