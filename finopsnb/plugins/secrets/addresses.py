"""Secrets inside addresses: a password or a token before the host, a signature or a token in the query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

from finopsnb.plugins.secrets.forms import COVER
from finopsnb.plugins.secrets.secret import Secret, is_secret_name

__all__ = ["Address", "secrets_in", "stands_for_container", "without_secrets"]

_ADDRESS = re.compile(r"\s*(?P<scheme>[A-Za-z][\w+.:-]*)://((?P<user>[^/?#\s]*)@)?")
_PAIR = re.compile(r"(?P<start>[?&;#](?P<name>[^=&;#/]*)=)(?P<value>[^&;#]*)")
_BARE = re.compile(r"\?(?P<value>[^=&;#/]+)$")
_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-][\d:]+)?)?")

#: last words of names in a query that are no secret's elsewhere
_KEYS = frozenset({"sig", "signature", "key", "code", "auth", "pass"})
#: other values are words and dates while they are short, and would be covered wherever they stand
_LONG = 16
_WITH_CONTAINER = frozenset({"abfs", "abfss", "az", "wasb", "wasbs"})


class Address(Secret):
    """An address with a secret in it: it opens what it opens, and shows itself without the secret.

    >>> Address("https://me:pass@host/bill.csv?month=10&sig=abc")
    'https://****@host/bill.csv?month=10&sig=****'
    """

    __slots__ = ()

    @property
    def holds_secrets(self) -> bool:
        """Whether there is anything in it to hide."""
        return without_secrets(str(self)) != str(self)

    def __repr__(self) -> str:
        return repr(without_secrets(str(self)))


def without_secrets(text: str) -> str:
    """An address as it may be shown; any other text is as it was."""
    found = _ADDRESS.match(text) if "://" in text else None
    if found is None:
        return text
    start, rest = found[0], text[found.end() :]
    if _user(found):
        start = f"{start[: found.start('user') - found.start()]}{COVER}@"
    rest = _PAIR.sub(lambda pair: f"{pair['start']}{COVER}" if _is_secret(pair["name"], pair["value"]) else pair[0], rest)
    return start + _BARE.sub(lambda bare: f"?{COVER}" if _is_long(bare["value"]) else bare[0], rest)


def secrets_in(text: str) -> Iterator[str]:
    """What an address holds that is to be covered wherever it stands, as it is written and as it is meant."""
    found = _ADDRESS.match(text) if "://" in text else None
    if found is None:
        return
    user, _, password = _user(found).partition(":")
    for part in (user if not password or _is_long(user) else "", password):
        yield from {part, unquote(part)}
    pairs = [pair["value"] for pair in _PAIR.finditer(text, found.end()) if _is_secret(pair["name"], pair["value"])]
    bare = [one["value"] for one in _BARE.finditer(text, found.end()) if _is_long(one["value"])]
    for value in (*pairs, *bare):
        yield from {value, unquote_plus(value)}


def stands_for_container(scheme: str, user: str) -> bool:
    """Whether what stands before the host is a container of Azure, ``abfss://container@account``, and nobody's name."""
    return scheme.lower() in _WITH_CONTAINER and ":" not in user


def _user(found: re.Match[str]) -> str:
    """What stands before the host and is no container."""
    user = found["user"] or ""
    return "" if stands_for_container(found["scheme"], user) else user


def _is_secret(name: str, value: str) -> bool:
    last = re.split(r"[^a-z0-9]+", name.lower())[-1]
    return value != "" and (is_secret_name(name) or last in _KEYS or _is_long(value))


def _is_long(value: str) -> bool:
    return len(value) >= _LONG and _TIME.fullmatch(unquote_plus(value)) is None
