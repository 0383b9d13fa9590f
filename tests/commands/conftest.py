"""A session on small plugins, and the state that commands run in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

import finopsnb
from finopsnb.commands import State
from finopsnb.plugins import (
    DashboardPlugin,
    PluginManager,
    PluginMetadata,
    PluginRegistry,
    PluginType,
    RecommendationPlugin,
    TelemetryPlugin,
)
from finopsnb.session import Session

ROW = {
    "BilledCost": "1.25",
    "EffectiveCost": "1.25",
    "ListCost": "1.25",
    "ContractedCost": "1.25",
    "BillingCurrency": "USD",
    "BillingAccountId": "007",
    "BillingPeriodStart": "2026-01-01T00:00:00Z",
    "BillingPeriodEnd": "2026-02-01T00:00:00Z",
    "ChargePeriodStart": "2026-01-05T00:00:00Z",
    "ChargePeriodEnd": "2026-01-06T00:00:00Z",
    "ChargeCategory": "Usage",
    "ProviderName": "AWS",
    "ServiceName": "Amazon EC2",
}


class Bills(TelemetryPlugin):
    metadata = PluginMetadata(name="bills", version="1.2.0", description="Yields rows.", plugin_type=PluginType.TELEMETRY, tags=("test",))

    class Config(BaseModel):
        rows: int = Field(2, description="How many rows")
        account: str = Field("007", description="Account number")
        granularity: Literal["daily", "monthly"] = "daily"
        api_key: SecretStr | None = Field(None, description="The key")
        bank: SecretStr | None = Field(None, description="Secret, though its name does not say so")

    config: Config

    def collect_telemetry(self) -> Any:
        if self.config.rows < 0:
            raise RuntimeError("the portal is down")
        return [{**ROW, "ResourceId": f"i-{i}", "BillingAccountId": self.config.account} for i in range(self.config.rows)]


class Old(TelemetryPlugin):
    """Dict style, with a hook."""

    metadata = PluginMetadata(name="old-bills", description="Old", plugin_type=PluginType.TELEMETRY)

    def initialize(self) -> None:
        self.register_hook("month_closed", lambda month="": f"archived {month}")

    def collect_telemetry(self) -> Any:
        return [{**ROW, "ServiceName": "Old"}]


class Picture(DashboardPlugin):
    metadata = PluginMetadata(name="picture", description="Draws", plugin_type=PluginType.DASHBOARD)

    def render(self, by: str = "ServiceName", **_: Any) -> Any:
        import altair as alt
        import pandas as pd

        return alt.Chart(pd.DataFrame({"a": [1, 2]}), title=f"by {by}").mark_bar().encode(x="a:Q")


class Advice(RecommendationPlugin):
    metadata = PluginMetadata(name="advice", description="Advises", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, least: int = 0) -> Any:
        return [{"title": f"save {n}", "category": "rightsizing"} for n in range(3) if n >= least]


PLUGINS = (Bills, Old, Picture, Advice)


class OnlyThese(PluginRegistry):
    """Finds nothing by itself."""

    def discover_plugins(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def discover_entry_points(self) -> list[Any]:
        return []


@pytest.fixture
def registry() -> Iterator[PluginRegistry]:
    registry = OnlyThese()
    for cls in PLUGINS:
        registry.register(cls)
    yield registry
    registry.unload_all()


@pytest.fixture
def session(registry: PluginRegistry) -> Iterator[Session]:
    with finopsnb.open(":memory:", registry=registry) as session:
        yield session


@pytest.fixture
def state(session: Session) -> State:
    return State()


@pytest.fixture
def alone(registry: PluginRegistry) -> State:
    """No session is open."""
    return State(manager=PluginManager(registry, auto_discover=False))
