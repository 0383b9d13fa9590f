"""What a form needs to know of each setting: which kind of control fits, and which limits its value has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from finopsnb.plugins.config.model import choices_of, container_of, leaves, members_of, models_in, row_of

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

__all__ = ["FormField", "form_fields", "form_row"]

#: json is a list or a table of tables, or a choice of tables: written as JSON; any is text that may mean a number
Kind = Literal["text", "int", "number", "decimal", "bool", "choice", "date", "datetime", "path", "list", "dict", "json", "any"]

_LIMITS = (
    ("ge", "at least {}"), ("gt", "more than {}"), ("le", "at most {}"), ("lt", "less than {}"), ("multiple_of", "a multiple of {}"),
    ("min_length", "length at least {}"), ("max_length", "length at most {}"), ("pattern", "of the form {}"),
    ("max_digits", "at most {} digits"), ("decimal_places", "at most {} decimals"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormField:
    """One setting as a form shows it. ``default`` is None for a secret's own value; ``limits`` is for people to read."""

    key: str
    kind: Kind
    type: str
    required: bool
    optional: bool
    default: Any
    description: str
    secret: bool
    choices: tuple[Any, ...]
    limits: str


def form_fields(model: type[BaseModel] | None) -> list[FormField]:
    """The settings of a model in the order in which it writes them; nested ones dotted.

    >>> from typing import Literal
    >>> from pydantic import BaseModel, Field
    >>> class Config(BaseModel):
    ...     days: int = Field(7, ge=1)
    ...     grain: Literal["daily", "monthly"] = "daily"
    >>> [(field.key, field.kind, field.limits) for field in form_fields(Config)]
    [('days', 'int', 'at least 1'), ('grain', 'choice', '')]
    """
    found = leaves(model) if model is not None else ()
    return [form_row(row_of(key, name, info, required), info) for key, name, info, required in found]


def form_row(row: dict[str, Any], info: FieldInfo | None = None) -> FormField:
    """A described setting as a field; one of which no more is known than its name takes anything."""
    annotation = Any if info is None else info.annotation
    return FormField(
        key=row["key"],
        kind=_kind(annotation),
        type=row["type"],
        required=row["required"],
        optional=annotation is Any or any(part is type(None) for part in get_args(annotation)),
        default=row["default"],
        description=row["description"],
        secret=row["secret"],
        choices=tuple(row["choices"]),
        limits="; ".join(dict.fromkeys(_limits(info))) if info is not None else "",
    )


def _kind(annotation: Any) -> Kind:
    members = members_of(annotation)
    if choices_of(annotation) and all(_is_choice(member) for member in members):
        return "choice"
    if any(models_in(annotation)):
        return "json"
    if container := container_of(annotation):
        return container
    kinds = {_scalar(member) for member in members}
    if kinds == {"int", "number"}:
        return "number"
    return kinds.pop() if len(kinds) == 1 else "any"


def _is_choice(member: Any) -> bool:
    return get_origin(member) is Literal or (isinstance(member, type) and issubclass(member, Enum))


_SCALARS: tuple[tuple[type, Kind], ...] = (
    (bool, "bool"), (int, "int"), (float, "number"), (Decimal, "decimal"), (datetime, "datetime"), (date, "date"), (PurePath, "path"),
)  # fmt: skip


def _scalar(member: Any) -> Kind:
    if member is Any:
        return "any"
    known = isinstance(member, type)
    return next((kind for base, kind in _SCALARS if known and issubclass(member, base)), "text")


def _limits(info: FieldInfo) -> Iterator[str]:
    for source in (*info.metadata, *_inner(info.annotation)):
        for name, words in _LIMITS:
            if (value := getattr(source, name, None)) is not None:
                yield words.format(getattr(value, "pattern", value))


def _inner(annotation: Any) -> Iterator[Any]:
    """The limits inside of ``Annotated[int, Field(ge=1)] | None``."""
    for part in get_args(annotation):
        if hasattr(part, "__metadata__"):
            for mark in part.__metadata__:
                yield from getattr(mark, "metadata", None) or [mark]
