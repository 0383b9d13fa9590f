"""One Python value as plain data: a number, text, a time; nested values as JSON text."""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

__all__ = ["SIMPLE", "NoTextError", "plain", "simple", "text", "text_of"]

SIMPLE = frozenset({bool, int, float, str, bytes, Decimal, dt.datetime, dt.date, dt.time, dt.timedelta, type(None)})
#: a subclass of one of these is read as its base
_BASES: dict[type, Callable[[Any], Any]] = {str: str.__str__, int: int, float: float, bytes: bytes, Decimal: Decimal}


class NoTextError(TypeError):
    """A value that is neither of a type that Arrow knows nor says what it is as text."""


def text_of(value: Any) -> str | None:
    """``value`` as text: numbers by their digits, times in ISO 8601, nested values as JSON; None stays None."""
    made = simple(value)
    return None if made is None else text(made)


def text(value: Any) -> str:
    """A plain value as text that loses nothing."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int():
            return str(Decimal(value))  # str(int) refuses numbers of more than 4300 digits
        case float():
            return repr(value)
        case bytes():
            return value.hex()
        case dt.date() | dt.time():
            return value.isoformat()
    return str(value)


def simple(value: Any) -> Any:
    """``value`` as one of the plain types; nested values as JSON text."""
    if type(value) in SIMPLE:
        return value
    if isinstance(value, Enum):
        return simple(value.value)
    if _is_nested(value):
        return json.dumps(value if _is_tags(value) else _json_able(value), ensure_ascii=False)
    return _scalar(value)


def _is_tags(value: Any) -> bool:
    """The common case, which JSON takes as it is: a dict of text by text."""
    return type(value) is dict and {str} >= set(map(type, value.values())) and {str} >= set(map(type, value))


def _scalar(value: Any) -> Any:
    if _is_missing(value):
        return None
    if _is_of(value, "numpy", "generic"):
        return _numpy_scalar(value)
    if hasattr(value, "as_py"):
        return simple(value.as_py())
    if isinstance(value, dt.datetime):  # a pandas Timestamp: text where a datetime would lose its nanoseconds
        exact = not getattr(value, "nanosecond", 0)
        return dt.datetime.combine(value.date(), value.timetz()) if exact else value.isoformat()
    for base, made in _BASES.items():
        if isinstance(value, base):
            return made(value)
    if getattr(type(value), "__str__", None) is object.__str__:
        raise NoTextError(f"a value of type {type(value).__name__}, which has no form as text")
    return str(value)


def _numpy_scalar(value: Any) -> Any:
    if value.dtype.kind not in "mM":
        return value.item()
    plain_value = value.astype(f"{value.dtype.kind}8[us]")
    return plain_value.item() if plain_value == value else str(value)


def _is_nested(value: Any) -> bool:
    return (
        isinstance(value, Mapping | list | tuple | AbstractSet)
        or (is_dataclass(value) and not isinstance(value, type))
        or hasattr(type(value), "__pydantic_fields__")
        or _is_of(value, "numpy", "ndarray")
    )


def plain(row: Any) -> dict[Any, Any]:
    """The fields of a mapping, dataclass, pydantic model, named tuple or attrs object, one level deep."""
    if isinstance(row, Mapping):
        return dict(row)
    if is_dataclass(row):
        return {field.name: getattr(row, field.name) for field in fields(row)}
    if hasattr(row, "_asdict"):
        return dict(row._asdict())
    if attributes := getattr(type(row), "__attrs_attrs__", None):
        return {attribute.name: getattr(row, attribute.name) for attribute in attributes}
    return dict(row)


def _json_able(value: Any) -> Any:
    if isinstance(value, Enum):
        return _json_able(value.value)
    if not _is_nested(value):
        return _json_scalar(simple(value))
    if isinstance(value, AbstractSet):
        return sorted(map(_json_able, value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, list | tuple) and not hasattr(value, "_asdict"):
        return [_json_able(item) for item in value]
    if _is_of(value, "numpy", "ndarray"):
        return _json_able(value.tolist())
    return _json_object(plain(value))


def _json_object(mapping: dict[Any, Any]) -> dict[str, Any]:
    made = {str(text_of(key)): _json_able(item) for key, item in mapping.items()}
    if len(made) < len(mapping):
        raise NoTextError("a dict whose keys are the same as text, such as 1 and '1'")
    return made


def _json_scalar(value: Any) -> Any:
    exact = value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))
    return value if exact else text(value)


def _is_missing(value: Any) -> bool:
    """NA and NaT of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def _is_of(value: Any, module: str, name: str) -> bool:
    """Whether ``value`` is of a library's class, without importing the library."""
    found = getattr(sys.modules.get(module), name, None)
    return found is not None and isinstance(value, found)
