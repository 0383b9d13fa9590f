"""Owners by rules over columns and tags: the first rule that holds decides, and what none knows is in sight as (unallocated)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation import AllocationRules
from finopsnb.plugins import AttributionPlugin, PluginMetadata, PluginType

from ._allocating import allocations, of_this_run

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.plugins import PluginContext

__all__ = ["TagRulesPlugin"]


class TagRulesPlugin(AttributionPlugin):
    """Gives every charge to one owner, by ordered rules, and says which rule did it.

    The last settings that it ran with are remembered under ``rules``: shared-costs builds on them.
    """

    metadata = PluginMetadata(
        name="tag-rules",
        version="1.0.0",
        author="The finopsnb authors",
        description="Gives every charge to an owner by ordered rules over FOCUS columns and tags; the rest is (unallocated).",
        plugin_type=PluginType.ATTRIBUTION,
        tags=("allocation", "tags", "virtual tags", "showback"),
        license="Apache-2.0",
    )

    Config = AllocationRules
    config: AllocationRules

    def attribute(self, costs: Any, context: PluginContext | None = None, *, metric: str = "", grain: str = "") -> pa.Table:
        """The allocations of ``costs``; ``metric`` and ``grain`` take the place of the settings for this once."""
        here = context or self.context
        table = allocations(costs, of_this_run(self.config, metric, grain), here)
        if here.run_id is not None:
            here.set_state("rules", self.config.model_dump(mode="json", by_alias=True))
        return table
