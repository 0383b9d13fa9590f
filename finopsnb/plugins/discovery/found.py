"""What discovery hands on: one plugin, or one file in which a plugin cannot be used, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from finopsnb.plugins.base import PluginType

__all__ = ["FOLDER_PREFIX", "Found", "digest_of"]

#: the modules of a folder live below a package of this name and a digest of the folder's path
FOLDER_PREFIX = "finopsnb_folder_"


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that was found and not imported.

    ``origin`` says to a person where it comes from, ``module`` and ``class_name`` say to the loader what to import,
    ``sha256`` is that of the source as it was read. ``reason`` is empty where the plugin can be used and else says why
    it cannot, with file and line; ``name`` is then the best name that is known (the file's, where there is no other).
    """

    name: str
    plugin_type: PluginType | None = None
    version: str = ""
    author: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    license: str = ""
    homepage: str = ""
    dependencies: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    origin: str = ""
    module: str = ""
    class_name: str = ""
    path: Path | None = None
    line: int | None = None
    sha256: str = ""
    reason: str = ""


def digest_of(data: bytes) -> str:
    """The sha256 of source, in hexadecimal."""
    import hashlib  # loads OpenSSL

    return hashlib.sha256(data).hexdigest()
