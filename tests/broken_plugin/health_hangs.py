"""Never answers how it is."""

from __future__ import annotations

import threading
from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class HealthHangsPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-health", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def health_check(self) -> dict[str, Any]:
        threading.Event().wait()
        return super().health_check()

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
