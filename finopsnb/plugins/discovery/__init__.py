"""Finding plugins, in packages, folders and installed distributions, without running any code of theirs.

    in_package("acme_plugins")     read with ast from where the import system would take it
    in_folder("plugins")           the same, after a look at who may write there
    in_entry_points()              what installed distributions announce
    read_source(path, module)      the plugins of one file
    read_class(cls)                the metadata of a class in hand; check_metadata(meta) says what is wrong with it

Each gives a list of :class:`Found`, in a fixed order. What cannot be used is in the list too, with its reason. The code
is imported by :func:`finopsnb.plugins.loading.load_class`, and then has the user's privileges.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.discovery.found import Found

if TYPE_CHECKING:
    from finopsnb.plugins.discovery.entry_points import GROUPS, in_entry_points
    from finopsnb.plugins.discovery.looking import in_folder, in_package
    from finopsnb.plugins.discovery.metadata import check_metadata, read_class
    from finopsnb.plugins.discovery.source import read_source

__all__ = [
    "GROUPS",
    "Found",
    "check_metadata",
    "in_entry_points",
    "in_folder",
    "in_package",
    "read_class",
    "read_source",
]

#: who only imports the framework does not look for plugins yet, and does not wait for these
_HOMES = {
    "GROUPS": "entry_points",
    "check_metadata": "metadata",
    "in_entry_points": "entry_points",
    "in_folder": "looking",
    "in_package": "looking",
    "read_class": "metadata",
    "read_source": "source",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
