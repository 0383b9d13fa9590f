"""What a secret is: a string that hides, the names under which secrets go, and the shape of a reference to one."""

from __future__ import annotations

import re
from typing import Any, NoReturn, SupportsIndex

from finopsnb.plugins.secrets.forms import COVER
from finopsnb.plugins.secrets.references import REFERENCE

__all__ = ["Secret", "is_reference", "is_secret_name"]

_WORDS = frozenset(
    {"password", "passwords", "passwd", "pwd", "passphrase", "passcode", "secret", "secrets", "token", "tokens"}
    | {"credential", "credentials", "authorization", "bearer", "webhook", "dsn", "cookie"}
)
_COMPOUNDS = re.compile(
    r"apikey|apitoken|(access|private|secret|account|signing|encryption|shared|master|subscription|storage)key"
    r"|connectionstring|webhook|authtoken|password"
)
#: a last word that makes the name one about a secret, and first words that count language model tokens
_ABOUT = frozenset(
    {"name", "names", "path", "file", "files", "column", "type", "url", "uri", "endpoint", "ttl", "seconds", "minutes"}
    | {"count", "limit", "limits", "budget", "price", "cost", "timeout", "expiry", "expires"}
)
_COUNTED = frozenset({"max", "min", "number", "total", "input", "output", "prompt", "completion", "cached"})


class Secret(str):
    """A string that shows itself as ``'****'``; ``reference`` is where it came from, where that is known.

    ``str()``, ``format()`` and encoding give the value, since libraries need it. It cannot be pickled, and a copy of
    it is itself.

    >>> token = Secret("s3cr3t-value", "env:TOKEN")
    >>> token, ["Bearer " + token], token.reference
    ('****', ['****'], 'env:TOKEN')
    """

    __slots__ = ("reference",)
    reference: str

    def __new__(cls, value: str = "", reference: str = "") -> Secret:
        self = super().__new__(cls, value)
        self.reference = reference
        return self

    def __repr__(self) -> str:
        return f"'{COVER}'"

    # what is cut from a secret or put before it stays one: rich shortens long strings before it shows them
    def __getitem__(self, key: SupportsIndex | slice) -> Secret:
        return Secret(super().__getitem__(key))

    def __add__(self, other: str) -> Secret:
        return Secret(super().__add__(other))

    def __radd__(self, other: str) -> Secret:
        return Secret(other.__add__(str(self)))

    def strip(self, chars: str | None = None) -> Secret:
        return Secret(super().strip(chars), self.reference)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: Any) -> Secret:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret cannot be pickled: keep its reference (env:, file:, keyring:) instead")


def is_secret_name(key: object) -> bool:
    """Whether a setting of this name holds a secret.

    >>> [is_secret_name(key) for key in ("api_key", "slackWebhookUrl", "DB_PASSWORD", "password_file", "path")]
    [True, True, True, False, False]
    """
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(key)).lower())
    if words[-2:] == ["webhook", "url"] or words[-2:] == ["database", "url"]:
        return True
    if not words or words[-1] in _ABOUT or words[0] in _COUNTED or "per" in words:
        return False
    return not _WORDS.isdisjoint(words) or _COMPOUNDS.search("".join(words)) is not None


def is_reference(value: object) -> bool:
    """Whether ``value`` says where a secret is, instead of being one.

    >>> [is_reference(value) for value in ("env:TOKEN", "file:~/.token", "keyring:slack/me", "file:///data/x.csv")]
    [True, True, True, False]
    """
    return isinstance(value, str) and not isinstance(value, Secret) and REFERENCE.fullmatch(value) is not None
