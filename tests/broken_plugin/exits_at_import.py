"""Leaves the interpreter when it is imported."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin

raise SystemExit(3)


class ExitsPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-exit", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
