"""Requests to a tracker: guarded, patient where it is busy, and never repeated where that could make a second ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from finopsnb.errors import DeliveryError
from finopsnb.plugins.decorators.calls import clock
from finopsnb.plugins.outbound import Outbound, Reply

__all__ = ["Api", "pause", "understood"]

_ATTEMPTS = 4
_LONGEST_WAIT = 120.0
_REPLY_BYTES = 4 * 2**20
_GONE = (404, 410)


def pause(seconds: float) -> None:
    """Wait, by the clock that tests put their own into."""
    clock.sleep(seconds)


@contextmanager
def understood(url: str) -> Iterator[None]:
    """Whatever an answer lacks that is documented, as DeliveryError: it may have been done all the same."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        host = urlsplit(url).hostname
        why = f"{type(error).__name__} while it was read."
        raise DeliveryError(f"{host} answers as no tracker does.", why=why, hint="check the address", uncertain=True) from error


class Api:
    """A tracker at ``url``, over https. Of ``allowed_hosts`` a tracker may be one in the own network, over http too.

    A step of an answer takes ``seconds`` at most, all of it thrice that.
    """

    def __init__(self, url: str, headers: Mapping[str, str], allowed_hosts: list[str], seconds: float) -> None:
        self.url = url.rstrip("/")
        self._headers = dict(headers)
        self._outbound = Outbound(
            allowed_hosts, https_only=not allowed_hosts, read_seconds=seconds, all_seconds=3 * seconds, most_bytes=_REPLY_BYTES
        )

    def get(self, path: str) -> Reply | None:
        """The reply, or None where there is nothing. Raises DeliveryError, OutboundRefused."""
        reply = self._patiently("GET", path, None, repeat=True)
        return None if reply.status in _GONE else reply.accepted()

    def ask(self, path: str, question: Any) -> Any:
        """What a POST answers that changes nothing, as a search."""
        return self._patiently("POST", path, question, repeat=True).accepted().json()

    def put(self, method: str, path: str, content: Any) -> None:
        """Say again how something is to be: doing it twice is as good as once."""
        self._patiently(method, path, content, repeat=True).accepted()

    def make(self, path: str, content: Any) -> Any:
        """Make something new; only repeated where the server says that it did nothing."""
        return self._patiently("POST", path, content, repeat=False).accepted().json()

    def _patiently(self, method: str, path: str, content: Any, repeat: bool) -> Reply:
        for attempt in range(1, _ATTEMPTS + 1):
            wait = float(2 ** (attempt - 1))
            try:
                reply = self._outbound.request(method, f"{self.url}{path}", json=content, headers=self._headers)
            except DeliveryError as error:
                if not (error.transient and repeat) or attempt == _ATTEMPTS:
                    raise
                pause(wait)
                continue
            if attempt == _ATTEMPTS or not _again(reply, repeat):
                return reply
            wait = wait if reply.retry_after is None else reply.retry_after
            if wait > _LONGEST_WAIT:
                return reply
            pause(wait)
        raise AssertionError("every attempt returns or raises")


def _again(reply: Reply, repeat: bool) -> bool:
    """429, or 403 with a time to come again, say that nothing was done; a fault of the server says nothing."""
    limited = reply.status == 429 or (reply.status == 403 and reply.retry_after is not None)
    return limited or (repeat and reply.status >= 500)
