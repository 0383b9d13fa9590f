"""What is wrong with settings, in words and without values: pydantic's errors, key by key, all at once."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from finopsnb.errors import PluginConfigError, nearest
from finopsnb.plugins.config.model import choices_of, keys_of, leaves, models_in
from finopsnb.plugins.config.settings import Settings
from finopsnb.plugins.config.values import Path, dotted
from finopsnb.plugins.secrets import masker

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

__all__ = ["WHOLE", "config_error", "problem_of_exception", "problems_of", "unknown"]

#: the key of a problem that is not about one setting
WHOLE = "(settings)"

#: a validator that repeats this much of a secret gives it away
_PIECE = 6


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    data: Mapping[str, Any],
    settings: Settings,
    is_secret: Callable[[str], bool],
) -> Iterator[tuple[str, str]]:
    """(dotted key, what is wrong) for every error of pydantic."""
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        path = tuple(detail["loc"])
        value = _at(data, path)
        message = _words(detail["type"], detail["msg"], path, value, model, settings)
        if is_secret(_last_name(path)):
            message = _without_pieces(message, str(value))
        yield dotted(path) or WHOLE, masker.mask(message)


def unknown(key: str, options: list[str]) -> str:
    """What to say of a key that is no setting."""
    near = nearest(key.rsplit(".")[-1], options)
    if near:
        return f"is not a setting; did you mean {near}?"
    return f"is not a setting; they are {', '.join(sorted(options))}" if options else "is not a setting"


def problem_of_exception(error: BaseException) -> str:
    """What a validator raised that pydantic does not collect, with its place; its frames would show the values."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    try:
        text = f": {error}"
    except Exception:  # noqa: BLE001 - a stranger's exception may do anything
        text = ""
    return masker.mask(f"Config raised {type(error).__name__}{text} (at {last.filename}:{last.lineno})")


def config_error(plugin: str, problems: Mapping[str, str], hint: str) -> PluginConfigError:
    """The one error that says them all."""
    found = dict(sorted(problems.items()))
    count = "One setting" if len(found) == 1 else f"{len(found)} settings"
    return PluginConfigError(
        f"{count} of the plugin {plugin} cannot be used.",
        why="\n".join(f"  {key}: {problem}" for key, problem in found.items()),
        hint=hint,
        plugin=plugin,
        problems=found,
    )


def _words(kind: str, message: str, path: Path, value: Any, model: type[BaseModel], settings: Settings) -> str:
    if kind == "extra_forbidden":
        return unknown(str(path[-1]), _siblings(model, path))
    if kind == "missing":
        looked = f"; looked in: {'; '.join(settings.places(str(path[0])))}" if len(path) == 1 else ""
        return f"is required{looked}"
    source = settings.source(str(path[0])) if path else ""
    return f"{_own_words(message)}{_near_choice(model, path, value)}{f' (from {source})' if source else ''}"


def _own_words(message: str) -> str:
    for prefix in ("Input ", "Value error, ", "Assertion failed, "):
        message = message.removeprefix(prefix)
    return message


def _near_choice(model: type[BaseModel], path: Path, value: Any) -> str:
    if not isinstance(value, str):
        return ""
    name = _last_name(path)
    options = [str(choice) for _, key, info, _ in leaves(model) if key == name for choice in choices_of(info.annotation)]
    near = nearest(value, options)
    return f"; did you mean {near!r}?" if near else ""


def _siblings(model: type[BaseModel], path: Path) -> list[str]:
    """The settings of the model that ``path`` leads into; a step that is no field (an index) stays where it is."""
    here: list[type[BaseModel]] = [model]
    for part in path[:-1]:
        inner = [
            found
            for owner in here
            for name, info in owner.model_fields.items()
            if part in keys_of(name, info)
            for found in models_in(info.annotation)
        ]
        here = inner[:1] or here
    return [keys_of(name, info)[0] for owner in here for name, info in owner.model_fields.items()]


def _at(data: Any, path: Path) -> Any:
    """The value at ``path``, as far as it leads; a part that pydantic adds for a union is stepped over."""
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part, data)
        elif isinstance(part, int) and isinstance(data, list | tuple):
            data = data[part]
    return data


def _last_name(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _without_pieces(message: str, secret: str) -> str:
    """``message``, or less of it where it repeats a part of ``secret``."""
    pieces = {secret[start : start + _PIECE] for start in range(len(secret) - _PIECE + 1)}
    return "was refused by its validator" if any(piece in message for piece in pieces) else message
