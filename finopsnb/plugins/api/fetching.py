"""One HTTP client for all plugins: GET, JSON, patience with servers that are busy, and none with those that are not there.

    ask ──200──▶ read, never more than the limit ──▶ JSON with the digits as they are printed
     ▲ ├──429, 5xx, a broken connection──▶ wait as the server says, else 1, 2, 4, 8 s ──┐
     └─┼────────────────────────────────────────────────────────────────────────────────┘
       └──nobody there, 4xx──▶ SourceError

Addresses in errors carry no user, no password and no query. Nothing here logs what is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from finopsnb.errors import FinopsError, SourceError
from finopsnb.plugins.api.replies import parsed
from finopsnb.plugins.decorators.calls import clock
from finopsnb.plugins.files.addresses import public_name, without_query
from finopsnb.plugins.secrets import masker

if TYPE_CHECKING:
    import urllib3

__all__ = ["Server"]

CONNECT_SECONDS, READ_SECONDS = 3.0, 30.0
REPLY_BYTES = 64 * 2**20
ATTEMPTS = 5
LONGEST_WAIT = 120.0
_BUSY = frozenset({429, 500, 502, 503, 504, 529})
_CHUNK_BYTES = 2**16
_SHOWN = 200

Query = Mapping[str, str | list[str]]


@dataclass
class Server:
    """A server at ``url``; a context manager. ``headers`` may hold secrets; ``hint`` is what to do when nobody is there."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hint: str = ""
    key_hint: str = "a key that may read this"
    reply_bytes: int = REPLY_BYTES
    _pool: Any = field(default=None, init=False, repr=False)

    def __enter__(self) -> Server:
        self._pool = _pool(self.url)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.clear()

    def get(self, path: str, query: Query) -> Any:
        """What the server answers to ``path``, parsed; raises SourceError."""
        address = f"{self.url.rstrip('/')}{path}"
        for attempt in range(1, ATTEMPTS + 1):
            status, body, after = self._ask(address, query)
            if status == 200:
                return parsed(body, f"The reply of {shown(address)}")
            if status not in _BUSY and status != 0:
                raise self._refused(address, status, body)
            if attempt < ATTEMPTS:
                clock.sleep(self._wait(address, after, attempt))
        why = f"It answered {status} {ATTEMPTS} times: {_beginning(body)}" if status else f"The connection broke {ATTEMPTS} times."
        raise SourceError(f"{shown(address)} does not answer; nothing was stored.", why=why, hint="collect again later")

    def pages(self, path: str, query: Query, parameter: str = "page") -> Iterator[Any]:
        """The pages of an answer that says ``has_more`` and ``next_page``, which is sent back as ``parameter``."""
        seen: set[str] = set()
        while True:
            page = self.get(path, query)
            yield page
            if not (isinstance(page, dict) and page.get("has_more")):
                return
            following = str(page.get("next_page") or "")
            if not following or following in seen:
                address = shown(f"{self.url.rstrip('/')}{path}")
                raise SourceError(f"{address} says that there is more, and not where; nothing was stored.", hint="collect again later")
            seen.add(following)
            query = {**query, parameter: following}

    def _ask(self, address: str, query: Query) -> tuple[int, bytes, str]:
        """Status (0 where the connection broke), body, and what the server says of when to come again."""
        import urllib3

        target = f"{address}?{urlencode(query, doseq=True)}" if query else address
        options: dict[str, Any] = {"preload_content": False, "redirect": False, "retries": False, "headers": dict(self.headers)}
        try:
            answer = self._pool.request("GET", target, **options)
            try:
                return answer.status, self._body(address, answer), answer.headers.get("Retry-After", "")
            finally:
                answer.close()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.SSLError) as error:
            raise self._unreachable(address, error) from None
        except urllib3.exceptions.HTTPError as error:
            if isinstance(error, urllib3.exceptions.ProxyError | urllib3.exceptions.LocationValueError):
                raise self._unreachable(address, error) from None
            return 0, b"", ""

    def _body(self, address: str, answer: urllib3.BaseHTTPResponse) -> bytes:
        """All of it, expanded; a few kilobytes that expand without end are cut off as well."""
        body = bytearray()
        for chunk in answer.stream(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self.reply_bytes:
                megabytes = self.reply_bytes // 2**20
                raise SourceError(
                    f"The reply of {shown(address)} is longer than {megabytes} MB; it was not read on, and nothing was stored."
                )
        return bytes(body)

    def _wait(self, address: str, after: str, attempt: int) -> float:
        seconds = _seconds(after)
        if seconds is None:
            return float(2 ** (attempt - 1))
        if seconds > LONGEST_WAIT:
            raise SourceError(f"{shown(address)} is busy; nothing was stored.", why=f"It asks to come again in {seconds:.0f} seconds.")
        return seconds

    def _unreachable(self, address: str, error: Exception) -> SourceError:
        why = masker.mask(str(error).split(": ", 1)[-1])[:_SHOWN]
        return SourceError(f"{shown(address)} cannot be reached; nothing was stored.", why=why, hint=self.hint)

    def _refused(self, address: str, status: int, body: bytes) -> SourceError:
        hint = self.key_hint if status in (401, 403) else ""
        return SourceError(f"{shown(address)} refused with {status}; nothing was stored.", why=_beginning(body), hint=hint)


def shown(address: str) -> str:
    """An address as it may be shown: no user, no password, no query.

    >>> shown("http://me:secret@localhost:9003/allocation?window=1d")
    'http://localhost:9003/allocation'
    """
    return without_query(public_name(address))


def _pool(url: str) -> Any:
    """Connections to a server, through the proxy that the environment names for it."""
    from urllib.request import getproxies, proxy_bypass

    try:
        import urllib3
    except ImportError as error:
        raise FinopsError("Collecting over HTTP needs the package urllib3.", hint='pip install "finopsnb[http]"') from error
    options: dict[str, Any] = {"timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS), "retries": False}
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, **options)
    return urllib3.PoolManager(**options)


def _seconds(after: str) -> float | None:
    """What Retry-After says, seconds or a date; None where it says neither.

    >>> _seconds("7"), _seconds("soon")
    (7.0, None)
    """
    try:
        return max(0.0, float(after)) if after.strip().isdecimal() else max(0.0, _until(after))
    except (ValueError, TypeError):
        return None


def _until(date: str) -> float:
    return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()


def _beginning(body: bytes) -> str:
    text = " ".join(body[: 4 * _SHOWN].decode("utf-8", errors="replace").split())
    return masker.mask(text[:_SHOWN]) or "It says nothing more."
