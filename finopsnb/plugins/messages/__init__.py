"""What notification plugins tell: findings of a session as messages, chosen and worded by their settings.

    event ──▶ findings ──▶ choosing: severity, owner, money ──▶ wording ──▶ the outbox ──▶ the channel
                                                                   ╰── a digest: one message for many ──╯

A plugin of a channel derives from :class:`SubscribedPlugin`, its settings from :class:`Subscription`, and it writes
``send_notification``. What it is given as ``metadata`` is told there.
"""

from __future__ import annotations

from finopsnb.plugins.messages.digests import summed_up
from finopsnb.plugins.messages.findings import Finding, findings_of
from finopsnb.plugins.messages.subscribing import SubscribedPlugin, Subscription
from finopsnb.plugins.messages.wording import money_text, plain

__all__ = ["Finding", "SubscribedPlugin", "Subscription", "findings_of", "money_text", "plain", "summed_up"]
