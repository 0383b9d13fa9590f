"""Its metadata can be read, and raises once it is run."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin


class MetadataRaisesLatePlugin(TelemetryPlugin):
    @property
    def metadata(self) -> PluginMetadata:
        if self.plugin_type:
            raise RuntimeError("the licence server is down")
        return PluginMetadata(name="broken-metadata", version="1.0.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self) -> list[object]:
        return []
