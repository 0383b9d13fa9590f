"""Returns a number where rows are expected."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class CollectNonsensePlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-output", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> Any:
        return 42
