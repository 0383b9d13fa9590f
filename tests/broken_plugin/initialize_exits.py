"""Leaves the interpreter in initialize()."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class InitializeExitsPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-initialize-exit", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def initialize(self) -> None:
        raise SystemExit("initialize() had enough")

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
