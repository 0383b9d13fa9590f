"""Attribution plugins say who pays; their rows become the table ``allocations``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, ClassVar

from finopsnb.errors import FinopsError, PluginOutputError, nearest
from finopsnb.plugins import tabular
from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["AttributionPlugin"]

#: what an allocation tells of its charge, unless the plugin tells otherwise
_OF_THE_CHARGE = (
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "BillingPeriodStart",
    "BillingCurrency",
    "SubAccountId",
    "ServiceName",
    "ResourceId",
    "RegionId",
)
_METRICS = ("EffectiveCost", "BilledCost", "ContractedCost", "ListCost")
#: what has to be that of the charge, so that the sums by it are those of the costs
_HELD = ("BillingPeriodStart", "BillingCurrency", "metric")
_PART = '[{"owner": "web", "amount": Decimal("1.25")}]'
_TOO_MUCH = Decimal(10) ** 20
#: decimals as Python has them keep 28 digits unless told otherwise, and amounts have up to 38
_EXACT = Context(prec=60)


class AttributionPlugin(PluginBase):
    """Splits cost among owners: write ``attribute`` for whole tables (vectorised) or ``attribute_cost`` for one row.

    A plugin that works row by row and names its ``metric``, the cost that it splits, is held to it: what its parts leave of a
    charge goes to the owner ``(unallocated)``, so that the allocations add up to the costs exactly. Parts of another
    currency, billing period or metric than their charge are refused.
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

    def _rows_of(self, entry: Mapping[str, Any], parts: Any) -> Iterator[dict[str, Any]]:
        """The parts with what they tell of their charge, and the rest that they leave of it."""
        told = {name: entry[name] for name in _OF_THE_CHARGE if name in entry}
        if "ServiceProviderName" in entry or "ProviderName" in entry:
            told["ProviderName"] = entry.get("ServiceProviderName") or entry.get("ProviderName")
        if not self.metric:
            yield from ({**told, **part} for part in self._checked(parts))
            return
        told["metric"] = self._known_metric()
        rest = _exact(entry.get(self.metric) or 0)
        for part in self._checked(parts):
            for name in _HELD:
                if name in told and part.get(name, told[name]) != told[name]:
                    raise self._refused(f"a part has the {name} {part[name]} of a charge that has {told[name]}", "leave it out")
            amount = self._amount(part)
            rest = _EXACT.subtract(rest, amount)
            yield {**told, **part, "amount": amount}
        if rest:
            yield {**told, "owner": "(unallocated)", "amount": rest, "method": "remainder"}

    def _checked(self, parts: Any) -> Iterator[Mapping[str, Any]]:
        if not isinstance(parts, list | tuple | Iterator):
            raise self._refused(f"it is of the type {type(parts).__name__} and not a list", f"return [], or {_PART}")
        for part in parts:
            if not isinstance(part, Mapping):
                raise self._refused(f"a part is a {type(part).__name__} and not a dict", "return " + _PART)
            if not str(part.get("owner") or "").strip():
                raise self._refused("a part has no owner", 'leave it out, or owner="(unallocated)"')
            yield {**part, "owner": str(part["owner"]).strip()}

    def _amount(self, part: Mapping[str, Any]) -> Decimal:
        try:
            return _exact(part["amount"])
        except KeyError:
            raise self._refused("a part has no amount", "return " + _PART) from None
        except ArithmeticError as error:
            raise self._refused(f"an amount is {part['amount']}", "return " + _PART) from error

    def _known_metric(self) -> str:
        if self.metric not in _METRICS:
            near = nearest(self.metric, _METRICS)
            raise FinopsError(
                f"{self.metric}, the metric of {self.name}, is not a cost.",
                why=f"The costs of FOCUS are {', '.join(_METRICS)}.",
                hint=f'metric = "{near or _METRICS[0]}"',
            )
        return self.metric

    def _refused(self, why: str, hint: str) -> PluginOutputError:
        what = f"What attribute_cost of {self.name} returned cannot be used: {why}."
        return PluginOutputError(what, hint=hint, plugin=self.name, phase="run")


def _exact(amount: Any) -> Decimal:
    """The amount with 18 decimals, as it is stored; a float is taken as it is written. ArithmeticError where it cannot be stored."""
    exact = _EXACT.quantize(Decimal(str(amount)), Decimal("1e-18"))
    if not exact.copy_abs() < _TOO_MUCH:
        raise ArithmeticError(amount)
    return exact
