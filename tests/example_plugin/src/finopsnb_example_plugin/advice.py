"""A recommendation plugin: services that cost more than a threshold are worth a look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from finopsnb.plugins import PluginMetadata, Recommendation, RecommendationPlugin

__all__ = ["ExampleAdvicePlugin"]

NAME = "example-advice"


class ExampleAdvicePlugin(RecommendationPlugin):
    """Points at the services that cost more than a threshold."""

    class Config(BaseModel):
        threshold: Decimal = Field(Decimal(100), gt=0, description="In the currency of the bill")

    config: Config

    @property
    def metadata(self) -> PluginMetadata:
        return PluginMetadata(
            name=NAME,
            version="1.2.0",
            description="Points at the services that cost more than a threshold.",
            tags=["example"],
        )

    def generate_recommendations(self, **options: Any) -> list[Recommendation]:
        costs = self.context.table("costs")
        by_service = costs.group_by("ServiceName", "BillingCurrency").agg(cost=costs.BilledCost.sum())
        dear = by_service.filter(by_service.cost > self.config.threshold).order_by("ServiceName", "BillingCurrency")
        return [self._look_at(**row) for row in self.context.execute(dear).to_pylist()]

    def _look_at(self, ServiceName: str, BillingCurrency: str, cost: Decimal) -> Recommendation:
        return Recommendation(
            title=f"Look at {ServiceName}",
            description=f"It cost {cost:f} {BillingCurrency}, more than {self.config.threshold:f}.",
            category="cost review",
            ServiceName=ServiceName,
            BillingCurrency=BillingCurrency,
            confidence=0.5,
            evidence={"cost": str(cost)},
        )
