"""Calls as code: the Python and the magic that do the same; what was clicked can be kept in a cell.

Secrets come out as references: a literal one, which lives in memory only, as the environment variable to put it in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, NamedTuple

from finopsnb.plugins.secrets import Secret

__all__ = ["Code", "called", "loading", "variable_of", "word"]


class Code(NamedTuple):
    """One call, as Python and as a magic."""

    python: str
    magic: str

    def __str__(self) -> str:
        return f"# Python\n{self.python}\n\n# or the magic\n{self.magic}"


def called(verb: str, *names: str, magic: str = "", **options: Any) -> Code:
    """A verb of the session on names and keyword arguments; ``magic`` is its line where that is not VERB NAMES.

    >>> called("unload", "aws-cur")
    Code(python='session.unload("aws-cur")', magic='%finops unload aws-cur')
    """
    given = ", ".join([*(_text(name) for name in names), *(f"{key}={_python(value)}" for key, value in options.items())])
    return Code(f"session.{verb}({given})", f"%finops {magic or ' '.join([verb, *map(word, names)])}")


def loading(name: str, config: Mapping[str, Any], *, loaded: bool = False) -> Code:
    """What loads a plugin with exactly these settings; a loaded one is reloaded by it.

    >>> print(loading("bills", {"rows": 3, "path": "my exports/*.csv"}))
    # Python
    session.load("bills", {"rows": 3, "path": "my exports/*.csv"})
    <BLANKLINE>
    # or the magic
    %finops load bills rows=3 path="my exports/*.csv"
    """
    known = _plain(name, config)
    if not known:
        again = (f"session.unload({_text(name)})\n", f"%finops unload {name}\n") if loaded else ("", "")
        return Code(f"{again[0]}session.load({_text(name)})", f"{again[1]}%finops load {name}")
    return Code(f"session.load({_text(name)}, {_python(known)})", _line(name, known) or _cell(name, known))


def variable_of(name: str, key: str) -> str:
    """The environment variable for a secret of a plugin.

    >>> variable_of("aws-cur", "auth.api_key")
    'AWS_CUR_AUTH_API_KEY'
    """
    return re.sub(r"\W+", "_", f"{name}_{key}").upper()


def _plain(name: str, value: Any, key: str = "") -> Any:
    """Settings as TOML could hold them; what Python alone can say (None) stays."""
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, Secret):
        return value.reference or f"env:{variable_of(name, key)}"
    if isinstance(value, Mapping):
        return {str(k): _plain(name, item, f"{key}.{k}".lstrip(".")) for k, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_plain(name, item, key) for item in items]
    if isinstance(value, Enum):
        return _plain(name, value.value, key)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, PurePath | Decimal) else value


def _python(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_text(key)}: {_python(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_python, value))}]"
    return repr(value)


def _line(name: str, config: Mapping[str, Any]) -> str:
    """The line of ``%finops load``, or "" where a line cannot say it."""
    words = [(key, _value(value)) for key, value in _leaves(config)]
    if any(value is None or not re.fullmatch(r"[\w.-]+", key) for key, value in words):
        return ""
    return " ".join(["%finops load", name, *(f"{key}={value}" for key, value in words)])


def _leaves(config: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value and "." not in key:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _value(value: Any) -> str | None:
    """The value behind ``key=``; None where a line cannot hold it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return word(value) if value.isprintable() else None
    if isinstance(value, float) and value - value == 0:
        return repr(value) if re.fullmatch(r"-?\d+\.\d+", repr(value)) else None
    if isinstance(value, list) and not any(isinstance(item, list | Mapping) for item in value):
        return _toml(value)
    return None


def word(text: str) -> str:
    """A word of a line; in quotes where its type or its end would be guessed otherwise."""
    if re.fullmatch(r"[A-Za-z_/*:][\w./*:@,-]*", text) and text not in ("true", "false"):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _cell(name: str, config: Mapping[str, Any]) -> str:
    """The cell of ``%%finops config``; it has no word for None, and says so."""
    left = [key for key, value in config.items() if _toml(value) is None]
    lines = [f"{_key(key)} = {written}" for key, value in config.items() if (written := _toml(value)) is not None]
    notes = [f"# {_key(key)}: only Python can say None" for key in left]
    return "\n".join(["%%finops config", f"[{name}]", *lines, *notes])


def _toml(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        items = [(key, _toml(item)) for key, item in value.items()]
        return None if any(item is None for _, item in items) else f"{{{', '.join(f'{_key(key)} = {item}' for key, item in items)}}}"
    if isinstance(value, list):
        found = [_toml(item) for item in value]
        return None if None in found else f"[{', '.join(map(str, found))}]"
    return repr(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _text(text: str) -> str:
    """Text between double quotes as Python, JSON and TOML all read it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
