"""What could be saved, what will be, and what was: recommendations on their way from open to realised."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, drawn_with, empty

__all__ = ["SavingsPlugin"]

_RECOMMEND = ("Load a plugin that recommends, and run it:", "%finops load idle-resources", "%finops run idle-resources")


class SavingsPlugin(DashboardPlugin):
    """Draws what ``session.savings`` tells, in one currency; the options of ``render`` are the settings below, for one drawing.

    Savings are a month's. What overlaps counts once, so that the bars can be added up; what is realised is measured from the costs of
    the resources before and since.
    """

    class Config(BaseModel):
        """What to draw, and how much of it."""

        model_config = ConfigDict(extra="forbid")

        currency: str | None = Field(None, description="The billing currency; the one with the largest savings if not given.")
        top: int = Field(10, ge=1, le=30, description="How many recommendations are named, those that save most first.")

    metadata = PluginMetadata(
        name="savings",
        version="1.0.0",
        author="The finopsnb authors",
        description="What recommendations would save, from open over accepted and implemented to realised, and which save most.",
        plugin_type=PluginType.DASHBOARD,
        tags=("savings", "recommendations", "pipeline"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (currency, top) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without recommendations.
        """
        from ._savings_chart import compose
        from ._savings_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table, self.context.execute, settings)
        return self._nothing() if found is None else compose(found)

    def _nothing(self) -> Any:
        """What is missing: costs, recommendations, or ones that say what they save."""
        if not self.context.execute(self.context.table("costs").limit(1)).num_rows:
            return empty("There are no costs to save from yet", *COLLECT)
        if not self.context.execute(self.context.table("recommendations").limit(1)).num_rows:
            return empty("There are no recommendations yet", *_RECOMMEND)
        return empty("No recommendation says what it would save", *_RECOMMEND)
