"""Messages to a channel of Slack, by an incoming webhook and Block Kit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType

from ._posting import PRIORITIES, PostedPlugin, PostedSettings, priority_of, title_and_rest

__all__ = ["SlackPlugin"]

_COLOURS = {"low": "#8d8d8d", "normal": "#0072b2", "high": "#e69f00", "critical": "#d55e00"}
#: what Block Kit takes of each
_HEADER, _SECTION, _FIELD, _FIELDS = 150, 3000, 2000, 10


class SlackPlugin(PostedPlugin):
    """Posts to hooks.slack.com over https, and to another host only where ``allowed_hosts`` names it.

    The priority is the colour of the message; from ``mention_from`` on it mentions who is in ``mention``. Nothing in a message
    itself can mention anybody or be a link. Slack cannot be told that a message was sent before: see ``when_uncertain``.
    """

    class Config(PostedSettings):
        """Where to, and whom to wake."""

        mention: Literal["", "here", "channel"] = Field("", description="Who is mentioned by what is grave: here, channel, or nobody")
        mention_from: Literal["low", "normal", "high", "critical"] = Field("critical", description="From which priority on")

    metadata = PluginMetadata(
        name="slack",
        version="1.0.0",
        author="The finopsnb authors",
        description="Posts messages to a channel of Slack; the priority is their colour, and decides whom they mention.",
        plugin_type=PluginType.NOTIFICATION,
        tags=("notification", "slack", "chat"),
        license="Apache-2.0",
    )
    hosts: ClassVar[tuple[str, ...]] = ("hooks.slack.com",)

    config: Config

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        """Post one message; raises DeliveryError where Slack did not take it."""
        return self.post(json.dumps(self.preview_notification(message, priority, metadata)).encode())

    def preview_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that would be posted."""
        told, priority = dict(metadata or {}), priority_of(priority)
        title, rest = title_and_rest(message, told)
        mention = self._mention(priority)
        blocks = [_header(title), *_sections(rest), *_facts(told.get("facts") or {}), _context(priority, told)]
        shown = [{"type": "section", "text": {"type": "mrkdwn", "text": mention}}] if mention else []
        return {
            "text": _escaped(" ".join(filter(None, (f"[{priority}]", title)))[:_SECTION]),
            "mrkdwn": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "blocks": shown,
            "attachments": [{"color": _COLOURS[priority], "blocks": blocks}],
        }

    def _mention(self, priority: str) -> str:
        grave = PRIORITIES.index(priority) >= PRIORITIES.index(self.config.mention_from)
        return f"<!{self.config.mention}>" if self.config.mention and grave else ""


def _header(title: str) -> dict[str, Any]:
    """Plain text: Slack reads nothing into it."""
    return {"type": "header", "text": {"type": "plain_text", "text": _short(title or "finopsnb", _HEADER), "emoji": False}}


def _sections(text: str) -> list[dict[str, Any]]:
    return [{"type": "section", "text": _words(text, _SECTION)}] if text else []


def _facts(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    fields = [_words(f"{name}: {value}", _FIELD) for name, value in list(facts.items())[:_FIELDS]]
    return [{"type": "section", "fields": fields}] if fields else []


def _context(priority: str, told: Mapping[str, Any]) -> dict[str, Any]:
    parts = [f"priority {priority}", str(told.get("event") or "").replace("_", " ")]
    return {"type": "context", "elements": [_words(" · ".join(filter(None, parts)), _FIELD)]}


def _words(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _short(text, longest), "emoji": False}


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _escaped(text: str) -> str:
    """Slack's three characters; what is written so is no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
