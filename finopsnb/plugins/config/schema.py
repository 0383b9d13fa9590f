"""A pydantic model out of a dict style ``config_schema``, so that both styles share one validation.

Read are the JSON Schema style (``{"type": "object", "properties": {...}, "required": [...]}``) and the flat one
(``{"path": {"type": "string", "required": True}, "region": "string", "retries": int}``). Fields of the model carry
made-up names with the setting as alias: a setting may be called ``api-key``, ``schema`` or ``copy``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from operator import or_
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from finopsnb.errors import PluginMetadataError, nearest
from finopsnb.plugins.secrets import is_secret_name

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["model_from_schema"]

Schema = Mapping[str, Any]

_TYPES: dict[str, Any] = {
    "string": str, "str": str, "text": str,
    "integer": int, "int": int,
    "number": int | float, "float": float, "decimal": Decimal,
    "boolean": bool, "bool": bool,
    "array": list, "list": list,
    "object": dict, "dict": dict,
    "null": NoneType, "any": Any, "secret": str,
}  # fmt: skip

_LIMITS = {
    "minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt", "multipleOf": "multiple_of",
    "minLength": "min_length", "maxLength": "max_length", "minItems": "min_length", "maxItems": "max_length",
    "pattern": "pattern",
}  # fmt: skip


def model_from_schema(name: str, schema: Schema) -> type[BaseModel] | None:
    """The model of ``schema``, or None when it names no setting. Raises PluginMetadataError for an unknown type."""
    is_json_schema = isinstance(schema.get("properties"), Mapping) and schema.get("type", "object") == "object"
    if is_json_schema:
        return _model(name, schema["properties"], frozenset(schema.get("required", ())), _is_open(schema))
    entries = {key: _entry(value) for key, value in schema.items()}
    required = frozenset(key for key, entry in entries.items() if entry.get("required") is True)
    return _model(name, entries, required, is_open=False) if entries else None


def _is_open(schema: Schema) -> bool:
    return bool(schema.get("additionalProperties", False))


def _entry(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {"type": value}


def _model(name: str, entries: Mapping[str, Any], required: frozenset[str], is_open: bool) -> type[BaseModel]:
    from pydantic import ConfigDict, create_model

    config = ConfigDict(extra="allow" if is_open else "forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)
    fields: dict[str, Any] = {
        f"setting_{number}": _field(name, key, _entry(entry), key in required) for number, (key, entry) in enumerate(entries.items())
    }
    return create_model(f"{name} settings", __config__=config, **fields)


def _field(plugin: str, key: str, entry: Schema, required: bool) -> tuple[Any, Any]:
    from pydantic import Field

    limits: dict[str, Any] = {ours: entry[theirs] for theirs, ours in _LIMITS.items() if theirs in entry}
    annotation: Any = Annotated[_annotation(plugin, key, entry), Field(**limits)]
    about: dict[str, Any] = {name: entry[name] for name in ("title", "description", "examples") if name in entry}
    about["json_schema_extra"] = {"secret": _is_secret(key, entry)}
    if required and "default" not in entry:
        return annotation, Field(alias=key, **about)
    return annotation | None, Field(alias=key, default=entry.get("default"), **about)


def _annotation(plugin: str, key: str, entry: Schema) -> Any:
    if choices := entry.get("enum"):
        return Literal[tuple(choices)]
    if isinstance(entry.get("properties"), Mapping):
        return model_from_schema(f"{plugin} {key}", {**entry, "type": "object"})
    kind = entry.get("type", "any")
    if isinstance(kind, list):
        return reduce(or_, [_named(plugin, key, one, entry) for one in kind])
    return _named(plugin, key, kind, entry)


def _named(plugin: str, key: str, kind: Any, entry: Schema) -> Any:
    if not isinstance(kind, str):
        return kind
    if kind not in _TYPES:
        near = nearest(kind, _TYPES)
        raise PluginMetadataError(
            f"config_schema of {plugin}: the setting {key} has the unknown type {kind!r}.",
            why="Types are string, integer, number, decimal, boolean, array, object, secret and any.",
            hint=f'"type": "{near or "string"}"',
            plugin=plugin,
            phase="metadata",
        )
    items = entry.get("items")
    return list[_annotation(plugin, key, items)] if _TYPES[kind] is list and items else _TYPES[kind]  # type: ignore[misc]


def _is_secret(key: str, entry: Schema) -> bool:
    kind = entry.get("type", "any")
    if "secret" in entry or kind == "secret":
        return bool(entry.get("secret", True))
    is_text = kind in ("string", "str", "text", "any", "object", "dict", "array", "list", str)
    return entry.get("format") == "password" or bool(entry.get("writeOnly")) or (is_text and is_secret_name(key))
