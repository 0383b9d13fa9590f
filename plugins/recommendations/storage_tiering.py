"""Stores that are read so seldom that a colder class of storage is cheaper, what is read and left early counted in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

from ._saving_rows import Given, SavingSettings, money, row_of, tell_unmatched

__all__ = ["StorageTieringPlugin"]

_LACKING = "storage-tiering needs a utilisation table (ResourceId, reads, read_gb, ...) and a price table (tier, storage_price, ...)."


class StorageTieringPlugin(RecommendationPlugin):
    """Holds what a store costs in its class against the other ones; without figures of access it recommends nothing.

    ``session.recommend("storage-tiering", utilization=frame, prices=frame)`` takes the tables of one run;
    :mod:`finopsnb.analysis.recommendations.tiering` has the sum. Stores with the tag ``finopsnb:keep`` are left alone.
    """

    class Config(SavingSettings):
        """What is known of stores, and which classes of storage may be taken."""

        utilization: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: ResourceId, reads and read_gb of a month, where known tier, lifetime_days, days.",
        )
        prices: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: tier, storage_price (a GB and month), where they apply retrieval_price (a GB), "
            "request_price (1000 reads), minimum_days, hours_to_read, region, provider, currency.",
        )
        assumed_lifetime: float = Field(30, gt=0, description="How many days objects live of which that is not known.")
        slowest: float = Field(0, ge=0, description="How many hours it may take until something can be read.")
        days: int = Field(30, ge=7, le=366, description="The complete days of cost that are looked at.")

    metadata = PluginMetadata(
        name="storage-tiering",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds stores that are read so seldom that a colder class is cheaper, retrieval and minimum duration counted in.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("storage", "tiering", "savings"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self, utilization: Any = None, prices: Any = None) -> list[dict[str, Any]]:  # type: ignore[override]
        """One row per store that is cheaper elsewhere; tables given here take the place of those of the settings."""
        from finopsnb.analysis.recommendations import tiering

        settings, execute = self.config, self.context.execute
        use = tiering.storage_use(settings.utilization if utilization is None else utilization, execute)
        known = tiering.storage_prices(settings.prices if prices is None else prices, execute)
        if use is None or known is None:
            self.context.logger.warning(_LACKING)
            return []
        tell_unmatched(self.context, use)
        rows = tiering.tiering(
            *(self.context.table("costs"), use, known),
            days=settings.days,
            lifetime=settings.assumed_lifetime,
            slowest=settings.slowest,
        )
        found = execute(rows).to_pylist()
        told = [_row(one, best) for one, best in tiering.cheapest(found)]
        return [row for row in told if row["monthly_saving"] >= settings.minimum_saving and row["monthly_saving"] > 0]


def _row(found: Mapping[str, Any], costs: Any) -> dict[str, Any]:
    from finopsnb.analysis.recommendations.months import a_month

    name, currency = found["ResourceName"] or found["ResourceId"], found["BillingCurrency"]
    figures = ("reads", "read_gb", "lifetime", "tier", "new_tier", "storage_price", "new_storage_price", "new_retrieval_price")
    return row_of(
        found,
        "storage-tiering",
        category="storage-tiering",
        title=f"{name}: {found['tier']} to {found['new_tier']}",
        description=f"{costs.gb:,.0f} GB of which {found['read_gb']:,.0f} GB are read a month: {money(costs.now, currency)} a month in "
        f"{found['tier']}, {money(costs.new, currency)} in {found['new_tier']}, reading included.",
        current=found["tier"],
        recommended=found["new_tier"],
        saving=costs.now - costs.new,
        monthly_cost=a_month(found["cost"], found["days"]),
        days=found["days"],
        confidence=0.8 if found["new_hours_to_read"] == 0 else 0.7,
        effort="low",
        risk="low" if found["new_hours_to_read"] == 0 else "medium",
        evidence={**{key: found[key] for key in figures}, "gb": costs.gb, "now": costs.now, "new": costs.new},
    )
