"""What language models cost: a million tokens by model and direction over time, and how much comes from caches."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["AiCostsOverviewPlugin"]


class AiCostsOverviewPlugin(DashboardPlugin):
    """Draws the tokens in ``costs``, in one currency; the options of ``render`` are the settings below, for one drawing."""

    class Config(Window):
        """What to draw, and how much of it."""

        currency: str | None = Field(None, description="The billing currency; the one with the largest cost of tokens if not given.")
        months: int = Field(6, ge=1, le=60, description="How many months are shown, the newest with tokens included.")
        grain: Literal["auto", "day", "week", "month"] = Field(
            "auto", description="What a point is of; auto is days up to two months, then weeks."
        )
        top: int = Field(8, ge=1, le=9, description="How many models and directions have a line, those with most cost first.")

    metadata = PluginMetadata(
        name="ai-costs-overview",
        version="1.0.0",
        author="The finopsnb authors",
        description="Cost per million tokens by model and direction over time, what costs most, and the share from caches.",
        plugin_type=PluginType.DASHBOARD,
        tags=("ai", "tokens", "unit costs"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (currency, months, grain, top, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without tokens.
        """
        from ._ai_costs_chart import compose
        from ._ai_costs_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table("costs"), self.context.execute, settings)
        return self._nothing() if found is None else compose(found)

    def _nothing(self) -> Any:
        """What is missing: costs, or tokens among them."""
        if not self.context.execute(self.context.table("costs").limit(1)).num_rows:
            return empty("There are no costs to look at yet", *COLLECT)
        return empty(
            "There are no tokens in these costs yet",
            "Collect what models cost, from their APIs or from saved replies:",
            "%finops load ai-usage path=replies",
            "%finops collect ai-usage",
        )
