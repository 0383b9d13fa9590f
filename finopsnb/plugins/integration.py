"""Integration plugins sync with other tools; every exchange becomes a row of ``syncs``."""

from __future__ import annotations

from typing import Any, ClassVar

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["IntegrationPlugin"]


class IntegrationPlugin(PluginBase):
    """Sends tables to another tool, or receives them from it; write one direction or both.

    Either may take options of its own, and ``table``: the name of what is sent, or of what is to come. ``send_data`` may take
    ``whole``: True for all of a table of the session, so that what is no more in it is gone. ``self.context.synced(...)`` tells what
    became of it on the other side.
    """

    plugin_type = PluginType.INTEGRATION
    one_of = (("send_data", "receive_data"),)
    #: the table that is sent unless another is named; None where the plugin looks up itself what it sends
    sends: ClassVar[str | None] = "recommendations"

    def send_data(self, data: Any) -> bool:
        """Send ``data`` (an Arrow table, a chart, or what the caller gave) on; True when the other side has it."""
        raise NotImplementedError(f"{self.metadata.name} only receives data")

    def receive_data(self) -> Any:
        """A dict, or any table, or ``(name, table)`` for each of several; a session stores them by these names."""
        raise NotImplementedError(f"{self.metadata.name} only sends data")
