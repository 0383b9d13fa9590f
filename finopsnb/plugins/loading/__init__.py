"""Importing a plugin that was found: in its own corner for files of a folder, by its real name for installed packages.

Files of a folder become modules of a private package (``finopsnb_folder_<digest>``), served by one finder of our own:
``sys.path`` is untouched, a file called json.py shadows nothing, files may import each other relatively
(``from . import helpers``), and no bytecode is read or written: it cannot tell two edits of the same second apart.

``load_class(found, fresh=True)`` runs the changed source anew: the plugin's module and those of its package that it
imports. The modules that were there before come back when anything fails.
"""

from __future__ import annotations

import importlib
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

from finopsnb.errors import PluginDependencyError, PluginLoadError, PluginMetadataError, nearest
from finopsnb.plugins.base import PluginBase
from finopsnb.plugins.discovery.found import FOLDER_PREFIX, Found, digest_of

__all__ = ["digest", "load_class"]


def load_class(found: Found, *, fresh: bool = False) -> type[PluginBase]:
    """Import the class of a plugin that was found; ``fresh`` runs its source anew, and a failure leaves the old module.

    A file of a folder that changed since it was imported is always run anew. What the plugin's code raises is passed on
    as it is. Raises PluginLoadError when the class is not there or is no plugin, PluginMetadataError when it calls
    itself something else, PluginDependencyError when it imports a module that is not there, and UnsafePluginPath when
    an import leads out of its folder.
    """
    from finopsnb.plugins.loading.importing import anew, serve

    if found.reason:
        hint = "mend it and discover it again"
        raise _error(found, f"The plugin {found.name} cannot be used.", found.reason, hint)
    if found.path is not None and found.module.startswith(FOLDER_PREFIX):
        serve(found.module.partition(".")[0], _root_of(found.path, found.module))
        fresh = fresh or _is_changed(found.path, found.module)
    with anew(found.module) if fresh else nullcontext():
        cls = _class_in(_imported(found), found)
        _check_metadata(cls, found)
        return cls


def digest(path: Path) -> str:
    """The sha256 of a file as it is now, in hexadecimal."""
    return digest_of(path.read_bytes())


def _is_changed(path: Path, module: str) -> bool:
    from finopsnb.plugins.loading.importing import executed_digest

    executed = executed_digest(module)
    return bool(executed) and path.is_file() and digest(path) != executed


def _root_of(path: Path, module: str) -> Path:
    """The folder that was looked in: as many steps above the file as its module has names."""
    return path.parents[module.count(".") - (path.name != "__init__.py")]


def _imported(found: Found) -> ModuleType:
    try:
        return importlib.import_module(found.module)
    except ModuleNotFoundError as error:
        if not error.name:  # raised by hand: the plugin's own words
            raise
        raise _missing(found, error, error.name) from error


def _missing(found: Found, error: ModuleNotFoundError, name: str) -> Exception:
    """Whose module is missing: a file beside the plugin, one of its own, or a package that is not installed."""
    top = name.partition(".")[0]
    if top.startswith(FOLDER_PREFIX):
        return _error(found, f"The plugin {found.name} cannot be imported.", str(error), "discover the folder again")
    if found.path is not None and found.module.startswith(FOLDER_PREFIX) and _is_beside(found.path, top):
        what = f"The plugin {found.name} imports {top}, which is not found."
        why = f"{top} is a file beside {found.path.name}, and the folder is not on sys.path."
        return _error(found, what, why, f"from . import {top}")
    return PluginDependencyError(
        f"The plugin {found.name} imports {name}, which is not installed.",
        why=f"It comes from {found.origin}.",
        hint=f"pip install {top}   # or the package that has it; name it in the plugin's dependencies",
        plugin=found.name,
        phase="import",
    )


def _is_beside(path: Path, name: str) -> bool:
    return (path.parent / f"{name}.py").is_file() or (path.parent / name).is_dir()


def _class_in(module: ModuleType, found: Found) -> type[PluginBase]:
    value: Any = module
    for part in found.class_name.split("."):
        value = getattr(value, part, None)
    if isinstance(value, type) and issubclass(value, PluginBase):
        return value
    what = f"The plugin {found.name} cannot be loaded: {module.__name__} has no plugin class {found.class_name}."
    near = nearest(found.class_name, [name for name in vars(module) if not name.startswith("_")])
    raise _error(found, what, f"Did you mean {near}?" if near else f"It comes from {found.origin}.", "discover it again")


def _check_metadata(cls: type[PluginBase], found: Found) -> None:
    from finopsnb.plugins.discovery.metadata import read_class

    metadata = read_class(cls)
    if metadata.name != found.name:
        raise PluginMetadataError(
            f"{cls.__name__} was found as {found.name} and now calls itself {metadata.name}.",
            why=f"It comes from {found.origin}.",
            hint="discover it again",
            plugin=found.name,
            phase="metadata",
        )


def _error(found: Found, what: str, why: str, hint: str) -> PluginLoadError:
    return PluginLoadError(what, why=why, hint=hint, plugin=found.name, phase="import")
