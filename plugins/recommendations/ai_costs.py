"""What language models cost too much: equivalents that are cheaper, and caches that are read less than they could be."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

from ._saving_rows import Given, SavingSettings

__all__ = ["AiCostsPlugin"]


class AiCostsPlugin(RecommendationPlugin):
    """Looks at tokens and cost by model and direction, as the plugin ai-usage collects them and the bills of clouds have them.

    A cheaper equivalent is told for the same tokens and by the price table only, which says what is an equivalent and what that costs:
    ``session.recommend("ai-costs", prices=frame)`` takes that of one run. There are no built-in prices. What is said of caches rests on
    what the same model and project did before, and on its own prices.
    """

    class Config(SavingSettings):
        """The prices of equivalents, and how much is looked at."""

        prices: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: model that is used (a name or a pattern such as gpt-4o*), equivalent, input and "
            "output (what a million tokens of the equivalent cost; what the model costs is in the bill), currency, where known cached and "
            "cache_write (of the equivalent too), provider (of the model).",
        )
        days: int = Field(30, ge=1, le=366, description="The complete days of cost that are looked at.")
        cache_drop: float = Field(0.2, gt=0, le=1, description="By how much the share from the cache must have fallen to be told.")

    metadata = PluginMetadata(
        name="ai-costs",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds cheaper equivalents of language models by a price table, and caches that cost more than they save.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("ai", "tokens", "savings"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self, prices: Any = None) -> list[dict[str, Any]]:  # type: ignore[override]
        """One row per model that has a cheaper equivalent, and one per model and project whose cache could do better."""
        from finopsnb.analysis.ai_costs import caching, cheaper, given_equivalents, recent_tokens

        from ._ai_cost_rows import cache_row, equivalent_row

        settings, execute = self.config, self.context.execute
        equivalents = given_equivalents(settings.prices if prices is None else prices, execute)
        rows = execute(recent_tokens(self.context.table("costs"), settings.days)).to_pylist()
        recent = [row for row in rows if row["recent"]]
        found = [equivalent_row(one) for one in cheaper(recent, equivalents or [])]
        found += [cache_row(one) for one in caching(rows, settings.cache_drop)]
        return [row for row in found if row["monthly_saving"] >= settings.minimum_saving and row["monthly_saving"] > 0]
