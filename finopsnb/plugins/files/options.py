"""What a file system is opened with: passwords, tokens and headers under whatever name its library gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finopsnb.plugins.secrets import masker

__all__ = ["hidden_options"]

#: what may be shown; any other text of the options is taken for a secret
_SHOWN = frozenset(
    {"endpoint_url", "endpoint", "region", "region_name", "location", "profile", "project", "account_name", "account_host"}
    | {"signature_version", "addressing_style", "api_version", "protocol", "encoding", "consistency", "access"}
    | {"cache_type", "default_cache_type", "compression", "verify", "ca_bundle"}
)


def hidden_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which every text hides itself unless it is harmless by its name; the masker covers what is hidden.

    >>> hidden_options({"endpoint_url": "http://host", "client_kwargs": {"auth": ["me", "pass"]}, "anon": False})
    {'endpoint_url': 'http://host', 'client_kwargs': {'auth': ['****', '****']}, 'anon': False}
    """
    return {key: _hidden(str(key), value) for key, value in options.items()}


def _hidden(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return hidden_options(value)
    if hasattr(value, "_asdict"):  # such as aiohttp.BasicAuth, which has to stay what it is
        hidden_options(value._asdict())
    elif isinstance(value, list | tuple | set):
        return type(value)(_hidden(name, item) for item in value)
    elif isinstance(value, bytes):
        masker.add(value.decode("utf-8", "replace"))
    elif isinstance(value, str):
        return masker.hide(value, secret=name not in _SHOWN)
    return value
