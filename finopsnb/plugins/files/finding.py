"""Which billing files a path means: itself, those of a folder, of a pattern, or of an address."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from finopsnb.errors import SourceError, nearest
from finopsnb.plugins.files.addresses import is_address

__all__ = ["BILLING_SUFFIXES", "CSV_SUFFIXES", "JSON_SUFFIXES", "PARQUET_SUFFIXES", "BillingFile", "find_files"]

CSV_SUFFIXES = (".csv", ".csv.gz", ".csv.zst", ".tsv", ".tsv.gz", ".txt")
PARQUET_SUFFIXES = (".parquet", ".pq")
JSON_SUFFIXES = (".json", ".json.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")

#: what find_files looks for in a folder unless told otherwise
BILLING_SUFFIXES = (*CSV_SUFFIXES, *PARQUET_SUFFIXES)


@dataclass(frozen=True)
class BillingFile:
    """A file to collect: ``name`` is its absolute path or its address, ``size`` in bytes where known, and ``stamp`` changes when it does.

    The name never holds a password or a token.
    """

    name: str
    size: int | None
    stamp: str

    #: whether its content is at hand without fetching it
    is_here: ClassVar[bool] = True

    @property
    def path(self) -> str:
        """What its kind is told by: it ends as the file does."""
        return self.name

    @property
    def is_stamped(self) -> bool:
        """Whether its stamp would tell that it changed; some servers say nothing."""
        return self.stamp != ""

    @classmethod
    def at(cls, path: str | Path) -> BillingFile:
        """The local file at a path; raises SourceError when it cannot be looked at."""
        place = Path(path).expanduser()
        try:
            seen = place.stat()
        except OSError as error:
            raise SourceError(f"The file {place} cannot be read.", why=error.strerror or str(error)) from error
        return cls(str(place.resolve()), seen.st_size, str(seen.st_mtime_ns))

    @contextmanager
    def local(self) -> Iterator[Path]:
        """The file on this machine while the context lasts: itself, or a private copy of one that is elsewhere."""
        yield Path(self.name)

    def sha256(self) -> str:
        """The hash of the content in hexadecimal digits; raises SourceError."""
        try:
            with self.local() as path, path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except SourceError:
            raise
        except OSError as error:
            raise SourceError(f"The file {self.name} cannot be read.", why=error.strerror or str(error)) from error


def find_files(
    path: str | Path,
    suffixes: Sequence[str] = BILLING_SUFFIXES,
    *,
    storage_options: Mapping[str, Any] | None = None,
) -> list[BillingFile]:
    """The files behind a path: the file itself, those of a folder (its sub-folders too), or those of a pattern; sorted.

    An address (``s3://``, ``gs://``, ``az://``, ``https://``) is opened by fsspec, with ``storage_options`` as its
    settings. Raises SourceError when there is none, naming what is there instead.
    """
    if is_address(path):
        from finopsnb.plugins.files.remote import find_remote

        return find_remote(str(path), suffixes, storage_options or {})
    place = Path(path).expanduser()
    if place.is_file():
        return [BillingFile.at(place)]
    found = place.rglob("*") if place.is_dir() else map(Path, glob.glob(str(place), recursive=True))
    wanted = [p for p in found if p.is_file() and not p.name.startswith((".", "_"))]
    files = sorted(p for p in wanted if not place.is_dir() or fits(p.name, suffixes))
    if not files:
        raise _nothing(place, suffixes)
    return [BillingFile.at(file) for file in files]


def fits(name: str, suffixes: Sequence[str]) -> bool:
    """Whether a file's name ends in one of them, in any case."""
    return name.lower().endswith(tuple(suffixes))


def _nothing(place: Path, suffixes: Sequence[str]) -> SourceError:
    folder = place if place.is_dir() else place.parent
    names = [p.name for p in folder.iterdir() if fits(p.name, suffixes)] if folder.is_dir() else []
    near = nearest(place.name, names)
    there = f"{folder} holds {len(names)} billing files." if folder.is_dir() else f"There is no folder {folder}."
    return SourceError(
        f"No billing file is at {place}.",
        why=f"{there} Working folder: {Path.cwd()}.",
        hint=f'path="{folder / near}"' if near else f"a path, a folder or a pattern of files ending in {', '.join(suffixes)}",
    )
