"""Owners by rules, and on top of them costs that several owners share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from finopsnb.analysis.allocation import AllocationRules, Pool, SharedCosts, usage_of
from finopsnb.errors import FinopsError, SourceError
from finopsnb.plugins import AttributionPlugin, PluginMetadata, PluginType

from ._allocating import allocations, of_this_run

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.plugins import PluginContext

__all__ = ["SharedCostsPlugin"]

#: what of the settings of another plugin says who the owners are
_WHO = ("rules", "tag_aliases", "value_aliases", "inherit", "namespace")


class SharedCostsPlugin(AttributionPlugin):
    """Allocates all of the costs in one run: owners by rules first, then the pools, by the owners' direct cost or otherwise.

    The rules are its own (``rules``, in the language of tag-rules), or, where it has none, those with which the plugin
    ``owners_from`` ran last in this file, with that plugin's aliases and ``inherit`` unless they are set here.
    """

    metadata = PluginMetadata(
        name="shared-costs",
        version="1.0.0",
        author="The finopsnb authors",
        description="Hands shared costs on to owners: evenly, by fixed shares, by their direct cost or by usage; owners by rules.",
        plugin_type=PluginType.ATTRIBUTION,
        tags=("allocation", "shared costs", "chargeback"),
        license="Apache-2.0",
    )

    class Config(SharedCosts):
        owners_from: str = Field("tag-rules", description="The plugin whose last rules say who the owners are, when there are none here")

    config: Config

    def attribute(self, costs: Any, context: PluginContext | None = None, *, metric: str = "", grain: str = "") -> pa.Table:
        """The allocations of ``costs``; ``metric`` and ``grain`` take the place of the settings for this once."""
        here = context or self.context
        return allocations(costs, self._complete(of_this_run(self.config, metric, grain), here), here, partial(_usage, here))

    def _complete(self, config: Config, context: PluginContext) -> Config:
        """The settings with the rules of the other plugin where there are none, and with what else it says and these do not."""
        if config.rules or context.run_id is None:
            return config
        known = context.tables.get_state(config.owners_from, "rules")
        if known is None and not config.pools:
            raise FinopsError(
                "shared-costs has neither rules nor pools.",
                why=f"{config.owners_from}, whose rules it takes when it has none of its own, has not run in this file.",
                hint=f'session.attribute("{config.owners_from}"), or session.load("shared-costs", rules=[...], pools=[...])',
            )
        if known is None:
            return config
        who = AllocationRules.model_validate(known)
        own = config.model_fields_set - {"rules"}
        return config.model_copy(update={name: getattr(who, name) for name in _WHO if name not in own})


def _usage(context: PluginContext, pool: Pool) -> ir.Table:
    """The usage table of a pool: a CSV file, or a table of the session."""
    import ibis

    said = f"{pool.usage}, by which the pool {pool.name} is split,"
    file = Path(pool.usage).expanduser()
    if file.suffix.lower() == ".csv" or file.is_file():
        return usage_of(ibis.memtable(_read(file, said)), said)
    return usage_of(context.table(pool.usage), said)


def _read(file: Path, said: str) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv

    types = csv.ConvertOptions(column_types={"owner": pa.string(), "period": pa.string(), "quantity": pa.decimal128(38, 18)})
    try:
        return csv.read_csv(file, convert_options=types)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{said} cannot be read.", why=str(error), hint="owner,period,quantity and then web,2025-01,12.5") from error
