"""What was billed, what was used, and what it will be, for finance."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType

from ._persona import PersonaDashboard, PersonaSettings

__all__ = ["FinancePlugin"]


class FinancePlugin(PersonaDashboard):
    """Draws the findings for the persona finance; the options of ``render`` are the settings, for one drawing."""

    class Config(PersonaSettings):
        """Which findings are drawn, and how they are looked for."""

    persona = "finance"

    metadata = PluginMetadata(
        name="finance",
        version="1.0.0",
        author="The finopsnb authors",
        description="What was billed and what was used, forecast and budgets, and what cannot be charged back.",
        plugin_type=PluginType.DASHBOARD,
        tags=("insights", "finance", "accrual", "budget"),
        license="Apache-2.0",
    )
