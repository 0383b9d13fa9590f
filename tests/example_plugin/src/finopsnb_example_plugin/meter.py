"""A telemetry plugin: one row per day, in FOCUS columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin

__all__ = ["ExampleMeterPlugin"]


class ExampleMeterPlugin(TelemetryPlugin):
    """Makes the bill of a service that costs the same every day."""

    metadata = PluginMetadata(
        name="example-meter",
        version="1.2.0",
        author="Example Author",
        description="A service that costs the same every day.",
        plugin_type=PluginType.TELEMETRY,
        tags=("example", "meter"),
    )

    class Config(BaseModel):
        daily_cost: Decimal = Field(Decimal("10.00"), ge=0, description="What a day costs")
        currency: str = Field("USD", pattern="^[A-Z]{3}$", description="The ISO 4217 code of the currency")
        start: datetime = Field(datetime(2026, 1, 1, tzinfo=UTC), description="The first day")
        days: int = Field(31, ge=0, le=366, description="How many days")
        api_key: SecretStr = Field(SecretStr(""), description="Not needed here; shows how a secret is declared")

    config: Config

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [self._row(self.config.start + timedelta(days=day)) for day in range(self.config.days)]

    def _row(self, day: datetime) -> dict[str, Any]:
        month = day.replace(day=1)
        cost = self.config.daily_cost
        return {
            "BillingAccountId": "example-account",
            "BillingPeriodStart": month,
            "BillingPeriodEnd": (month + timedelta(days=32)).replace(day=1),
            "ChargePeriodStart": day,
            "ChargePeriodEnd": day + timedelta(days=1),
            "ChargeCategory": "Usage",
            "ChargeFrequency": "Usage-Based",
            "ProviderName": "Example",
            "ServiceCategory": "Other",
            "ServiceName": "Example Service",
            "BilledCost": cost,
            "EffectiveCost": cost,
            "ListCost": cost,
            "ContractedCost": cost,
            "BillingCurrency": self.config.currency,
        }
