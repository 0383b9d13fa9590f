"""Looking for plugins in importable packages and in folders."""

from __future__ import annotations

import importlib
from pathlib import Path

from finopsnb.errors import DiscoveryError
from finopsnb.plugins.discovery.folders import check_safe, existing, list_files, module_of, package_of
from finopsnb.plugins.discovery.found import Found
from finopsnb.plugins.discovery.source import read_source
from finopsnb.plugins.discovery.specs import find_spec, source_of

__all__ = ["in_folder", "in_package"]


def in_package(package_name: str) -> list[Found]:
    """The plugins of an importable package or module, its sub-packages too, sorted by file and line.

    Raises DiscoveryError when there is no such package, or it is not made of files.
    """
    importlib.invalidate_caches()  # it may have been installed a moment ago
    spec = find_spec(package_name) if _is_dotted(package_name) else None
    if spec is None:
        raise DiscoveryError(
            f"There is no package {package_name} to look for plugins in.",
            hint=f"pip install {package_name.partition('.')[0].replace('_', '-')}",
        )
    roots = [Path(place) for place in spec.submodule_search_locations or ()]
    if any(root.is_dir() for root in roots):
        return [found for root in roots if root.is_dir() for found in _in_package_folder(package_name, root)]
    if (path := source_of(spec)) is not None:
        return read_source(path, package_name, origin=_package_origin(package_name, package_name))
    raise DiscoveryError(
        f"The package {package_name} is not made of .py files that can be read.",
        why=f"It comes from {spec.origin or roots}.",
        hint="registry.register(TheClass) takes a class that you import yourself",
    )


def in_folder(path: str | Path, *, allow_unsafe: bool = False) -> list[Found]:
    """The plugins in the .py files of a folder, or in one file, sorted by file and line.

    Looked at are at most 2,000 files, no deeper than folder/a/b/file.py; hidden ones are left out, and links that lead
    out of the folder are listed with the reason and never read. Raises DiscoveryError when there is no such folder, and
    UnsafePluginPath when others may write to it or to a file in it, unless ``allow_unsafe``.
    """
    root = existing(Path(path))
    listing = list_files(root)
    if not allow_unsafe:
        check_safe([*listing.folders, *listing.files] if root.is_dir() else [root.parent, root])
    package = package_of(listing.root)
    found = [item for file in listing.files for item in _in_file(file, listing.root, package)]
    refused = [Found(p.stem or str(p), origin=f"folder {p}", path=p, reason=reason) for p, reason in listing.refused]
    return [*found, *refused]


def _in_file(file: Path, root: Path, package: str) -> list[Found]:
    origin = f"folder {file}"
    if "." in file.stem:
        reason = f"{file} has a dot in its name, so that it cannot be imported; rename it"
        found = read_source(file, "", origin=origin)
        return [Found(file.stem, origin=origin, path=file, reason=reason)] if found else []
    return read_source(file, module_of(file, root, package), origin=origin)


def _in_package_folder(package_name: str, root: Path) -> list[Found]:
    listing = list_files(root, depth=None, links=True)
    modules = [(file, module_of(file, root, package_name)) for file in listing.files if "." not in file.stem]
    found = [item for file, module in modules for item in read_source(file, module, origin=_package_origin(package_name, module))]
    refused = [Found(package_name, origin=f"package {package_name} at {p}", reason=why) for p, why in listing.refused]
    return [*found, *refused]


def _package_origin(package_name: str, module: str) -> str:
    return f"package {package_name} ({module})"


def _is_dotted(name: str) -> bool:
    return bool(name) and all(part.isidentifier() for part in name.split("."))
