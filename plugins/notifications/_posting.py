"""What the channels that are posted to over HTTP have in common: a guarded request, and how its failures are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from finopsnb.errors import FinopsError, OutboundRefused
from finopsnb.plugins.messages import SubscribedPlugin, Subscription
from finopsnb.plugins.outbound import Outbound

__all__ = ["AGAIN", "PRIORITIES", "PostedPlugin", "PostedSettings", "priority_of", "title_and_rest"]

PRIORITIES = ("low", "normal", "high", "critical")
#: what stands before a message of which nobody knows whether it arrived
AGAIN = "(perhaps for the second time) "


class PostedSettings(Subscription):
    """Where a channel is, and which hosts it may be on."""

    webhook_url: SecretStr = Field(description="Where messages are posted to; whoever has it can post there, so give a reference: env:NAME")
    allowed_hosts: list[str] = Field(
        default_factory=list, description="Hosts by name that may be private or of another kind: chat.corp.example, 127.0.0.1:8080"
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, hosts: list[str]) -> list[str]:
        try:
            Outbound(hosts)
        except FinopsError as error:
            raise ValueError(error.why) from None
        return hosts


class PostedPlugin(SubscribedPlugin):
    """Posts JSON to ``webhook_url``, which is on one of ``hosts`` (any public one where there are none) or of ``allowed_hosts``."""

    hosts: ClassVar[tuple[str, ...]] = ()
    config: PostedSettings

    def initialize(self) -> None:
        """Make the guard; nothing is looked up or connected to."""
        allowed = self.config.allowed_hosts
        self.outbound = Outbound(allowed, only_hosts=[*self.hosts, *allowed] if self.hosts else ())
        self._require_https()

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> bool:
        """True when the channel took it. Raises DeliveryError and OutboundRefused."""
        given = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        self.outbound.request("POST", self.config.webhook_url.get_secret_value(), body=body, headers=given).accepted()
        return True

    def _require_https(self) -> None:
        """Only a host that is allowed by name may be posted to over http."""
        url = self.config.webhook_url.get_secret_value().lower()
        if url.startswith("http://") and not self.config.allowed_hosts:
            raise OutboundRefused(
                f"{self.name} posts over https only.",
                why="Over http everybody on the way reads the address, which is all that it takes to post there.",
                hint='webhook_url="https://...", or allowed_hosts=["the.host"] for one of your own',
            )
        self.outbound.https_only = not self.config.allowed_hosts


def priority_of(priority: str) -> str:
    """One of the four; what nobody knows is normal."""
    return priority if priority in PRIORITIES else "normal"


def title_and_rest(message: str, metadata: Mapping[str, Any]) -> tuple[str, str]:
    """The title, and the message without it: a message says its title in its first line."""
    lines = message.splitlines() or [""]
    title = str(metadata.get("title") or lines[0])
    rest = "\n".join(lines[1:] if lines[0].strip() == title.strip() else lines)
    return (AGAIN if metadata.get("again") else "") + title, rest.strip()
