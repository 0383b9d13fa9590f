"""What products and units cost, for product owners."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType

from ._persona import PersonaDashboard, PersonaSettings

__all__ = ["ProductPlugin"]


class ProductPlugin(PersonaDashboard):
    """Draws the findings for the persona product; the options of ``render`` are the settings, for one drawing."""

    class Config(PersonaSettings):
        """Which findings are drawn, and how they are looked for."""

    persona = "product"

    metadata = PluginMetadata(
        name="product",
        version="1.0.0",
        author="The finopsnb authors",
        description="What each product costs, what a unit costs, tokens of language models by the million, and what has no tag.",
        plugin_type=PluginType.DASHBOARD,
        tags=("insights", "product", "unit-cost", "ai"),
        license="Apache-2.0",
    )
