"""Attribution plugins say who pays; their rows become the table ``allocations``."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["AttributionPlugin"]


class AttributionPlugin(PluginBase):
    """Splits cost among owners: write ``attribute`` for whole tables (vectorised) or ``attribute_cost`` for one row."""

    plugin_type = PluginType.ATTRIBUTION
    one_of = (("attribute", "attribute_cost"),)

    def attribute(self, costs: Any, context: Any = None) -> Any:
        """All of ``costs`` (an Ibis table, or any table) to rows with ``owner`` and ``amount`` in the billing currency."""
        entries = self._read(costs)
        return [part for entry in entries for part in self.attribute_cost(entry, context)]

    def attribute_cost(self, cost_entry: dict[str, Any], context: Any = None) -> list[dict[str, Any]]:
        """One cost row to a list of parts (``owner``, ``amount``, perhaps ``method`` and ``rule``)."""
        return list(tabular.rows(self.attribute([cost_entry], context)))

    def _read(self, costs: Any) -> Any:
        return tabular.rows(self.context.execute(costs) if tabular.is_expression(costs) else costs)
