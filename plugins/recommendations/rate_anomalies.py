"""Unit prices that changed and stayed: which SKU, since when, and the money at stake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

from ._saving_rows import SavingSettings

__all__ = ["RateAnomaliesPlugin"]

_PRICES = {
    "effective": "what is paid for a unit",
    "contracted": "the negotiated price",
    "list": "the list price",
}


class RateAnomaliesPlugin(RecommendationPlugin):
    """Holds the list, contracted and effective unit price of each SKU against what it was.

    What looks like a change and is none is left out: tiers by quantity, rounding, quantities too small to tell, usage that moved under a
    commitment or out of it, days that are missing, spot prices, rates of exchange.
    """

    class Config(SavingSettings):
        """Which changes are told."""

        threshold: float = Field(0.02, gt=0.0001, le=10, description="The least change of a unit price: 0.02 is 2 %.")
        stay: int = Field(7, ge=1, le=60, description="How many days (or months) with a price there must be before a change, and since.")
        days: int = Field(90, ge=7, le=731, description="How far back changes are told.")
        grain: Literal["day", "month"] = Field(
            "day", description="What one price is of; for bills with a charge a month, month with stay=1."
        )
        falls: bool = Field(False, description="Tell of prices that fell too.")

    metadata = PluginMetadata(
        name="rate-anomalies",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds SKUs whose list, contracted or effective unit price changed for good, with the money at stake.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("rates", "prices", "anomalies"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self) -> list[dict[str, Any]]:  # type: ignore[override]  # the session refuses options by name
        """One row per SKU; the saving is what the higher price costs a month, and null of a price that fell."""
        from finopsnb.analysis.rates import Look, rate_changes

        settings = self.config
        look = Look(settings.threshold, settings.stay, settings.days, settings.grain)
        rows = rate_changes(self.context.table("costs"), self.context.execute, look)
        told = [row for row in rows if settings.falls or row["change"] > 0]
        return [_row(row) for row in told if abs(row["monthly_stake"]) >= settings.minimum_saving and row["monthly_stake"]]


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    from ._saving_rows import money
    from ._scope_rows import scope_row

    currency, rose = found["BillingCurrency"], found["change"] > 0
    stake = min(found["monthly_stake"], found["monthly_cost"])
    unit = found["PricingUnit"] or "unit"
    also = f" So did {' and '.join(_PRICES[kind] for kind in found['also'])}." if found["also"] else ""
    sku = {name: found[name] for name in ("SkuId", "SkuPriceId", "RegionId", "PricingUnit", "PricingCategory", "BillingCurrency")}
    return scope_row(
        "rate-anomalies",
        [*(found[name] for name in ("provider", "CommitmentDiscountId")), *sku.values()],
        {**found, "ProviderName": found["provider"]},
        stake if rose else None,
        where=sku,
        category="rate-anomalies",
        title=f"{found['name']}: unit price {'up' if rose else 'down'} {abs(found['change']):.1%} since {found['since']}",
        description=f"{_PRICES[found['price']].capitalize()} was {found['old']:.6g} and is {found['new']:.6g} {currency} per {unit}.{also} "
        f"At the quantity of the last {found['days']} days that is {money(abs(stake), currency)} {'more' if rose else 'less'} a month.",
        current=f"{found['new']:.10g} {currency} per {unit}",
        recommended="ask the provider why, hold it against the contract" if rose else "nothing to do",
        confidence=0.8 if found["SkuPriceId"] else 0.7,
        effort="low",
        risk="low",
        evidence={name: found[name] for name in ("cost", "days", "quantity", "price", "old", "new", "change", "stake", "monthly_cost")}
        | {"since": found["since"].isoformat(), "also": list(found["also"])},
    )
