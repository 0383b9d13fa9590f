"""Compressed files: unpacked in a stream that stops where a file expands beyond reason, and checked to their last byte.

The engine unpacks for itself, but it takes a zstd file that is cut short for a whole one, and looks at no checksum. So a
second thread unpacks the same file while the engine reads it, and throws away what it gets: it is done before the engine.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from finopsnb.errors import SourceError
from finopsnb.plugins.files.problems import NOTHING_STORED

__all__ = ["Limits", "is_compressed", "opened", "watched"]

_BLOCK = 1 << 20
_MAGIC = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
_TOOLS = {".gz": "gunzip", ".zst": "unzstd"}


@dataclass(frozen=True)
class Limits:
    """A compressed file is refused when it expands both beyond ``size`` bytes and to more than ``ratio`` times its own size."""

    ratio: float = 100
    size: int = 2 * 2**30


def is_compressed(path: Path) -> bool:
    """Whether a file's name says that it is compressed."""
    return path.suffix.lower() in _MAGIC


@contextmanager
def opened(path: Path, name: str, limits: Limits) -> Iterator[BinaryIO]:
    """The content of a file, unpacked, as a binary stream; reading raises SourceError where it expands beyond the limits."""
    import pyarrow as pa

    _require_magic(path, name)
    with pa.input_stream(str(path), compression=_codec(path)) as stream:
        counted = _Counted(stream, path, name, limits) if is_compressed(path) else stream
        yield cast(BinaryIO, io.BufferedReader(cast(Any, counted), _BLOCK))


@contextmanager
def watched(path: Path, name: str, limits: Limits) -> Iterator[Callable[..., None]]:
    """A function that raises if the file is found to be cut short, damaged or beyond the limits; with ``wait=True`` it knows."""
    if not is_compressed(path):
        yield _nothing_to_check
        return
    _require_magic(path, name)
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="finopsnb-unpacking") as pool:
        seen = pool.submit(_read_through, path, name, limits, stop)
        try:
            yield lambda wait=False: seen.result() if wait or seen.done() else None
        finally:
            stop.set()


def _nothing_to_check(wait: bool = False) -> None:
    """The check of a file that is not compressed."""


def _read_through(path: Path, name: str, limits: Limits, stop: threading.Event) -> None:
    with opened(path, name, limits) as stream:
        block = bytearray(_BLOCK)
        while stream.readinto(block) and not stop.is_set():  # type: ignore[attr-defined]
            pass


class _Counted(io.RawIOBase):
    """A stream that counts what was read from it, up to what its file may expand to."""

    def __init__(self, stream: Any, path: Path, name: str, limits: Limits) -> None:
        self._stream, self._path, self._name = stream, path, name
        self._packed = path.stat().st_size
        self._limit = self._left = int(max(limits.size, limits.ratio * self._packed))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._stream.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise self._beyond()
        return count

    def _beyond(self) -> SourceError:
        tool = _TOOLS[self._path.suffix.lower()]
        return SourceError(
            f"The file {self._name} expands beyond reason{NOTHING_STORED}",
            why=f"It has {self._packed:,} bytes, and reading was stopped when more than {self._limit:,} had come out of it.",
            hint=f"if it is meant to be that large, unpack it with {tool} and collect the unpacked file",
        )


def _codec(path: Path) -> str | None:
    return {".gz": "gzip", ".zst": "zstd"}.get(path.suffix.lower())


def _require_magic(path: Path, name: str) -> None:
    """Browsers unpack what they download and leave the name as it was."""
    magic = _MAGIC.get(path.suffix.lower(), b"")
    with path.open("rb") as stream:
        start = stream.read(len(magic))
    if start != magic:
        plain = name.removesuffix(path.suffix)
        raise SourceError(
            f"The file {name} cannot be read{NOTHING_STORED}",
            why="It is empty." if not start else f"It is called {path.suffix}, but it is not compressed.",
            hint=f"rename it to {plain}" if start else "export the file again",
        )
