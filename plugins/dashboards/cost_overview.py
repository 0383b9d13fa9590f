"""Where the money goes: trend, ranking, movers and split of the stored costs, in one linked chart."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["CostOverviewPlugin"]


class CostOverviewPlugin(DashboardPlugin):
    """Draws ``costs``; the options of ``render`` are the settings below, for one drawing."""

    class Config(Window):
        """What to draw, and how much of it."""

        by: Literal["service", "provider", "category", "account", "region"] = Field(
            "service", description="What the trend, the ranking and the movers show."
        )
        cost: Literal["BilledCost", "EffectiveCost", "ContractedCost", "ListCost"] = Field(
            "BilledCost", description="BilledCost is invoiced, EffectiveCost spreads commitments over their usage."
        )
        currency: str | None = Field(None, description="The billing currency; the one with the largest costs if not given.")
        months: int = Field(6, ge=1, le=60, description="How many months the trend shows, the newest included.")
        top: int = Field(8, ge=2, le=10, description="How many series have a name; the last one stands for all others.")
        grain: Literal["auto", "day", "week", "month"] = Field(
            "auto", description="The width of the trend's bars; wider where they would be too many."
        )

        @property
        def split(self) -> str:
            """The second dimension: service categories, or kinds of charge when the first one is that already."""
            return "charge" if self.by == "category" else "category"

        @property
        def other(self) -> str:
            from ._overview_text import PLURALS

            return f"Other {PLURALS[self.by]}"

    metadata = PluginMetadata(
        name="cost-overview",
        version="1.0.0",
        author="The finopsnb authors",
        description="Trend by service or provider, top movers and category split of the costs, linked by clicks.",
        plugin_type=PluginType.DASHBOARD,
        tags=("cost", "overview", "trend", "movers"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (by, cost, currency, months, top, grain, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without costs.
        """
        from ._overview_chart import compose
        from ._overview_data import look

        settings = drawn_with(self, options)
        overview = look(self.context.table("costs"), self.context.execute, settings)
        return empty("There are no costs to show yet", *COLLECT) if overview is None else compose(overview, settings)
