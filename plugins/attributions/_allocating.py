"""What tag-rules and shared-costs have in common: costs of a session or at hand, and options of one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from finopsnb.analysis.allocation import AllocationRules, Pool, allocate
from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.errors import FinopsError
from finopsnb.plugins import tabular

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.plugins import PluginContext

__all__ = ["allocations", "of_this_run"]

Config = TypeVar("Config", bound=AllocationRules)
_GRAINS = ("day", "month")


def of_this_run(config: Config, metric: str, grain: str) -> Config:
    """The settings with the options of one run in their place."""
    if grain and grain not in _GRAINS:
        raise FinopsError(f"{grain} is not a grain of allocations.", why="They are by day or by month.", hint='grain="month"')
    given = {"metric": metric, "grain": grain}
    return config.model_copy(update={key: value for key, value in given.items() if value})


def allocations(costs: Any, config: AllocationRules, context: PluginContext, usage: Callable[[Pool], ir.Table] | None = None) -> pa.Table:
    """The allocations of the costs of a session, in its engine, or of charges at hand."""
    if not tabular.is_expression(costs):
        return allocate(costs_at_hand(tabular.rows(costs)), config, execute_at_hand, usage=usage)
    tag_sets = context.table("tag_sets") if "_tag_id" in costs.columns else None
    return allocate(costs, config, context.execute, tag_sets=tag_sets, usage=usage)
