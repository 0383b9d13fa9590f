"""Has metadata that is only known when it runs."""

from __future__ import annotations

import os

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class NotLiteralPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-" + os.sep, version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> list[object]:
        return []
