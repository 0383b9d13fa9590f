"""How well commitments are used, how much of the usage they cover, what is wasted, and what to commit to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["CommitmentsOverviewPlugin"]


class CommitmentsOverviewPlugin(DashboardPlugin):
    """Draws the commitments in ``costs``, in one currency; the options of ``render`` are the settings below, for one drawing.

    What to commit to is what the plugin ``commitments`` recommends, with the same table of discounts.
    """

    class Config(Window):
        """What to draw, and how much of it."""

        currency: str | None = Field(None, description="The billing currency; the one with the largest costs if not given.")
        months: int = Field(6, ge=1, le=60, description="How many months the lines show, the newest included.")
        grain: Literal["day", "week", "month"] = Field("week", description="What a point of the lines is of.")
        discounts: str | list[dict[str, Any]] | None = Field(
            None, description="CSV, XLSX, Parquet, or rows: term, payment, discount; those that are paid already if not given."
        )
        days: int = Field(30, ge=1, le=366, description="The complete days that waste and offers are of.")
        minimum_days: int = Field(14, ge=1, le=366, description="How many complete days there must be to say what to commit to.")
        top: int = Field(8, ge=1, le=30, description="How many commitments and offers are shown.")

    metadata = PluginMetadata(
        name="commitments-overview",
        version="1.0.0",
        author="The finopsnb authors",
        description="Utilisation and coverage of commitments over time by provider, what is wasted, and what to commit to.",
        plugin_type=PluginType.DASHBOARD,
        tags=("commitments", "coverage", "savings"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without costs or a table that is none.
        """
        from ._commitments_chart import compose
        from ._commitments_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table, self.context.execute, settings)
        return empty("There are no costs to look at yet", *COLLECT) if found is None else compose(found, settings)
