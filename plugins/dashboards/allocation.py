"""Who pays: owners over time, what has no owner, and what shared pools handed on to whom."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["AllocationPlugin"]


class AllocationPlugin(DashboardPlugin):
    """Draws ``allocations``; the options of ``render`` are the settings below, for one drawing."""

    class Config(Window):
        """What to draw, and how much of it."""

        currency: str | None = Field(None, description="The billing currency; the one with the largest amounts if not given.")
        months: int = Field(6, ge=1, le=60, description="How many billing months are shown, the newest included.")
        grain: Literal["auto", "day", "month"] = Field(
            "auto", description="Bars by day of the charge or by billing month; days for one or two months if not given."
        )
        top: int = Field(8, ge=1, le=8, description="How many owners have a name; the others are one.")
        plugin: str | None = Field(None, description="Whose allocations; those of the plugin that ran last if not given.")

    metadata = PluginMetadata(
        name="allocation",
        version="1.0.0",
        author="The finopsnb authors",
        description="Owners over time, the share without an owner, and the flows from shared pools to owners, linked by clicks.",
        plugin_type=PluginType.DASHBOARD,
        tags=("allocation", "showback", "shared costs"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (currency, months, grain, top, plugin, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency or plugin without allocations.
        """
        from ._allocation_chart import compose
        from ._allocation_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table("allocations"), self.context.execute, settings)
        return self._nothing() if found is None else compose(found, settings)

    def _nothing(self) -> Any:
        """What is missing: costs, or who pays for them."""
        if not self.context.execute(self.context.table("costs").limit(1)).num_rows:
            return empty("There are no costs to allocate yet", *COLLECT)
        return empty(
            "Nothing is allocated yet",
            "Say who pays, by a tag or by rules of your own (docs/ALLOCATION.md):",
            """%finops load tag-rules 'rules=[{"owner_tag": "team"}]'""",
            "%finops run tag-rules",
        )
