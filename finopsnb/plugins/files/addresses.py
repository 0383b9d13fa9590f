"""Addresses of files that are elsewhere, and how they are named: never with the password or the token in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from finopsnb.errors import SourceError
from finopsnb.plugins.files.options import hidden_options
from finopsnb.plugins.secrets import is_secret_name, masker
from finopsnb.plugins.secrets.addresses import stands_for_container

__all__ = ["SCHEMES", "cover_secrets", "is_address", "public_name", "scheme_of", "source_name", "without_query"]

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

_WEB_QUERY = re.compile(r"(\?(?P<query>[^#]*))?(#.*)?$", re.DOTALL)
_QUERY = re.compile(r"\?(?P<query>[^/?]*=.*)", re.DOTALL)
_DIGEST = re.compile(r"\?query=[0-9a-f]{8}$")

#: what a signature adds to the query of an address, and, beside ``sig``, a shared access signature of Azure
_SIGNING = frozenset({"sig", "signature", "expires", "policy", "key-pair-id", "awsaccesskeyid", "googleaccessid"})
_SHARED_ACCESS = re.compile("s[vsptrei]|srt|spr|sip|ses|sdd|skoid|sktid|sk[tesv]|saoid|suoid|scid")

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


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
    """An address as it may be shown and stored: without user and password, and of its query a digest of what is no signature.

    >>> public_name("https://me:pass@host:8080/bill.csv?sig=abc#top"), public_name("s3://bucket/2024/*.csv")
    ('https://host:8080/bill.csv', 's3://bucket/2024/*.csv')
    >>> public_name("https://host/download?month=2026-10&token=abc")
    'https://host/download?query=585c5ba4'
    """
    scheme, rest = address.split("://", 1)
    query = _WEB_QUERY if scheme.lower() in ("http", "https") else _QUERY
    rest = query.sub(lambda found: _digest(found["query"] or ""), rest)
    place, slash, path = rest.partition("/")
    user, _, host = place.rpartition("@")
    container = f"{user}@" if user and stands_for_container(scheme, user) else ""
    return f"{scheme.lower()}://{container}{host}{slash}{path}"


def without_query(name: str) -> str:
    """A public name without its digest, so that it ends as the file's path does.

    >>> without_query("https://host/bill.csv?query=585c5ba4")
    'https://host/bill.csv'
    """
    return _DIGEST.sub("", name)


def _digest(query: str) -> str:
    """What an address asks for, so that two addresses are two names, and one that is signed anew is the same."""
    if _DIGEST.fullmatch(f"?{query}"):
        return f"?{query}"
    asked = parse_qsl(query, keep_blank_values=True)
    is_shared = any(name.lower() == "sig" for name, _ in asked)
    left = sorted((name, value) for name, value in asked if not _signs(name.lower(), is_shared) and not is_secret_name(name))
    return f"?query={sha256(urlencode(left).encode()).hexdigest()[:8]}" if left else ""


def _signs(name: str, is_shared: bool) -> bool:
    shared = is_shared and _SHARED_ACCESS.fullmatch(name) is not None
    return shared or name in _SIGNING or name.startswith(("x-amz-", "x-goog-"))


def source_name(path: str) -> str:
    """What a source is called by its path: absolute, so that it is the same from every working folder, and without secrets.

    >>> source_name("https://me:pass@host/bill.csv?sig=abc")
    'https://host/bill.csv'
    """
    return public_name(path) if is_address(path) else str(Path(path).expanduser().absolute())


def cover_secrets(address: str, options: Mapping[str, Any]) -> None:
    """Have the process's masker cover what is secret in an address and in the settings of its file system."""
    masker.add_address(address)
    hidden_options(options)
