"""Is not Python."""

from finopsnb.plugins import PluginMetadata, TelemetryPlugin


class SyntaxErrorPlugin(TelemetryPlugin)
    metadata = PluginMetadata(name="broken-syntax")
