"""Recommendation plugins say what to do; their rows become the table ``recommendations``."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["Recommendation", "RecommendationPlugin"]


@dataclass
class Recommendation:
    """One thing to do. Savings are in ``BillingCurrency``; ``confidence`` is from 0 to 1; ``evidence`` says why."""

    title: str
    description: str = ""
    category: str = ""
    ResourceId: str | None = None
    ResourceName: str | None = None
    ServiceName: str | None = None
    RegionId: str | None = None
    SubAccountId: str | None = None
    ProviderName: str | None = None
    current: str = ""
    recommended: str = ""
    monthly_saving: Decimal | None = None
    annual_saving: Decimal | None = None
    BillingCurrency: str | None = None
    confidence: float | None = None
    effort: str = ""
    risk: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    recommendation_id: str = ""


class RecommendationPlugin(PluginBase):
    """Finds what to save, what to fix, what to look at."""

    plugin_type = PluginType.RECOMMENDATION
    one_of = (("generate_recommendations",),)

    def generate_recommendations(self, **options: Any) -> Any:
        """A list of Recommendation, or any table with its columns; read the costs through ``self.context``."""
        raise NotImplementedError
