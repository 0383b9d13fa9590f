"""Messages to Microsoft Teams, as Adaptive Cards to the webhook of a workflow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from finopsnb.plugins import PluginMetadata, PluginType

from ._posting import PostedPlugin, PostedSettings, priority_of, title_and_rest

__all__ = ["TeamsPlugin"]

_STYLES = {"low": "default", "normal": "accent", "high": "warning", "critical": "attention"}
#: characters that an Adaptive Card takes for Markdown
_MARKDOWN = re.compile(r"([\\`*_\[\]]|^[#+>-])")
#: Teams takes cards of up to 28 KB
_LONGEST, _FACTS = 8000, 20


class TeamsPlugin(PostedPlugin):
    """Posts to the workflow "Post to a channel when a webhook request is received" (the connectors of Office 365 are no more).

    The priority is the colour of the title. Nothing in a message can be a link or mention anybody. Teams cannot be told that a
    message was sent before: see ``when_uncertain``.
    """

    class Config(PostedSettings):
        """Where to: the address that the workflow shows when it is saved."""

    metadata = PluginMetadata(
        name="teams",
        version="1.0.0",
        author="The finopsnb authors",
        description="Posts messages to a channel of Microsoft Teams as Adaptive Cards, by the webhook of a workflow.",
        plugin_type=PluginType.NOTIFICATION,
        tags=("notification", "teams", "chat"),
        license="Apache-2.0",
    )

    config: Config

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        """Post one message; raises DeliveryError where the workflow did not take it."""
        return self.post(json.dumps(self.preview_notification(message, priority, metadata)).encode())

    def preview_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that would be posted."""
        told, priority = dict(metadata or {}), priority_of(priority)
        title, rest = title_and_rest(message, told)
        facts = [{"title": _plain(str(n)), "value": _plain(str(v))} for n, v in list((told.get("facts") or {}).items())[:_FACTS]]
        body = [
            _block(title, size="large", weight="bolder", color=_STYLES[priority]),
            *(_block(line) for line in rest[:_LONGEST].splitlines() if line.strip()),
            *([{"type": "FactSet", "facts": facts}] if facts else []),
            _block(_about(priority, told), isSubtle=True, size="small"),
        ]
        card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}


def _about(priority: str, told: Mapping[str, Any]) -> str:
    return " · ".join(filter(None, (f"priority {priority}", str(told.get("event") or "").replace("_", " "))))


def _block(text: str, **options: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": _plain(text), "wrap": True, **options}


def _plain(text: str) -> str:
    """Markdown's characters escaped, those of HTML and of mentions written out: ``<at>`` is nobody then, and an address is text."""
    escaped = _MARKDOWN.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))
    return escaped.replace("://", ":\u200b//")
