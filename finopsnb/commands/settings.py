"""Settings written on a line or in a cell: typed as their plugin declares them, and never a secret's own value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from finopsnb.commands.state import State
from finopsnb.commands.words import Word, literal, nested, pairs
from finopsnb.errors import FinopsError, SecretError

__all__ = ["options", "refuse_secrets", "settings"]

#: types whose values stay as they were typed: "007" is a name, and 0.1 is exact
_TEXT = re.compile(r"\b(str|string|text|decimal|path|url)\b", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def settings(state: State, name: str, given: Iterable[str]) -> dict[str, Any]:
    """``key=value`` words as settings of a plugin; dotted keys are tables. Raises SecretError for a literal secret."""
    raw = pairs(given)
    if not raw:
        return {}
    fields = {field["key"]: field for field in state.plugins.registry.fields(name)}
    _refuse(name, raw.items(), fields)
    return nested({key: _typed(value, fields.get(key, {})) for key, value in raw.items()})


def options(given: Iterable[str], owner: str) -> dict[str, Any]:
    """``key=value`` words as options of a verb or an event; raises SecretError for a literal secret."""
    raw = pairs(given)
    _refuse(owner, raw.items(), {})
    return nested({key: _typed(value, {}) for key, value in raw.items()})


def refuse_secrets(state: State, tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse literal secrets in the settings of several plugins, as a cell has them."""
    for name, table in tables.items():
        _refuse(name, _leaves(table), _fields_if_readable(state, name))


def _typed(value: Word, field: Mapping[str, Any]) -> Any:
    if value.quoted or (_TEXT.search(str(field.get("type", ""))) and not value.startswith("[")):
        return str(value)
    return literal(str(value))


def _refuse(name: str, given: Iterable[tuple[str, Any]], fields: Mapping[str, Mapping[str, Any]]) -> None:
    from finopsnb.plugins.secrets import is_reference

    for key, value in given:
        if value and not is_reference(value) and _is_secret(key, value, fields):
            variable = re.sub(r"\W+", "_", f"{name}_{key}").upper()
            raise SecretError(
                f"The setting {key} of {name} is a secret, and its value was written here.",
                why="A notebook and a shell history keep what was typed, so only a reference to a secret is taken.",
                hint=f"{key}=env:{variable}, {key}=file:PATH or {key}=keyring:SERVICE/USER",
            )


def _is_secret(key: str, value: Any, fields: Mapping[str, Mapping[str, Any]]) -> bool:
    from finopsnb.plugins.secrets import is_secret_name

    named = is_secret_name(key.rpartition(".")[2]) and not isinstance(value, bool)
    declared = bool(fields.get(key, {}).get("secret"))
    return declared or named or bool(_PASSWORD_IN_ADDRESS.search(str(value)))


def _leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        elif isinstance(value, list):
            yield from ((path, item) for item in value if not isinstance(item, Mapping))
            yield from (leaf for item in value if isinstance(item, Mapping) for leaf in _leaves(item, f"{path}."))
        else:
            yield path, value


def _fields_if_readable(state: State, name: str) -> dict[str, dict[str, Any]]:
    """The fields of a plugin; those of one whose code cannot be imported are judged by their names alone."""
    try:
        return {field["key"]: field for field in state.plugins.registry.fields(name)}
    except FinopsError:  # loading it will say so
        return {}
