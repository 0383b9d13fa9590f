"""What is wasted, whose it is, and whether figures are whole, for FinOps practitioners."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType

from ._persona import PersonaDashboard, PersonaSettings

__all__ = ["FinopsPlugin"]


class FinopsPlugin(PersonaDashboard):
    """Draws the findings for the persona finops; the options of ``render`` are the settings, for one drawing."""

    class Config(PersonaSettings):
        """Which findings are drawn, and how they are looked for."""

    persona = "finops"

    metadata = PluginMetadata(
        name="finops",
        version="1.0.0",
        author="The finopsnb authors",
        description="Waste and coverage of commitments, savings, what is allocated to nobody, and days that are late.",
        plugin_type=PluginType.DASHBOARD,
        tags=("insights", "finops", "commitments", "allocation"),
        license="Apache-2.0",
    )
