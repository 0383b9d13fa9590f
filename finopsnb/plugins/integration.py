"""Integration plugins sync with other tools; every exchange becomes a row of ``syncs``."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["IntegrationPlugin"]


class IntegrationPlugin(PluginBase):
    """Sends tables to another tool, or receives them from it; write one direction or both."""

    plugin_type = PluginType.INTEGRATION
    one_of = (("send_data", "receive_data"),)

    def send_data(self, data: Any) -> bool:
        """Send ``data`` (an Arrow table, or what the caller gave) on; True when the other side has it."""
        raise NotImplementedError(f"{self.metadata.name} only receives data")

    def receive_data(self) -> Any:
        """A dict, or any table, from the other side."""
        raise NotImplementedError(f"{self.metadata.name} only sends data")
