"""Making the secrets in a validated configuration hide themselves.

pydantic hands out plain strings: ``model.api_key.get_secret_value()`` would stand in every traceback that shows
variables, a pickled SecretStr carries its text, and a webhook as ``HttpUrl`` is printed whole. After validation each of
them is replaced by one that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.config.model import is_model, keys_of
from finopsnb.plugins.config.values import ConfigDict, Intake
from finopsnb.plugins.secrets import Address, Secret, masker

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["as_dict", "seal_model"]


def seal_model(model: BaseModel, intake: Intake) -> None:
    """Replace the secrets in ``model`` in place, nested models included."""
    for values in (model.__dict__, model.__pydantic_extra__ or {}):
        for name, value in values.items():
            info = type(model).model_fields.get(name)
            keys = keys_of(name, info) if info is not None else (name,)
            values[name] = _sealed(value, intake, any(intake.hides(key) for key in keys))


def as_dict(model: BaseModel) -> ConfigDict:
    """The settings of a dict style plugin: those that were given or have a default, under their own names."""
    fields = type(model).model_fields
    named = {
        keys_of(name, fields[name])[0] if name in fields else name: value
        for name, value in model
        if name in model.model_fields_set or value is not None
    }
    return ConfigDict({key: as_dict(value) if is_model(type(value)) else value for key, value in named.items()})


def _sealed(value: Any, intake: Intake, secret: bool) -> Any:
    if isinstance(value, dict):
        return {key: _sealed(item, intake, secret or intake.hides(str(key))) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and not hasattr(value, "_fields"):
        return type(value)(_sealed(item, intake, secret) for item in value)
    if is_model(type(value)):
        seal_model(value, intake)
        return value
    if isinstance(value, str):
        return intake.hiding(value, secret or value in intake.secrets)
    return _sealed_object(value, intake, secret)


def _sealed_object(value: Any, intake: Intake, secret: bool) -> Any:
    if hasattr(value, "get_secret_value"):
        return _sealed_secret(value, intake)
    if type(value).__module__.partition(".")[0] not in ("pydantic", "pydantic_core", "pathlib"):
        return value
    text = str(value)
    address = Address(text)
    masker.add_address(address)
    if secret or any(known in text for known in intake.secrets):
        masker.add(text)
    elif not address.holds_secrets:
        return value
    return _hidden(value)


def _sealed_secret(value: Any, intake: Intake) -> Any:
    """A SecretStr around a Secret; other kinds (bytes, Secret[int]) only lose the way into a pickle."""
    inner = value.get_secret_value()
    if isinstance(inner, str):
        return type(value)(intake.hiding(inner, secret=True))
    masker.add(inner.decode("utf-8", "replace") if isinstance(inner, bytes) else str(inner))
    return _hidden(value)


def _hidden(value: Any) -> Any:
    """``value`` under a class that does not show it; where Python does not allow that, as it is."""
    kind: Any = type(value)
    try:
        value.__class__ = _hidden_class(kind)
    except TypeError:
        return value
    return value


@cache
def _hidden_class(kind: type) -> Any:
    members: dict[str, Any] = {"__slots__": (), "__module__": kind.__module__, "__repr__": _stars}
    members |= {"__reduce_ex__": _refuse, "__copy__": _itself, "__deepcopy__": _itself}
    return type(kind.__name__, (kind,), members)


def _stars(_: object) -> str:
    return repr(Secret())


def _itself(value: Any, *_: object) -> Any:
    return value


def _refuse(*_: object) -> Callable[[], Any]:
    raise TypeError("a secret cannot be pickled: keep its reference (env:, file:, keyring:) instead")
