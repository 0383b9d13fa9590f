"""Looking into folders: which files there are, and whether the folder can be trusted with code.

A loaded plugin has the user's privileges, so whoever may write to its file may do what the user may. A folder or file
that its group or others may write to, or that belongs to somebody else, is refused with the command that mends it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from finopsnb.errors import DiscoveryError, UnsafePluginPath, nearest
from finopsnb.plugins.discovery.found import FOLDER_PREFIX, digest_of

__all__ = ["Listing", "check_safe", "existing", "list_files", "module_of", "package_of"]

MOST_FILES = 2_000
#: a file of a folder is at most this many steps away from it: folder/a/b/file.py
DEPTH = 3


@dataclass
class Listing:
    """The Python files below a folder, sorted; its folders; and what is not looked at, with the reason."""

    root: Path
    files: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)


def existing(path: Path) -> Path:
    """``path`` with links resolved; raises DiscoveryError, with the near name, when there is nothing."""
    try:
        return path.expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        near = nearest(path.name, _names_in(path.parent))
        raise DiscoveryError(
            f"There is no folder {path} to look for plugins in.",
            why=f"Did you mean {near}?" if near else f"{type(error).__name__}: {error}",
            hint=f'registry.discover_from_path("{path.parent / near if near else path}")',
        ) from error


def list_files(root: Path, *, depth: int | None = DEPTH, links: bool = False) -> Listing:
    """Walk a folder (or take a single file), in order of name; hidden files and ``__pycache__`` are left out.

    ``depth`` None means as deep as it goes. Links that lead out of the folder are refused unless ``links``.
    """
    listing = Listing(root if root.is_dir() else root.parent)
    if not root.is_dir():
        listing.files.append(root)
        return listing
    _walk(root, listing, depth, links)
    real = {file for file in listing.files if not file.is_symlink()}
    listing.files = [file for file in listing.files if file in real or file.resolve() not in real]
    if len(listing.files) > MOST_FILES:
        kept, rest = listing.files[:MOST_FILES], len(listing.files) - MOST_FILES
        listing.files = kept
        listing.refused.append((root, f"more than {MOST_FILES:,} Python files: at least {rest:,} of them were not read"))
    return listing


def check_safe(paths: Iterable[Path]) -> None:
    """Raise UnsafePluginPath when others than the user (and root) may write to any of ``paths``."""
    if not hasattr(os, "geteuid"):  # Windows has other rights, and a home folder is its user's
        return
    found = [(path, why) for path in paths if (why := _danger(path))]
    if not found:
        return
    first, why = found[0]
    others = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    raise UnsafePluginPath(
        f"{first} should not be trusted with code: {why}{others}.",
        why="A loaded plugin has your privileges, so whoever may write to it may do what you may.",
        hint=f"{_mend([path for path, _ in found])}   # or, knowing that: discover_from_path(..., allow_unsafe=True)",
        phase="import",
    )


def package_of(root: Path) -> str:
    """The name of the private package in which the modules of a folder live."""
    return FOLDER_PREFIX + digest_of(os.fsencode(root))[:12]


def module_of(file: Path, root: Path, package: str) -> str:
    """The dotted name of a file below ``root``, which is imported as ``package``."""
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _walk(folder: Path, listing: Listing, depth: int | None, links: bool) -> None:
    listing.folders.append(folder)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        listing.refused.append((folder, f"{folder} cannot be read: {error.strerror}"))
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "__pycache__" or len(listing.files) > MOST_FILES:
            continue
        _take(entry, listing, depth, links)


def _take(entry: os.DirEntry[str], listing: Listing, depth: int | None, links: bool) -> None:
    path = Path(entry.path)
    if entry.is_symlink() and not links and (reason := _leads_out(path, listing.root)):
        if path.suffix == ".py" or path.is_dir():
            listing.refused.append((path, reason))
    elif entry.is_dir(follow_symlinks=False):
        if depth is None or depth > 1:
            _walk(path, listing, None if depth is None else depth - 1, links)
    elif path.suffix == ".py" and not path.is_dir():
        listing.files.append(path)


def _leads_out(path: Path, root: Path) -> str:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return f"{path} is a link that leads nowhere"
    return "" if target.is_relative_to(root) else f"{path} is a link out of the folder, to {target}; it is not read"


def _danger(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""  # reading it says what is wrong
    if status.st_uid not in (0, os.geteuid()):
        return f"it belongs to another user (uid {status.st_uid})"
    if status.st_mode & stat.S_IWOTH:
        return "anyone may write to it"
    return "its group may write to it" if status.st_mode & stat.S_IWGRP else ""


def _mend(paths: list[Path]) -> str:
    """The shell commands that make ``paths`` the user's own."""
    foreign = [path for path in paths if path.stat().st_uid not in (0, os.geteuid())]
    writable = [path for path in paths if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)]
    commands = [("chown $(id -u)", foreign), ("chmod go-w", writable)]
    return " && ".join(f"{command} {_quoted(some)}" for command, some in commands if some)


def _quoted(paths: list[Path]) -> str:
    import shlex

    return " ".join(shlex.quote(str(path)) for path in paths[:20])


def _names_in(folder: Path) -> Iterator[str]:
    try:
        yield from sorted(os.listdir(folder))
    except OSError:
        return  # there is no name to offer
