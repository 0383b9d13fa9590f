"""What resources do and what could be done about it, for engineering."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType

from ._persona import PersonaDashboard, PersonaSettings

__all__ = ["EngineeringPlugin"]


class EngineeringPlugin(PersonaDashboard):
    """Draws the findings for the persona engineering; the options of ``render`` are the settings, for one drawing."""

    class Config(PersonaSettings):
        """Which findings are drawn, and how they are looked for."""

    persona = "engineering"

    metadata = PluginMetadata(
        name="engineering",
        version="1.0.0",
        author="The finopsnb authors",
        description="What moved and why, anomalies, savings and violations of resources, and what units cost.",
        plugin_type=PluginType.DASHBOARD,
        tags=("insights", "engineering", "anomalies", "rightsizing"),
        license="Apache-2.0",
    )
