"""Has a name that is no name."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class BadNamePlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="<b>My Plugin</b>", version="one", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> list[object]:
        return []
