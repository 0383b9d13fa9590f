"""What the bill comes to, for those who answer for it."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType

from ._persona import PersonaDashboard, PersonaSettings

__all__ = ["ExecutivePlugin"]


class ExecutivePlugin(PersonaDashboard):
    """Draws the findings for the persona executive; the options of ``render`` are the settings, for one drawing."""

    class Config(PersonaSettings):
        """Which findings are drawn, and how they are looked for."""

    persona = "executive"

    metadata = PluginMetadata(
        name="executive",
        version="1.0.0",
        author="The finopsnb authors",
        description="What it comes to: the total against last month, forecast and budgets, and what moved most.",
        plugin_type=PluginType.DASHBOARD,
        tags=("insights", "executive", "budget", "forecast"),
        license="Apache-2.0",
    )
