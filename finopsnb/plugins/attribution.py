"""Attribution plugins say who pays; their rows become the table ``allocations``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, ClassVar

from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["AttributionPlugin"]

#: what an allocation tells of its charge, unless the plugin tells otherwise
_OF_THE_CHARGE = (
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "BillingPeriodStart",
    "BillingCurrency",
    "ProviderName",
    "SubAccountId",
    "ServiceName",
    "ResourceId",
    "RegionId",
)
#: decimals as Python has them keep 28 digits unless told otherwise, and amounts have up to 38
_EXACT = Context(prec=60)


class AttributionPlugin(PluginBase):
    """Splits cost among owners: write ``attribute`` for whole tables (vectorised) or ``attribute_cost`` for one row.

    A plugin that works row by row and names its ``metric``, the cost that it splits, is held to it: what its parts leave of a
    charge goes to the owner ``(unallocated)``, so that the allocations add up to the costs exactly.
    """

    plugin_type = PluginType.ATTRIBUTION
    one_of = (("attribute", "attribute_cost"),)
    #: EffectiveCost, BilledCost, ContractedCost or ListCost, where the parts are parts of it
    metric: ClassVar[str] = ""

    def attribute(self, costs: Any, context: Any = None) -> Any:
        """All of ``costs`` (an Ibis table, or any table) to rows with ``owner`` and ``amount`` in the billing currency."""
        entries = self._read(costs)
        return [row for entry in entries for row in self._rows_of(entry, self.attribute_cost(entry, context))]

    def attribute_cost(self, cost_entry: dict[str, Any], context: Any = None) -> list[dict[str, Any]]:
        """One cost row to a list of parts (``owner``, ``amount``, perhaps ``method`` and ``rule``)."""
        return list(tabular.rows(self.attribute([cost_entry], context)))

    def _read(self, costs: Any) -> Any:
        return tabular.rows(self.context.execute(costs) if tabular.is_expression(costs) else costs)

    def _rows_of(self, entry: Mapping[str, Any], parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The parts with what they tell of their charge, and the rest that they leave of it."""
        told = {name: entry[name] for name in _OF_THE_CHARGE if name in entry}
        if not self.metric:
            yield from ({**told, **part} for part in parts)
            return
        rest = _exact(entry.get(self.metric) or 0)
        for part in parts:
            amount = _exact(part["amount"])
            rest = _EXACT.subtract(rest, amount)
            yield {**told, "metric": self.metric, **part, "amount": amount}
        if rest:
            yield {**told, "owner": "(unallocated)", "amount": rest, "method": "remainder", "metric": self.metric}


def _exact(amount: Any) -> Decimal:
    """The amount with 18 decimals, as it is stored; a float is taken as it is written."""
    return _EXACT.quantize(Decimal(str(amount)), Decimal("1e-18"))
