"""Messages on their way: written into the table ``outbox`` first, sent after, by a thread of their own for each channel.

    context.post, session.notify ──▶ outbox ──▶ Channel (a thread, at the channel's pace) ──▶ the plugin ──▶ notifications

Whoever posts a message waits for the writing, never for the channel. What is left when a session closes is sent by the next one
that loads the plugin.
"""

from __future__ import annotations

from finopsnb.verbs.outbox.box import Outbox
from finopsnb.verbs.outbox.pacing import Pace

__all__ = ["Outbox", "Pace"]
