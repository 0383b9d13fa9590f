"""One request, one reply, over a connection that is there, and no more of either than was allowed."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from finopsnb.errors import DeliveryError, OutboundRefused
from finopsnb.plugins.outbound.deadlines import DeadlineSocket, TooLong
from finopsnb.plugins.outbound.targets import Target
from finopsnb.plugins.secrets import masker

__all__ = ["HEAD_BYTES", "Reply", "exchanged", "headers_of", "retry_seconds"]

#: what the head of a reply may take, besides its body
HEAD_BYTES = 32 * 2**10
#: statuses of a server that may take the same request later
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504, 529})
_METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect", "te", "upgrade"})
_SHOWN = 200


@dataclass(frozen=True)
class Reply:
    """What a server answered: ``status``, ``headers`` by their names in small letters, and the whole ``body``."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    host: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server took the request."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds after which the server wants to be asked again, where it says so."""
        return retry_seconds(self.headers.get("retry-after", ""))

    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON. Raises DeliveryError for anything else."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            what = f"The reply of {self.host} is not JSON."
            raise DeliveryError(what, why=self._beginning(), status=self.status, uncertain=True) from None

    def accepted(self) -> Reply:
        """This reply, if the server took the request; else raises DeliveryError, ``transient`` where it may be asked again."""
        if self.ok:
            return self
        why, later = self._beginning(), self.status in _LATER
        raise DeliveryError(
            f"{self.host} answered {self.status}.", why=why, status=self.status, transient=later, retry_after=self.retry_after
        )

    def _beginning(self) -> str:
        text = " ".join(masker.mask(self.text()).split())
        return text[:_SHOWN] or "It says nothing more."


def exchanged(sock: DeadlineSocket, target: Target, method: str, body: bytes | None, headers: Mapping[str, str], most_bytes: int) -> Reply:
    """Send the request and read the reply. Raises DeliveryError, ``uncertain`` where the server may have taken it all the same."""
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open, connection.sock = 0, sock
    try:
        _send(connection, target, method, body, headers)
        response = connection.getresponse()
        try:
            reply = Reply(response.status, {n.lower(): v for n, v in response.getheaders()}, _body(response, most_bytes), target.host)
        finally:
            response.close()
    except TooLong:
        raise _unread(target, f"Its reply is longer than {most_bytes // 1024} KiB.") from None
    except TimeoutError:
        raise _unread(target, "It did not answer in time.", transient=True) from None
    except (http.client.HTTPException, OSError, ValueError):
        raise _unread(target, "The connection broke before the reply was complete.", transient=True) from None
    return _no_redirect(reply)


def headers_of(method: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that hold nothing but themselves. Raises OutboundRefused for a line break in one, or one that is not the caller's."""
    if method not in _METHODS:
        raise OutboundRefused("The request cannot be sent.", why="Its method is none of " + ", ".join(sorted(_METHODS)) + ".")
    for name, value in headers.items():
        fits = isinstance(value, str) and not _CONTROL.search(value) and value.isascii()
        if not _TOKEN.fullmatch(name) or not fits:
            raise OutboundRefused("The request cannot be sent.", why="A header holds a line break, or what is not ASCII.")
        if name.lower() in _OURS:
            raise OutboundRefused("The request cannot be sent.", why=f"The header {name} is set by the request itself.")
    return {name: str(value).strip() for name, value in headers.items()}


def retry_seconds(after: str) -> float | None:
    """What Retry-After says, as seconds or a date; None where it says neither.

    >>> retry_seconds("7"), retry_seconds("soon"), retry_seconds("Wed, 21 Oct 2015 07:28:00 GMT")
    (7.0, None, 0.0)
    """
    text = after.strip()
    try:
        if text.isascii() and text.isdecimal():
            return float(text)
        at = parsedate_to_datetime(text)
        return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _send(connection: http.client.HTTPConnection, target: Target, method: str, body: bytes | None, headers: Mapping[str, str]) -> None:
    """Until the last byte was handed over the server has no whole request, and can have done nothing."""
    try:
        connection.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
        sized = {} if body is None and method in ("GET", "HEAD") else {"Content-Length": str(len(body or b""))}
        for name, value in {"Host": target.authority, "Connection": "close", **sized, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
    except OSError:
        raise DeliveryError(f"{target.host} broke the connection off.", why="It took no request.", transient=True) from None


def _body(response: http.client.HTTPResponse, most_bytes: int) -> bytes:
    """All of it. ``read(n)`` of http.client says nothing of a body that ends too early, so what was announced is compared."""
    parts: list[bytes] = []
    announced = response.length
    while part := response.read(2**14):
        parts.append(part)
        if sum(map(len, parts)) > most_bytes:
            raise TooLong
    if announced is not None and sum(map(len, parts)) != announced:
        raise http.client.IncompleteRead(b"")
    return b"".join(parts)


def _no_redirect(reply: Reply) -> Reply:
    if 300 <= reply.status < 400:
        raise DeliveryError(
            f"{reply.host} answered {reply.status}, which leads elsewhere, and no redirect is followed.",
            why="Where it leads was not checked.",
            hint="write the address that it leads to into the settings",
            status=reply.status,
        )
    return reply


def _unread(target: Target, why: str, *, transient: bool = False) -> DeliveryError:
    return DeliveryError(f"{target.host} took the request, and its reply cannot be read.", why=why, transient=transient, uncertain=True)
