"""Raises in a hook."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin, hook


class HookRaisesPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-hook", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    @hook("post_collect_metrics")
    def look(self, table: Any) -> Any:
        raise KeyError("no such column")

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
