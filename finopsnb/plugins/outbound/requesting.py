"""Guarded requests for whoever writes a plugin: ``Outbound().request("POST", url, json=...)``."""

from __future__ import annotations

import json as jsons
import socket
import ssl
from collections.abc import Collection, Mapping
from typing import Any

from finopsnb.errors import DeliveryError, OutboundRefused
from finopsnb.plugins.outbound.connecting import Resolve, checked, connected
from finopsnb.plugins.outbound.deadlines import Deadline, DeadlineSocket
from finopsnb.plugins.outbound.exchanging import HEAD_BYTES, Reply, exchanged, headers_of
from finopsnb.plugins.outbound.targets import host_name, target_of

__all__ = ["Outbound"]

CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 3.0, 10.0, 30.0
REPLY_BYTES = 64 * 2**10


class Outbound:
    """Sends requests to public addresses, and to hosts that the settings allow by name.

    ``allowed_hosts`` are hosts (``"jira.corp.example"``, ``"127.0.0.1"``, or with a port ``"127.0.0.1:8080"``) that may have any
    address; ``only_hosts``, where given, are the only ones that anything is sent to. ``connect_seconds`` bounds the
    connection, ``read_seconds`` each step of sending and reading, ``all_seconds`` the whole request, ``most_bytes`` the body of
    the reply. ``resolve`` looks names up as ``socket.getaddrinfo`` does. Each request has a connection of its own; threads may
    share an Outbound.

    >>> Outbound().request("GET", "http://169.254.169.254/latest/meta-data/")
    Traceback (most recent call last):
    ...
    finopsnb.errors.OutboundRefused: Nothing is sent to 169.254.169.254: that address is a metadata service.
    ...
    """

    def __init__(
        self,
        allowed_hosts: Collection[str] = (),
        *,
        only_hosts: Collection[str] = (),
        https_only: bool = False,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        all_seconds: float = ALL_SECONDS,
        most_bytes: int = REPLY_BYTES,
        resolve: Resolve = socket.getaddrinfo,
    ) -> None:
        self._allowed, self._only = _hosts(allowed_hosts), _hosts(only_hosts)
        self.https_only = https_only
        self.connect_seconds, self.read_seconds, self.all_seconds = connect_seconds, read_seconds, all_seconds
        self.most_bytes = most_bytes
        self._resolve = resolve
        self._tls: ssl.SSLContext | None = None

    def request(
        self, method: str, url: str, *, body: bytes | None = None, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send one request and return the reply, whatever its status but a redirect; ``reply.accepted()`` raises for what is no 2xx.

        ``json`` is sent as such, ``body`` as it is. Raises OutboundRefused where nothing may be sent, and DeliveryError where
        nothing came back: ``transient`` if the same may work later, ``uncertain`` if the server may have taken it all the same.
        Neither shows more of the URL than its host.
        """
        target = target_of(url)
        if json is not None:
            body = jsons.dumps(json, allow_nan=False).encode("ascii")
            headers = {"Content-Type": "application/json", **(headers or {})}
        clean = headers_of(method, headers or {})
        if self.https_only and target.scheme != "https":
            raise OutboundRefused(f"Nothing is sent to {target.host} over http.", why="Only https is allowed here.", hint="https://...")
        deadline = Deadline(self.all_seconds)
        sock = self._connected(target.host, target.port, deadline)
        try:
            if target.scheme == "https":
                sock = self._wrapped(sock, target.host, deadline)
            reading = DeadlineSocket(sock, deadline, self.read_seconds, self.most_bytes + HEAD_BYTES)
            return exchanged(reading, target, method, body, clean, self.most_bytes)
        finally:
            sock.close()

    def connect(self, host: str, port: int) -> socket.socket:
        """A guarded connection for another protocol, as SMTP; the caller closes it. Raises OutboundRefused, DeliveryError."""
        sock = self._connected(host_name(f"[{host}]" if ":" in host else host), port, Deadline(self.all_seconds))
        sock.settimeout(self.read_seconds)
        return sock

    def tls_context(self) -> ssl.SSLContext:
        """How certificates are verified: against those that the system trusts, by the name of the host."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    def _connected(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        if self._only and not _among(host, port, self._only):
            raise OutboundRefused(
                f"Nothing is sent to {host}.",
                why=f"The only hosts here are {', '.join(sorted(self._only))}.",
                hint="the settings of the plugin say which hosts it may reach",
            )
        allowed = _among(host, port, self._allowed)
        try:
            addresses = checked(host, port, self._resolve, allowed, deadline, self.connect_seconds)
            return connected(host, addresses, deadline, self.connect_seconds)
        except TimeoutError:
            raise DeliveryError(f"{host} cannot be reached.", why="It did not answer in time.", transient=True) from None

    def _wrapped(self, sock: socket.socket, host: str, deadline: Deadline) -> socket.socket:
        try:
            sock.settimeout(deadline.left(self.read_seconds))
            return self.tls_context().wrap_socket(sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            raise DeliveryError(f"The certificate of {host} is not to be trusted.", why=f"{error.verify_message}.") from None
        except OSError:
            raise DeliveryError(f"{host} does not speak TLS as it should.", why="Nothing was sent.", transient=True) from None

    def __repr__(self) -> str:
        return f"<Outbound allowed_hosts={sorted(self._allowed)} only_hosts={sorted(self._only)}>"


def _hosts(hosts: Collection[str]) -> frozenset[str]:
    """Hosts as they are compared; a text by itself is one host."""
    return frozenset(map(_listed, [hosts] if isinstance(hosts, str) else hosts))


def _listed(entry: str) -> str:
    host, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
        return f"{host_name(host)}:{int(port)}"
    return host_name(f"[{entry}]" if ":" in entry and not entry.startswith("[") else entry)


def _among(host: str, port: int, listed: frozenset[str]) -> bool:
    return host in listed or f"{host}:{port}" in listed
