"""The import machinery of plugins: a finder for folders, a loader that uses no bytecode, and importing anew.

The one finder of ours on ``sys.meta_path`` serves the folders that were loaded from and answers for nothing else.
"""

from __future__ import annotations

import importlib
import linecache
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from finopsnb.errors import UnsafePluginPath
from finopsnb.plugins.discovery.found import FOLDER_PREFIX, digest_of

__all__ = ["anew", "executed_digest", "serve"]


def serve(package: str, root: Path) -> None:
    """From now on ``package`` and the modules below it are those of the folder ``root``."""
    _finder.roots[package] = root
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def executed_digest(module: str) -> str:
    """The sha256 of the source that an imported module of a folder was made from; empty for any other module."""
    return getattr(_loader_of(module), "sha256", "")


class _UncachedLoader(SourceFileLoader):
    """Compiles the source each time."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        data = self.get_data(path)
        self.sha256 = digest_of(data)
        linecache.cache.pop(path, None)  # tracebacks would show the lines of the edit before
        code: CodeType = self.source_to_code(data, path)
        return code


class _FolderFinder:
    """Finds the modules of the folders that it serves, and no others."""

    def __init__(self) -> None:
        self.roots: dict[str, Path] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        package, _, rest = fullname.partition(".")
        if (root := self.roots.get(package)) is None:
            return None
        place = root.joinpath(*rest.split(".")) if rest else root
        spec = _spec_at(fullname, place)
        if spec is None:  # the finders behind this one would follow links, and use bytecode
            raise ModuleNotFoundError(f"No file {place.name}.py in {place.parent}", name=fullname)
        _check_inside(Path(spec.origin or place), root)
        return spec


class _UncachedFinder:
    """Finds the modules of an installed package where the others find them, to be compiled from source."""

    def __init__(self, scope: str) -> None:
        self.scope = scope

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not _is_in(fullname, self.scope):
            return None
        others = [finder for finder in sys.meta_path if not isinstance(finder, _UncachedFinder)]
        answers = (finder.find_spec(fullname, path, target) for finder in others if hasattr(finder, "find_spec"))
        spec = next((answer for answer in answers if answer is not None), None)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _UncachedLoader(spec.loader.name, spec.loader.path)
        return spec


_finder = _FolderFinder()
_locks: dict[str, Any] = {}


@contextmanager
def anew(module: str) -> Iterator[None]:
    """While the block runs, ``module`` and its package are imported anew; when it fails, the old modules come back."""
    scope = _scope_of(module)
    with _locks.setdefault(scope, threading.RLock()):
        old = {name: sys.modules.pop(name) for name in _executed(scope, module)}
        parent, _, tail = scope.rpartition(".")
        bound = vars(sys.modules[parent]).get(tail) if parent in sys.modules else None
        try:
            with _without_bytecode(scope):
                yield
        except BaseException:
            sys.modules.update(old)
            if bound is not None:
                setattr(sys.modules[parent], tail, bound)
            raise
        finally:
            _put_back(old)


@contextmanager
def _without_bytecode(scope: str) -> Iterator[None]:
    finder = _UncachedFinder(scope)
    sys.meta_path.insert(0, finder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _put_back(old: dict[str, ModuleType]) -> None:
    """The modules that were not imported anew are still those of other plugins of the package."""
    for name, module in old.items():
        if sys.modules.setdefault(name, module) is module:
            parent, _, tail = name.rpartition(".")
            if parent in sys.modules and not hasattr(sys.modules[parent], tail):
                setattr(sys.modules[parent], tail, module)


def _scope_of(module: str) -> str:
    """The package whose modules are run anew with ``module``: its folder, or the package that it is in."""
    if module.startswith(FOLDER_PREFIX):
        return module.partition(".")[0]
    package = module if hasattr(sys.modules.get(module), "__path__") else module.rpartition(".")[0]
    return module if not package or _is_in(package, "finopsnb") else package


def _executed(scope: str, module: str) -> list[str]:
    """The modules of ``scope`` that were made from source; an extension cannot be loaded twice."""
    names = [name for name in list(sys.modules) if _is_in(name, scope) or name == module]
    return [name for name in names if not isinstance(_loader_of(name), ExtensionFileLoader)]


def _loader_of(name: str) -> Any:
    return getattr(getattr(sys.modules.get(name), "__spec__", None), "loader", None)


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _spec_at(fullname: str, place: Path) -> ModuleSpec | None:
    """The spec of ``place``.py, or of the folder ``place`` with or without an ``__init__.py``."""
    init, file = place / "__init__.py", place.parent / f"{place.name}.py"
    if init.is_file():
        return _file_spec(fullname, init, [str(place)])
    if "." in fullname and file.is_file():
        return _file_spec(fullname, file, None)
    if not place.is_dir():
        return None
    spec = ModuleSpec(fullname, None, is_package=True)
    spec.submodule_search_locations = [str(place)]
    return spec


def _file_spec(fullname: str, file: Path, places: Sequence[str] | None) -> ModuleSpec | None:
    loader = _UncachedLoader(fullname, str(file))
    locations = list(places) if places is not None else None
    return spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=locations)


def _check_inside(path: Path, root: Path) -> None:
    if not path.resolve().is_relative_to(root.resolve()):
        raise UnsafePluginPath(
            f"{path} is a link out of its folder, to {path.resolve()}; it was not run.",
            hint=f"put a copy of the file into {root}",
            phase="import",
        )
