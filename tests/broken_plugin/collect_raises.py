"""Raises half-way through a collection, after 500 rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class CollectRaisesPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-collect", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> Iterator[dict[str, Any]]:
        for number in range(500):
            yield {"BilledCost": number, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}
        raise TimeoutError("the connection broke after 500 rows")
