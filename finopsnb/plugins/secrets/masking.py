"""The masker: covers secrets in text, data, log records and exceptions."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Mapping
from enum import Enum
from typing import Any, NoReturn, SupportsIndex

from finopsnb.plugins.secrets.addresses import Address, secrets_in, without_secrets
from finopsnb.plugins.secrets.forms import COVER, covered, forms_of
from finopsnb.plugins.secrets.secret import Secret, is_reference, is_secret_name

__all__ = ["Masker", "MaskingFilter", "masker"]

#: shorter values are hidden as objects, but as text they would take every second word with them
SHORTEST = 4


class Masker:
    """Covers secrets in text and data; the process has one, :data:`masker`.

    >>> own = Masker(); own.add("hunter2-hunter2")
    >>> own.mask("Basic aHVudGVyMi1odW50ZXIy, hunter2-hunter2")
    'Basic ****, ****'
    >>> own.mask_value({"path": "x.csv", "api_key": "abc", "token": "env:TOKEN"})
    {'path': 'x.csv', 'api_key': '****', 'token': 'env:TOKEN'}
    """

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()
        self._known: set[Secret] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Masker of {len(self._known)} secrets>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Masker cannot be pickled: it knows the secrets")

    def add(self, value: str) -> None:
        """Cover ``value`` from now on, in every form; values of fewer than 4 characters are left out."""
        text = str(value).strip()
        if len(text) < SHORTEST or not text.strip("*") or text in self._known:
            return
        with self._lock:
            self._known.add(Secret(text))
            self._forms = tuple({*self._forms, *map(Secret, forms_of(text))})

    def add_address(self, address: str) -> None:
        """Cover from now on what is secret in an address; any other text holds nothing to cover."""
        for secret in secrets_in(address):
            self.add(secret)

    def hide(self, value: str, secret: bool) -> str:
        """``value`` as it hides itself, and covered from now on: a secret whole, an address but for what is secret in it."""
        address = Address(value)
        if secret or (isinstance(value, Secret) and not isinstance(value, Address)):
            self.add(value)
            return value if type(value) is Secret else Secret(value)
        self.add_address(address)
        return address if address.holds_secrets else value

    def mask(self, text: str) -> str:
        """``text`` without the secrets."""
        found = tuple(form for form in self._forms if form in text)
        return covered(text, found) if found else text

    def mask_value(self, value: Any) -> Any:
        """``value`` as JSON-able data without the secrets: those under a secret's name are covered whoever they are.

        References stay readable, and so does the reference of a resolved secret, and an address but for what is secret in it.
        """
        if isinstance(value, Address):
            return without_secrets(str(value))
        if isinstance(value, Secret) or hasattr(value, "get_secret_value"):
            return _cover_of(value)
        if isinstance(value, Mapping):
            return {self.mask(str(key)): self._under(key, item) for key, item in value.items()}
        if hasattr(type(value), "model_fields"):
            return self.mask_value(dict(iter(value)))  # a field may be called keys, and dict() would call it
        if isinstance(value, list | tuple):
            return [self.mask_value(item) for item in value]
        if isinstance(value, set | frozenset):
            return sorted((self.mask_value(item) for item in value), key=str)
        return self._scalar(value)

    def mask_error(self, error: BaseException) -> BaseException:
        """``error`` as it may be chained and printed: itself, its text covered, or a stand-in of the same name.

        Its causes and contexts are covered with it. A traceback keeps its frames: their variables are Secrets where
        the plugin left them so.
        """
        if not self._is_told_by(error):
            return error
        parts = (error, error.__cause__, error.__context__)
        for part in filter(None, parts):
            part.args = tuple(self.mask(arg) if isinstance(arg, str) else arg for arg in part.args)
            if notes := getattr(part, "__notes__", None):
                notes[:] = map(self.mask, notes)
        return self._stand_in(error) if self._is_told_by(error) else error

    def _is_told_by(self, error: BaseException) -> bool:
        text = _printed(error)
        return self.mask(text) != text

    def _stand_in(self, error: BaseException) -> BaseException:
        kind = type(type(error).__name__, (Exception,), {"__module__": type(error).__module__})
        stand_in: BaseException = kind(self.mask(_text_of(error)))
        return stand_in.with_traceback(error.__traceback__)

    def _under(self, key: object, value: Any) -> Any:
        empty = value is None or value == "" or isinstance(value, bool)
        if not is_secret_name(key) or empty or is_reference(value):
            return self.mask_value(value)
        return _cover_of(value)

    def _scalar(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if value - value == 0 else str(value)
        if isinstance(value, Enum):
            return self.mask_value(value.value)
        return self.mask(without_secrets(_text_of(value)))


def _cover_of(value: Any) -> str:
    inner = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    reference = inner.reference if isinstance(inner, Secret) else inner
    return str(reference) if is_reference(reference) else COVER


def _text_of(value: Any) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a stranger's object may do anything
        return f"<{type(value).__name__}>"


def _printed(error: BaseException) -> str:
    """What Python prints of an exception and its chain, without the lines of source."""
    try:
        parts = traceback.TracebackException.from_exception(error, limit=0, lookup_lines=False).format()
        return "".join(parts)
    except Exception:  # noqa: BLE001 - a stranger's __str__ may do anything
        return ""


#: the one masker of the process; whoever writes text anywhere passes it through here
masker = Masker()


class MaskingFilter(logging.Filter):
    """Covers secrets in log records: message, arguments, traceback and extra fields.

    Put it on a handler to cover everything that it writes, or on a logger for what is logged there directly.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True; a traceback that holds a secret becomes text, so that no handler shows its variables."""
        message = _message_of(record)
        if (masked := masker.mask(message)) != message:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            text = logging.Formatter().formatException(record.exc_info)
            if (masked := masker.mask(text)) != text:
                record.exc_text, record.exc_info = masked, None
        for key, value in vars(record).items():
            if isinstance(value, str):
                vars(record)[key] = masker.mask(value)
        return True


def _message_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a wrong format string is logging's own to report
        return str(record.msg)
