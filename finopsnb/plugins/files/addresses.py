"""Addresses of files that are elsewhere, and how they are named: never with the password or the token in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from finopsnb.errors import SourceError
from finopsnb.plugins.secrets import is_secret_name, masker

__all__ = ["SCHEMES", "cover_secrets", "is_address", "public_name", "scheme_of", "source_name"]

#: the kinds of addresses, and the package that opens each
SCHEMES = {
    "s3": "s3fs",
    "http": "aiohttp",
    "https": "aiohttp",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
}

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
#: shorter values in an address are words and dates, and would be covered wherever they stand
_SECRET_LENGTH = 16


def is_address(path: str | Path) -> bool:
    """Whether a path is an address.

    >>> [is_address(path) for path in ("s3://bucket/bill.csv", "C:/bill.csv", "exports/*.csv")]
    [True, False, False]
    """
    return isinstance(path, str) and _ADDRESS.match(path) is not None


def scheme_of(address: str) -> str:
    """The kind of an address; raises SourceError for one that is not known."""
    found = _ADDRESS.match(address)
    scheme = found[1].lower() if found else ""
    if scheme not in SCHEMES:
        known = ", ".join(f"{one}://" for one in SCHEMES)
        raise SourceError(
            f"Nothing can be collected from {public_name(address)}.", why=f"The known addresses are {known}.", hint="a path on this machine"
        )
    return scheme


def public_name(address: str) -> str:
    """An address as it may be shown and stored: without user, password and query.

    >>> public_name("https://me:pass@host:8080/bill.csv?sig=abc#top"), public_name("s3://bucket/2024/*.csv")
    ('https://host:8080/bill.csv', 's3://bucket/2024/*.csv')
    """
    scheme, rest = address.split("://", 1)
    query = r"[?#].*" if scheme.lower() in ("http", "https") else r"\?[^/?]*=.*"
    rest = re.sub(query, "", rest)
    place, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{place.rpartition('@')[2]}{slash}{path}"


def source_name(path: str) -> str:
    """What a source is called by its path: absolute, so that it is the same from every working folder, and without secrets.

    >>> source_name("https://me:pass@host/bill.csv?sig=abc")
    'https://host/bill.csv'
    """
    return public_name(path) if is_address(path) else str(Path(path).expanduser().absolute())


def cover_secrets(address: str, options: Mapping[str, Any]) -> None:
    """Have the process's masker cover what is secret in an address and in the settings of its file system."""
    for value in (*_secrets_in(address), *_secrets_under("", options)):
        masker.add(value)


def _secrets_in(address: str) -> Iterator[str]:
    parts = urlsplit(address)
    yield parts.password or ""
    yield from (value for _, value in parse_qsl(parts.query) if len(value) >= _SECRET_LENGTH)
    yield parts.query if len(parts.query) >= _SECRET_LENGTH else ""


def _secrets_under(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secrets_under(str(key), item)
    elif isinstance(value, str) and (name == "key" or is_secret_name(name)):
        yield value
