"""Messages as signed JSON to any address that takes them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from finopsnb.plugins import PluginMetadata, PluginType

from ._posting import PostedPlugin, PostedSettings, priority_of, title_and_rest

__all__ = ["WebhookPlugin"]


class WebhookPlugin(PostedPlugin):
    """Posts each message as JSON, with ``Idempotency-Key`` and, where there is a secret, a signature.

    ``X-Finopsnb-Signature`` is ``v1=`` and the HMAC-SHA256, in hexadecimal digits, of ``X-Finopsnb-Timestamp`` (seconds since 1970), a full
    stop and the body. A receiver compares it in constant time, refuses what is older than five minutes, and answers 2xx to a
    message whose Idempotency-Key it has seen.
    """

    class Config(PostedSettings):
        """Where to, and what it is signed with."""

        secret: SecretStr | None = Field(None, min_length=16, description="What messages are signed with, as a reference: env:NAME")
        headers: dict[str, str] = Field(
            default_factory=dict, description="Further headers; one with a secret is better given in the address"
        )

    metadata = PluginMetadata(
        name="webhook",
        version="1.0.0",
        author="The finopsnb authors",
        description="Posts messages as JSON, signed with HMAC-SHA256, each with a key by which a second delivery is known.",
        plugin_type=PluginType.NOTIFICATION,
        tags=("notification", "webhook"),
        license="Apache-2.0",
    )
    deduplicates: ClassVar[bool] = True

    config: Config

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        """Post one message; raises DeliveryError where nobody took it."""
        told = dict(metadata or {})
        body = self._body(message, priority, told)
        return self.post(body, {**self.config.headers, **self._signed(body), **_key(told)})

    def preview_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON that would be posted."""
        body: dict[str, Any] = json.loads(self._body(message, priority, dict(metadata or {})))
        return body

    def _body(self, message: str, priority: str, told: dict[str, Any]) -> bytes:
        title, _ = title_and_rest(message, told | {"again": False})
        rest = {name: value for name, value in told.items() if name not in ("chart", "idempotency_key", "title")}
        body = {"id": told.get("idempotency_key"), "title": title, "message": message, "priority": priority_of(priority), **rest}
        return json.dumps(body, ensure_ascii=False, default=str, sort_keys=True).encode()

    def _signed(self, body: bytes) -> dict[str, str]:
        if self.config.secret is None:
            return {}
        at = str(int(time.time()))
        key = self.config.secret.get_secret_value().encode()
        digest = hmac.new(key, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Finopsnb-Timestamp": at, "X-Finopsnb-Signature": f"v1={digest}"}


def _key(told: dict[str, Any]) -> dict[str, str]:
    key = told.get("idempotency_key")
    return {"Idempotency-Key": str(key)} if key else {}
