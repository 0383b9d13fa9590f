"""Raises in its metadata, so that it has no name."""

from __future__ import annotations

from finopsnb.plugins import PluginMetadata, TelemetryPlugin


class MetadataRaisesPlugin(TelemetryPlugin):
    @property
    def metadata(self) -> PluginMetadata:
        raise ImportError

    def collect_telemetry(self) -> list[object]:
        return []
