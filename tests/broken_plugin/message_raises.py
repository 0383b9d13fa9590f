"""Raises an exception that cannot be printed."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("__str__ was called")

    __repr__ = __str__


class MessageRaisesPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-message", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def initialize(self) -> None:
        raise Unspeakable

    def collect_telemetry(self) -> list[dict[str, Any]]:
        return [{"BilledCost": 1, "BillingCurrency": "USD", "ChargePeriodStart": "2026-01-01"}]
