"""Notification plugins tell people; every message becomes a row of ``notifications``."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["NotificationPlugin"]


class NotificationPlugin(PluginBase):
    """Delivers messages to one channel."""

    plugin_type = PluginType.NOTIFICATION
    one_of = (("send_notification",),)

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        """Deliver ``message``; ``priority`` is low, normal, high or critical. True when the channel accepted it."""
        raise NotImplementedError
