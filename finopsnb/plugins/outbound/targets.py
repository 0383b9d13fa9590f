"""Reading a URL so strictly that whoever reads it later can only understand the same.

What two parsers read differently is refused: a user before the host, a backslash, white space, an address of IPv4 in any
spelling but its plain one (``2130706433``, ``0177.1`` and ``0x7f.0.0.1`` are all 127.0.0.1 to the system).
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

from finopsnb.errors import OutboundRefused

__all__ = ["Target", "host_name", "target_of"]

PORTS = {"http": 80, "https": 443}
_UNREADABLE = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
#: what may stand in a path and a query as it is; everything else is written as %XX
_PLAIN = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True)
class Target:
    """Where a request goes: ``path`` with its query is the secret of many webhooks, and never shown."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the header ``Host`` has them, the port only where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __repr__(self) -> str:
        return f"<Target {self.scheme}://{self.authority}>"


def target_of(url: str) -> Target:
    """The parts of an http or https URL. Raises OutboundRefused for every other, and names no more of it than the host."""
    text = str(url)
    if _UNREADABLE.search(text):
        raise _refused("it holds white space, a control character or a backslash")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise _refused("its host cannot be read") from None
    if parts.scheme not in PORTS:
        raise _refused(f"it begins with {parts.scheme[:20]}:" if parts.scheme else "it does not begin with http:// or https://")
    if "@" in parts.netloc:
        raise _refused("there is a user before its host")
    host, port = _host_and_port(parts.netloc, PORTS[parts.scheme])
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_PLAIN.replace("#", ""))
    return Target(parts.scheme, host, port, path)


def host_name(host: str) -> str:
    """A host as it is compared: in small letters, without a closing dot, by IDNA where it is not ASCII. Raises OutboundRefused.

    >>> host_name("Hooks.Slack.com."), host_name("127.0.0.1"), host_name("[::1]")
    ('hooks.slack.com', '127.0.0.1', '::1')
    """
    if host.startswith("[") and host.endswith("]"):
        return _version_six(host[1:-1])
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise _refused("its host is no name") from None
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise _refused("its host is no name")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        _require_plain(name)
    return name


def _host_and_port(netloc: str, usual: int) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]+)(?::([0-9]{0,5}))?", netloc)
    if found is None:
        raise _refused("its host cannot be read")
    port = int(found[2]) if found[2] else usual
    if not 0 < port < 65536:
        raise _refused(f"there is no port {port}")
    return host_name(found[1]), port


def _version_six(text: str) -> str:
    try:
        if "%" in text:
            raise ValueError(text)
        return str(IPv6Address(text))
    except ValueError:
        raise _refused("its host is no address of IPv6") from None


def _require_plain(name: str) -> None:
    """The system takes everything that ends with a number for an address: only its plain spelling is let pass."""
    try:
        meant = socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        raise _refused(f"{name} is neither a name nor an address") from None
    if meant != name:
        raise _refused(f"{name} is another spelling of {meant}")


def _refused(why: str) -> OutboundRefused:
    return OutboundRefused("The address is not one that a request is sent to.", why=f"{why[0].upper()}{why[1:]}.", hint="https://HOST/PATH")
