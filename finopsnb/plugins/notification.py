"""Notification plugins tell people; every message goes through the ``outbox`` and becomes a row of ``notifications``."""

from __future__ import annotations

from typing import Any, ClassVar

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["NotificationPlugin"]


class NotificationPlugin(PluginBase):
    """Delivers messages to one channel."""

    plugin_type = PluginType.NOTIFICATION
    one_of = (("send_notification",),)
    #: whether the channel knows a message that it has seen by its ``idempotency_key``, so that sending it again is harmless
    deduplicates: ClassVar[bool] = False

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        """Deliver ``message``; ``priority`` is low, normal, high or critical. True when the channel accepted it, False when it refused.

        Raise DeliveryError (:mod:`finopsnb.errors`) with ``transient`` for what may work later, and ``uncertain`` where the channel may
        have it all the same. It is called from a thread of the session. ``metadata`` has the ``idempotency_key`` of the message, whether
        it is sent ``again``, and, where they are known, ``event``, ``title``, ``severity``, ``facts`` (name to text), and of a digest
        ``items`` (title and money of the gravest) and how many ``more`` there are.
        """
        raise NotImplementedError

    def preview_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """What would be sent, without the address that it is sent to; sends nothing."""
        return {"message": message, "priority": priority, "metadata": metadata or {}}
