"""Imports a package that nobody has."""

from __future__ import annotations

from typing import Any

import a_package_that_nobody_has  # noqa: F401

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class MissingPackagePlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-missing", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
