"""Raises in __init__."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class InitRaisesPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-init", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def __init__(self, config: Any = None) -> None:
        raise RuntimeError("__init__ was called")

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
