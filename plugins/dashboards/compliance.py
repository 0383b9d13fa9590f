"""What keeps the rules: how much of the cost is tagged, by tag and team, and which resources break a policy."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["CompliancePlugin"]


class CompliancePlugin(DashboardPlugin):
    """Draws the tags of ``costs``, open ``violations`` and unowned ``allocations``; the options of ``render`` are the settings below."""

    class Config(Window):
        """What to draw, and how much of it."""

        tags: list[str] = Field(default_factory=list, description="The tags to look at; those on most of the cost if not given.")
        by: Literal["account", "team", "provider", "service", "category", "region"] = Field(
            "account", description="Whose coverage: accounts, or the teams that the tag team names, ..."
        )
        cost: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
            "EffectiveCost", description="The cost that has to be tagged."
        )
        currency: str | None = Field(None, description="The billing currency; the one with the largest costs if not given.")
        months: int = Field(6, ge=1, le=60, description="How many months coverage looks at, the newest included.")
        top: int = Field(10, ge=1, le=30, description="How many accounts, teams, ... are shown.")

    metadata = PluginMetadata(
        name="compliance",
        version="1.0.0",
        author="The finopsnb authors",
        description="Coverage of the cost by tag, account and team, worst offenders, and open violations by policy.",
        plugin_type=PluginType.DASHBOARD,
        tags=("governance", "tags", "violations"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (tags, by, cost, currency, months, top, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without costs.
        """
        from ._compliance_chart import compose
        from ._compliance_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table, self.context.execute, settings)
        return empty("There are no costs to look at yet", *COLLECT) if found is None else compose(found, settings)
