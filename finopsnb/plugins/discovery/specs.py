"""Where the source of a module is, found without importing it or any package above it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

__all__ = ["find_spec", "source_of"]


def find_spec(module: str) -> ModuleSpec | None:
    """The spec of a dotted name, or None; ``importlib.util.find_spec`` would import the packages above it."""
    spec: ModuleSpec | None = None
    places: Sequence[str] | None = None
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        spec = _ask(".".join(parts[:end]), places)
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
    return spec


def source_of(spec: ModuleSpec | None) -> Path | None:
    """The .py file of a module, or None: a namespace package, an archive or an extension has none."""
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    path = Path(spec.origin)
    return path if path.suffix == ".py" and path.is_file() else None


def _ask(name: str, places: Sequence[str] | None) -> ModuleSpec | None:
    for finder in [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]:
        try:
            spec: ModuleSpec | None = finder.find_spec(name, places, None)
        except KeyError:  # a namespace package inside another asks for the outer one, which is not imported
            spec = _namespace(name, places or ())
        if spec is not None:
            return spec
    return None


def _namespace(name: str, places: Sequence[str]) -> ModuleSpec | None:
    folders = [Path(place, name.rpartition(".")[2]) for place in places]
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder) for folder in folders if folder.is_dir()]
    return spec if spec.submodule_search_locations else None
