"""Small plugins that the tests of the framework load."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from finopsnb.plugins import (
    AttributionPlugin,
    DashboardPlugin,
    IntegrationPlugin,
    NotificationPlugin,
    PluginMetadata,
    PluginType,
    PolicyPlugin,
    PolicyViolation,
    Recommendation,
    RecommendationPlugin,
    TelemetryPlugin,
    hook,
)


def named(name: str, kind: PluginType, **more: Any) -> PluginMetadata:
    return PluginMetadata(name=name, version="1.0.0", author="Tests", description=name, plugin_type=kind, **more)


def cost_row(**changes: Any) -> dict[str, Any]:
    row = {
        "BilledCost": "1.25",
        "EffectiveCost": "1.25",
        "BillingCurrency": "USD",
        "BillingAccountId": "007",
        "BillingPeriodStart": "2026-01-01T00:00:00Z",
        "BillingPeriodEnd": "2026-02-01T00:00:00Z",
        "ChargePeriodStart": "2026-01-05T00:00:00Z",
        "ChargePeriodEnd": "2026-01-06T00:00:00Z",
        "ChargeCategory": "Usage",
        "ProviderName": "AWS",
        "ServiceName": "Amazon EC2",
        "ResourceId": "i-1",
        "Tags": '{"team": "web"}',
    }
    return {**row, **changes}


class RowsPlugin(TelemetryPlugin):
    """Yields the rows that a test puts into ``given``."""

    metadata = PluginMetadata(name="rows", version="1.0.0", plugin_type=PluginType.TELEMETRY, tags=("tests",))
    given: Any = None

    def collect_telemetry(self) -> Any:
        return [cost_row()] if self.given is None else self.given() if callable(self.given) else self.given


class ConfiguredPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="configured", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    class Config(BaseModel):
        path: str = Field(description="Where the rows are")
        days: int = Field(7, ge=1)
        token: SecretStr | None = None

    log: list[str]

    def initialize(self) -> None:
        self.log = [f"initialize {self.config.path}"]

    def shutdown(self) -> None:
        self.log.append("shutdown")

    def collect_telemetry(self) -> Any:
        return []

    @hook("month_closed", priority=3)
    def on_month(self, month: str) -> str:
        return f"{self.config.path} {month}"


class OwnersPlugin(AttributionPlugin):
    metadata = PluginMetadata(name="owners", version="1.0.0", plugin_type=PluginType.ATTRIBUTION)

    def attribute_cost(self, cost_entry: dict[str, Any], context: Any = None) -> list[dict[str, Any]]:
        half = cost_entry["BilledCost"] / 2
        return [{"owner": owner, "amount": half, "method": "even"} for owner in ("web", "data")]


class SaverPlugin(RecommendationPlugin):
    metadata = PluginMetadata(name="saver", version="1.0.0", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, title: str = "Stop i-1") -> list[Recommendation]:
        return [Recommendation(title=title, ResourceId="i-1", monthly_saving=Decimal("1.10"), evidence={"idle_days": 9})]


class RegionPlugin(PolicyPlugin):
    metadata = PluginMetadata(name="region", version="1.0.0", plugin_type=PluginType.POLICY)

    def evaluate_policy(self, resource: dict[str, Any], context: Any = None) -> PolicyViolation | None:
        if resource.get("ResourceId") != "i-1":
            return None
        return PolicyViolation(policy="region", message="Not here", ResourceId="i-1", cost=resource["BilledCost"])


class DrawingPlugin(DashboardPlugin):
    metadata = PluginMetadata(name="drawing", version="1.0.0", plugin_type=PluginType.DASHBOARD)

    def render(self, title: str = "Costs") -> Any:
        import altair as alt

        rows = self.context.execute(self.context.table("costs")).num_rows
        return alt.Chart(alt.InlineData(values=[{"rows": rows}]), title=title).mark_bar().encode(x="rows:Q")


class EchoPlugin(IntegrationPlugin):
    metadata = PluginMetadata(name="echo", version="1.0.0", plugin_type=PluginType.INTEGRATION)

    def send_data(self, data: Any) -> bool:
        return bool(data.num_rows >= 0)

    def receive_data(self) -> dict[str, Any]:
        return {"owner": "web", "email": "web@example.com"}


class BellPlugin(NotificationPlugin):
    metadata = PluginMetadata(name="bell", version="1.0.0", plugin_type=PluginType.NOTIFICATION)

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        return priority != "low"


ALL = (RowsPlugin, OwnersPlugin, SaverPlugin, RegionPlugin, DrawingPlugin, EchoPlugin, BellPlugin)
