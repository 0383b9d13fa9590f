"""What a plugin's metadata may be, and reading it off a class that is in hand."""

from __future__ import annotations

import functools
import inspect
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from finopsnb.errors import PluginMetadataError, nearest
from finopsnb.plugins.base import PluginMetadata, PluginType
from finopsnb.plugins.hooks import describe_error

__all__ = ["check_metadata", "read_class", "shown", "type_named"]

NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_LENGTHS = {"version": 64, "author": 200, "description": 2000, "homepage": 500, "license": 200}
_LISTS = {"tags": 64, "dependencies": 300, "requires": 64}
_MOST_ITEMS = 100
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_metadata(meta: PluginMetadata) -> list[str]:
    """Everything that is wrong with ``meta``, in words; an empty list where it can be used.

    >>> check_metadata(PluginMetadata(name="My Plugin", plugin_type=PluginType.POLICY))
    ["the name 'My Plugin' has to match ^[a-z][a-z0-9-]{1,63}$, as in my-plugin"]
    """
    return [
        *_name_problems(meta.name),
        *_type_problems(meta.plugin_type),
        *(problem for field, most in _LENGTHS.items() for problem in _text_problems(field, getattr(meta, field), most)),
        *(problem for field, most in _LISTS.items() for problem in _list_problems(field, getattr(meta, field), most)),
        *_version_problems(meta.version),
        *_homepage_problems(meta.homepage),
    ]


def read_class(cls: type) -> PluginMetadata:
    """The metadata of a class, without building an instance; its type comes from the base class where it says none.

    A property is read on a stand-in that has the class's attributes and nothing else. Raises PluginMetadataError,
    with the cause chained, when there is no metadata or reading it fails in any way.
    """
    member = inspect.getattr_static(cls, "metadata", None)
    if getattr(member, "__isabstractmethod__", False):
        member = None
    if member is None:
        raise _unreadable(cls, "It has none.")
    value = _evaluated(cls, member)
    if not isinstance(value, PluginMetadata):
        raise _unreadable(cls, f"It is {_kind(value)}, not a PluginMetadata.")
    given = value.plugin_type if value.plugin_type is not None else getattr(cls, "plugin_type", None)
    return replace(value, plugin_type=type_named(given))


def type_named(value: Any) -> Any:
    """A PluginType for its value ("telemetry") or itself; anything else as it came, for check_metadata to refuse."""
    known = {kind.value: kind for kind in PluginType}
    return known.get(value, value) if isinstance(value, str) else value


def shown(value: object, most: int = 60) -> str:
    """``value`` as it is safe to show: cut short, without control characters."""
    text = value if isinstance(value, str) else repr(value)
    clean = "".join(c if _is_plain(c) else "\N{REPLACEMENT CHARACTER}" for c in text[: most + 1])
    return clean if len(clean) <= most else clean[: most - 1] + "…"


class _StandIn:
    """Serves as ``self`` for a metadata property: the attributes of the class, no instance of it."""

    __slots__ = ("_finops_cls",)

    def __init__(self, cls: type) -> None:
        object.__setattr__(self, "_finops_cls", cls)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # zero-argument super() and isinstance() ask for it
        return object.__getattribute__(self, "_finops_cls")

    def __getattr__(self, name: str) -> Any:
        cls = object.__getattribute__(self, "_finops_cls")
        member = inspect.getattr_static(cls, name)
        getter = getattr(type(member), "__get__", None)
        return getter(member, self, cls) if getter is not None else member


def _evaluated(cls: type, member: Any) -> Any:
    if (function := _function_of(member)) is None:
        return member
    try:
        return function(_StandIn(cls))
    except (Exception, SystemExit) as error:
        raise _unreadable(cls, f"Reading it raised {describe_error(error)}") from error


def _function_of(member: Any) -> Callable[[Any], Any] | None:
    if isinstance(member, property):
        return member.fget
    return member.func if isinstance(member, functools.cached_property) else None


def _unreadable(cls: type, why: str) -> PluginMetadataError:
    return PluginMetadataError(
        f"The metadata of {cls.__name__} cannot be read.",
        why=why,
        hint='metadata = PluginMetadata(name="my-plugin", version="1.0.0", plugin_type=PluginType.TELEMETRY)',
        phase="metadata",
    )


def _kind(value: object) -> str:
    if callable(value):
        return "a method (write @property above it)"
    return "None" if value is None else f"of type {type(value).__name__}"


def _name_problems(name: Any) -> Iterator[str]:
    if not isinstance(name, str):
        yield f"the name has to be text, not {type(name).__name__}"
    elif not NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name[:64].lower()).strip("-0123456789")
        example = f", as in {near}" if NAME.fullmatch(near) else ""
        yield f"the name {shown(name)!r} has to match ^[a-z][a-z0-9-]{{1,63}}${example}"


def _type_problems(kind: Any) -> Iterator[str]:
    if isinstance(kind, PluginType):
        return
    known = [k.value for k in PluginType]
    if kind is None:
        yield "plugin_type is not given, and the base class does not tell it: plugin_type=PluginType.TELEMETRY"
        return
    near = nearest(kind, known) if isinstance(kind, str) and len(kind) <= 64 else None
    hint = f"did you mean {near}?" if near else f"it is one of {', '.join(known)}"
    yield f"plugin_type {shown(kind)!r} is not known; {hint}"


def _text_problems(field: str, value: Any, most: int) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{field} has to be text, not {type(value).__name__}"
    elif len(value) > most:
        yield f"{field} has {len(value):,} characters; {most:,} are the most"
    elif strange := next((c for c in value if not _is_plain(c)), None):
        yield f"{field} has a control character, U+{ord(strange):04X}"


def _list_problems(field: str, value: Any, most: int) -> Iterator[str]:
    if not isinstance(value, (tuple, list)):
        yield f'{field} has to be a list of texts, as in {field}=("one", "two"), not {type(value).__name__}'
    elif len(value) > _MOST_ITEMS:
        yield f"{field} has {len(value):,} entries; {_MOST_ITEMS} are the most"
    else:
        for item in value:
            yield from _text_problems(f"an entry of {field}", item, most)
            if field == "requires":
                yield from (f"an entry of requires: {problem}" for problem in _name_problems(item))


def _version_problems(version: Any) -> Iterator[str]:
    from packaging.version import InvalidVersion, Version

    if not isinstance(version, str) or len(version) > _LENGTHS["version"]:
        return
    try:
        Version(version)
    except InvalidVersion:
        yield f"the version {shown(version)!r} is not a PEP 440 version, as 1.0.0 is"


def _homepage_problems(homepage: Any) -> Iterator[str]:
    if isinstance(homepage, str) and homepage and not _URL.fullmatch(homepage):
        yield f"the homepage {shown(homepage)!r} has to start with https:// or http://"


def _is_plain(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in ("Cc", "Cs") and character not in _BIDI
