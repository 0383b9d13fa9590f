"""Plugins that installed distributions announce, read from what pip wrote down and from source; nothing is imported."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.base import PluginMetadata, PluginType
from finopsnb.plugins.discovery.found import Found
from finopsnb.plugins.discovery.metadata import check_metadata, shown
from finopsnb.plugins.discovery.source import NOT_LITERAL, Source, open_source
from finopsnb.plugins.discovery.specs import find_spec, source_of
from finopsnb.plugins.hooks import describe_error

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

__all__ = ["GROUPS", "in_entry_points"]

#: the entry point groups, and the type of plugin that each is for; ``finopsnb.plugins`` is for any
GROUPS: dict[str, PluginType | None] = {
    **{f"finopsnb.{kind.value}": kind for kind in PluginType},
    "finopsnb.plugins": None,
}
#: a class may be handed on from package to package; so many steps are followed
_MOST_STEPS = 5
_VALUE = re.compile(r"\s*([\w.]+)\s*:\s*(\w[\w.]*)\s*(?:\[.*\])?\s*")


def in_entry_points() -> list[Found]:
    """The plugins of the installed distributions, sorted by name and origin.

    Name and type are those of the entry point; version, author, licence and homepage those of the distribution;
    description and tags are read from the source where that is possible.
    """
    from importlib.metadata import distributions

    importlib.invalidate_caches()  # a package may have been installed a moment ago
    found: list[Found] = []
    seen: set[str] = set()
    for distribution in distributions():
        found += _announced(distribution, seen)
    return sorted(found, key=lambda item: (item.name, item.origin, item.module, item.class_name))


def _announced(distribution: Distribution, seen: set[str]) -> list[Found]:
    """The plugins of one distribution; one that was seen before is hidden behind the first, as it is for imports."""
    try:
        if "finopsnb." not in (distribution.read_text("entry_points.txt") or ""):
            return []  # the metadata of hundreds of other distributions need not be parsed
        about = _about(distribution)
        points = [] if about.key in seen else sorted(distribution.entry_points, key=lambda p: (p.group, p.name))
    except Exception as error:  # noqa: BLE001 - a broken installation is listed and stops nothing
        place = shown(str(getattr(distribution, "_path", distribution)), 200)
        return [Found(place, origin=f"distribution at {place}", reason=f"it is broken: {describe_error(error)}")]
    seen.add(about.key)
    return [_found(point, about) for point in points if point.group.startswith("finopsnb.")]


@dataclass(frozen=True)
class _About:
    """What a distribution says of itself."""

    name: str
    version: str
    author: str
    license: str
    homepage: str
    description: str

    @property
    def key(self) -> str:
        return re.sub(r"[-_.]+", "-", self.name).lower()

    def origin(self, point: str) -> str:
        return f"entry point {shown(point)} of {self.name} {self.version}"


def _about(distribution: Distribution) -> _About:
    meta: Any = distribution.metadata
    first = {key: str(meta.get(key) or "") for key in ("Author", "Author-email", "Maintainer", "Summary", "Home-page")}
    return _About(
        name=str(meta["Name"]),
        version=str(distribution.version),
        author=first["Author"] or first["Author-email"] or first["Maintainer"],
        license=str(meta.get("License-Expression") or _short_license(meta)),
        homepage=first["Home-page"] or _homepage(meta.get_all("Project-URL") or ()),
        description=first["Summary"],
    )


def _short_license(meta: Any) -> str:
    """The licence where it is a name; some distributions put its whole text there, and then a classifier has it."""
    text = str(meta.get("License") or "")
    if text and len(text) <= 200 and "\n" not in text:
        return text
    licences = [c.rpartition(" :: ")[2] for c in meta.get_all("Classifier") or () if c.startswith("License ::")]
    return licences[0] if licences else ""


def _homepage(urls: Any) -> str:
    known = {label.strip().lower(): url.strip() for label, _, url in (str(u).partition(",") for u in urls)}
    wanted = ("homepage", "home page", "home", "source", "repository", "documentation")
    return next((known[label] for label in wanted if label in known), "")


def _found(point: EntryPoint, about: _About) -> Found:
    place = _VALUE.match(point.value)
    bare = Found(shown(point.name), origin=about.origin(point.name))
    if point.group not in GROUPS:
        return replace(bare, reason=f"the group {shown(point.group)} is not known; there are {', '.join(GROUPS)}")
    if place is None:
        return replace(bare, reason=f"the entry point {shown(point.value)!r} is not written as module:ClassName")
    module, class_name = place.groups()
    bare = replace(bare, name=point.name, module=module, class_name=class_name)
    try:
        read = _read_class(bare)
    except Exception as error:  # noqa: BLE001 - a finder of somebody else may do anything; the plugin is listed
        return replace(bare, name=shown(point.name), reason=f"its module cannot be found: {describe_error(error)}")
    return _named(replace(bare, plugin_type=GROUPS[point.group]), about, read)


def _named(bare: Found, about: _About, read: Found) -> Found:
    """What was read from source, with what the entry point and its distribution say."""
    item = replace(
        read,
        name=bare.name,
        plugin_type=bare.plugin_type or read.plugin_type,
        version=about.version,
        author=read.author or about.author,
        description=read.description or about.description,
        license=about.license or read.license,
        homepage=about.homepage or read.homepage,
        origin=bare.origin,
        module=bare.module,
        class_name=bare.class_name,
    )
    reason = read.reason or _mismatch(bare, read) or "; ".join(check_metadata(_metadata(item)))
    return _refused(item, reason) if reason else item


def _mismatch(bare: Found, read: Found) -> str:
    if read.name != bare.name:
        return f"the entry point is called {shown(bare.name)} and the class calls itself {read.name}; make them agree"
    if bare.plugin_type and read.plugin_type and bare.plugin_type is not read.plugin_type:
        return f"its group is for plugins of type {bare.plugin_type.value}, and it is of type {read.plugin_type.value}"
    return ""


def _refused(item: Found, reason: str) -> Found:
    """Without the texts that may be what is wrong with it."""
    kept = {name: getattr(item, name) for name in ("plugin_type", "origin", "module", "class_name", "path", "sha256")}
    return Found(shown(item.name), line=item.line, reason=reason, **kept)


def _metadata(item: Found) -> PluginMetadata:
    names = ("name", "version", "author", "description", "plugin_type", "homepage", "license", "tags", "requires")
    return PluginMetadata(**{name: getattr(item, name) for name in names})


def _read_class(bare: Found) -> Found:
    """What the source of the class tells; as much as is known of it where its metadata is only known when it runs."""
    source, class_name = _defining(bare.module, bare.class_name)
    if source is None:
        missing = find_spec(bare.module) is None
        return replace(bare, reason=f"there is no module {bare.module}" if missing else "")
    read = next((item for item in source.found() if item.class_name == class_name), None)
    known = replace(bare, path=source.path, sha256=source.sha256)
    if source.reason or read is None:
        return replace(known, reason=source.reason)
    # here the entry point and the distribution give what has to be known
    return replace(known, plugin_type=read.plugin_type) if NOT_LITERAL in read.reason else read


def _defining(module: str, class_name: str) -> tuple[Source | None, str]:
    """The file that defines a class, followed through ``from .cost import AcmeCost``."""
    source: Source | None = None
    for _ in range(_MOST_STEPS):
        spec = find_spec(module)
        path = source_of(spec)
        if path is None or spec is None:
            break
        source = open_source(path, module)
        imported = source.imports().get(class_name, "")
        if not imported:
            break
        module, _, class_name = _absolute(imported, module, spec.submodule_search_locations is not None).rpartition(".")
    return source, class_name


def _absolute(imported: str, module: str, is_package: bool) -> str:
    """``.cost.AcmeCost`` as it is meant in ``module``."""
    dots = len(imported) - len(imported.lstrip("."))
    if not dots:
        return imported
    drop = dots - 1 if is_package else dots
    parts = module.split(".")
    return ".".join([*parts[: len(parts) - drop], imported.lstrip(".")])
