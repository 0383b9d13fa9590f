"""Raises in shutdown()."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class ShutdownRaisesPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-shutdown", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def shutdown(self) -> None:
        raise OSError("the file was closed already")

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
