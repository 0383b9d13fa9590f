"""What a pydantic model says about its settings: their keys, their types in words, which of them are secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeGuard, Union, get_args, get_origin

from finopsnb.plugins.secrets import is_reference, is_secret_name, masker

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

__all__ = ["choices_of", "container_of", "is_model", "keys_of", "leaves", "members_of", "models_in", "row_of", "rows_of", "secret_test"]

_DEEPEST = 6
_UNIONS = (Union, UnionType)


def keys_of(name: str, info: FieldInfo) -> tuple[str, ...]:
    """The keys under which a field may be given; the first one is shown."""
    alias = info.validation_alias or info.alias
    options = getattr(alias, "choices", [alias] if alias else [])
    aliases = [option for option in options if isinstance(option, str)]
    return tuple(dict.fromkeys([*aliases, name]))


def rows_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """One row per setting (nested ones dotted): key, type, required, default, description, secret, choices."""
    return [row_of(key, name, info, required) for key, name, info, required in leaves(model)]


def leaves(model: type[BaseModel], prefix: str = "", depth: int = 0, required: bool = True) -> Iterator[tuple[str, str, FieldInfo, bool]]:
    """(dotted key, last key, field, required) of every setting; a nested model is entered, a list of models is not.

    What a nested model requires is required only where the model itself is.
    """
    for name, info in model.model_fields.items():
        key = keys_of(name, info)[0]
        inner = _only_model(info.annotation)
        if inner is None or depth >= _DEEPEST:
            yield f"{prefix}{key}", key, info, required and info.is_required()
        else:
            yield from leaves(inner, f"{prefix}{key}.", depth + 1, required and info.is_required())


def secret_test(model: type[BaseModel] | None) -> Any:
    """The function that says of a key whether its value is a secret: by the model's types first, else by its name."""
    if model is None:
        return is_secret_name
    secret: set[str] = set()
    plain: set[str] = set()
    for inner in models_in(model):
        for name, info in inner.model_fields.items():
            (secret if _is_secret(name, info) else plain).update(keys_of(name, info))
    return lambda key: key in secret or (key not in plain and is_secret_name(key))


def models_in(annotation: Any, seen: frozenset[Any] = frozenset()) -> Iterator[type[BaseModel]]:
    """Every model that a type leads to, itself included."""
    if is_model(annotation) and annotation not in seen:
        yield annotation
        for info in annotation.model_fields.values():
            yield from models_in(info.annotation, seen | {annotation})
    for part in get_args(annotation):
        yield from models_in(part, seen)


def is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    """Whether a type is a pydantic model; asked without importing pydantic."""
    return isinstance(annotation, type) and hasattr(annotation, "model_fields")


def choices_of(annotation: Any) -> list[Any]:
    """The allowed values of a Literal or an Enum, through Optional."""
    found: list[Any] = []
    for member in members_of(annotation):
        if get_origin(member) is Literal:
            found += get_args(member)
        elif isinstance(member, type) and issubclass(member, Enum):
            found += [item.value for item in member]
    return found


def container_of(annotation: Any) -> Literal["list", "dict", ""]:
    """Which container a setting wants, or "" where text itself would do."""
    kinds = {_container(member) for member in members_of(annotation)}
    return next(iter(kinds)) if len(kinds) == 1 else ""


def _container(annotation: Any) -> Literal["list", "dict", ""]:
    origin = get_origin(annotation) or annotation
    if is_model(annotation):
        return "dict"
    if not isinstance(origin, type) or issubclass(origin, str | bytes):
        return ""
    if issubclass(origin, Mapping):
        return "dict"
    return "list" if issubclass(origin, Sequence | set | frozenset) else ""


def members_of(annotation: Any) -> list[Any]:
    """The types of a union without None; one type is a union of itself."""
    if get_origin(annotation) in _UNIONS:
        return [inner for part in get_args(annotation) if part is not NoneType for inner in members_of(part)]
    return members_of(get_args(annotation)[0]) if hasattr(annotation, "__metadata__") else [annotation]


def _only_model(annotation: Any) -> type[BaseModel] | None:
    members = members_of(annotation)
    return members[0] if len(members) == 1 and is_model(members[0]) else None


def row_of(key: str, name: str, info: FieldInfo, required: bool) -> dict[str, Any]:
    """One setting as plain data; a default that is a secret is covered."""
    secret = _is_secret(name, info)
    return {
        "key": key,
        "type": _words(info.annotation),
        "required": required,
        "default": _default(info, secret),
        "description": info.description or "",
        "secret": secret,
        "choices": [masker.mask_value(choice) for choice in choices_of(info.annotation)],
    }


def _default(info: FieldInfo, secret: bool) -> Any:
    """The default as plain data; a computed one is None unless it is an empty container."""
    if info.is_required():
        return None
    if info.default_factory is not None:
        return [] if info.default_factory in (list, set, tuple) else {} if info.default_factory is dict else None
    hidden = secret and info.default is not None and not is_reference(info.default)
    return masker.mask_value({"secret" if hidden else "default": info.default}).popitem()[1]


def _is_secret(name: str, info: FieldInfo) -> bool:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    if "secret" in extra:
        return bool(extra["secret"])
    members = list(_atoms(info.annotation))
    if extra.get("format") == "password" or any(hasattr(member, "get_secret_value") for member in members):
        return True
    return _may_be_text(members) and any(is_secret_name(key) for key in keys_of(name, info))


def _atoms(annotation: Any) -> Iterator[Any]:
    """The types at the ends of a nested one: ``dict[str, SecretStr] | None`` gives str and SecretStr."""
    parts = [part for part in get_args(annotation) if part is not NoneType]
    if not parts or get_origin(annotation) is Literal:
        yield annotation
    elif hasattr(annotation, "__metadata__"):
        yield from _atoms(parts[0])
    else:
        for part in parts:
            yield from _atoms(part)


def _may_be_text(members: list[Any]) -> bool:
    return not all(isinstance(member, type) and issubclass(member, bool | int | float) for member in members)


def _words(annotation: Any) -> str:
    """A type as a person says it: ``str``, ``list[str]``, ``secret``, ``int or float``."""
    if hasattr(annotation, "__metadata__"):
        return _words(get_args(annotation)[0])
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in _UNIONS:
        return " or ".join(_words(part) for part in parts if part is not NoneType)
    if origin is Literal:
        return "choice"
    if parts and origin is not None:
        return f"{origin.__name__}[{', '.join('...' if part is ... else _words(part) for part in parts)}]"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "choice"
    if hasattr(annotation, "get_secret_value"):
        return "secret"
    return "any" if annotation is Any else getattr(annotation, "__name__", str(annotation))
