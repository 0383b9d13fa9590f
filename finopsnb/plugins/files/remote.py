"""Files behind an address: found through fsspec, and copied to this machine while they are read."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

from finopsnb.errors import SourceError
from finopsnb.plugins.files.addresses import SCHEMES, cover_secrets, is_address, public_name, scheme_of, without_query
from finopsnb.plugins.files.finding import BILLING_SUFFIXES, JSON_SUFFIXES, BillingFile, fits
from finopsnb.plugins.files.folders import private_folder
from finopsnb.plugins.files.problems import NOTHING_STORED
from finopsnb.plugins.secrets import MaskingFilter, masker

__all__ = ["RemoteFile", "find_remote"]

_STAMPS = ("ETag", "etag", "Content-MD5", "Last-Modified", "LastModified", "last_modified", "mtime", "updated")
_ANY_ADDRESS = re.compile(r"[A-Za-z0-9]+://[^\s'\"<>()]+")


@dataclass(frozen=True)
class RemoteFile(BillingFile):
    """A file behind an address. Its copy on this machine is private, and gone when the context of :meth:`local` ends."""

    is_here: ClassVar[bool] = False

    place: str = field(repr=False, compare=False)
    system: Any = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        """Its name without the digest of what the address asks for."""
        return without_query(self.name)

    @contextmanager
    def local(self) -> Iterator[Path]:
        """A private copy while the context lasts; raises SourceError when it cannot be fetched whole."""
        with private_folder() as folder:
            copy = folder / f"copy{_suffix(self.path)}"
            os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with _problems(self.name):
                self.system.get_file(self.place, str(copy))
            if self.size is not None and copy.stat().st_size < self.size:
                raise _broke_off(self.name, copy.stat().st_size, self.size)
            yield copy


def find_remote(address: str, suffixes: Sequence[str], options: Mapping[str, Any]) -> list[BillingFile]:
    """The file behind an address, or those of its folder or pattern, sorted by name.

    Raises SourceError when there is none, when the address cannot be reached, or when the package for it is missing.
    """
    cover_secrets(address, options)
    scheme, name = scheme_of(address), public_name(address)
    with _problems(name):
        system = _system(scheme, address, options)
        found = _found(system, system._strip_protocol(address), suffixes)
        if not found:
            raise SourceError(
                f"No billing file is at {name}.", hint=f"an address, a folder or a pattern of files ending in {', '.join(suffixes)}"
            )
        files = sorted([_file(scheme, system, info) for info in found], key=lambda file: file.name)
    for one, other in pairwise(files):
        if one.name == other.name:
            raise _not_told_apart(one.name)
    return list(files)


def _system(scheme: str, address: str, options: Mapping[str, Any]) -> Any:
    """The file system; not one that fsspec kept, which would show a folder as it was."""
    import fsspec

    logging.getLogger("fsspec.http").addFilter(_MASKED)
    kind = fsspec.get_filesystem_class(scheme)
    settings = {**_defaults(scheme), **kind._get_kwargs_from_urls(address), **options}
    return kind(**settings, skip_instance_cache=True, use_listings_cache=False)


_MASKED = MaskingFilter()


def _defaults(scheme: str) -> dict[str, Any]:
    if SCHEMES[scheme] != "aiohttp":
        return {}
    import aiohttp

    # what is usual ends a download after five minutes, however well it goes
    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=120)}}


def _found(system: Any, place: str, suffixes: Sequence[str]) -> list[dict[str, Any]]:
    if "*" in place:
        return [info for info in system.glob(place, detail=True).values() if _is_file(info)]
    if not place.endswith("/"):
        info = system.info(place)
        if info["type"] == "file":
            return [info]
    return [info for info in system.find(place, detail=True).values() if _is_file(info) and fits(info["name"], suffixes)]


def _is_file(info: Mapping[str, Any]) -> bool:
    last = info["name"].rpartition("/")[2]
    return info["type"] == "file" and last != "" and not last.startswith((".", "_"))


def _file(scheme: str, system: Any, info: Mapping[str, Any]) -> RemoteFile:
    place = info["name"]
    if SCHEMES[scheme] == "aiohttp" and not any(key in info for key in _STAMPS):
        info = {**info, **system.info(place)}
    stamp = next((str(info[key]) for key in _STAMPS if info.get(key)), "")
    name = public_name(place if is_address(place) else f"{scheme}://{place}")
    return RemoteFile(name, info.get("size"), stamp, place, system)


def _suffix(name: str) -> str:
    """By which the copy is read; nothing else of the name comes to this machine."""
    known = [suffix for suffix in (*BILLING_SUFFIXES, *JSON_SUFFIXES) if fits(name, (suffix,))]
    return max(known, key=len, default=".csv")


@contextmanager
def _problems(name: str) -> Iterator[None]:
    """What any file system raises, as a SourceError that tells no secret; the cause is not chained, for it may."""
    try:
        yield
    except SourceError:
        raise
    except ImportError as error:
        raise _missing(name, error) from None
    except FileNotFoundError as error:
        raise (_failed(name, error.__cause__) if _is_other(error.__cause__) else _not_there(name)) from None
    except Exception as error:  # noqa: BLE001 - each file system raises the errors of its own libraries
        raise _failed(name, error) from None


def _is_other(cause: BaseException | None) -> bool:
    """Over HTTP every failure comes as a file that is not found."""
    return isinstance(cause, OSError) or getattr(cause, "status", 404) != 404


def _not_there(name: str) -> SourceError:
    return SourceError(f"No billing file is at {name}.", why="The address does not exist.", hint="check the address")


def _not_told_apart(name: str) -> SourceError:
    return SourceError(
        f"Two files have the name {name}{NOTHING_STORED}",
        why="Their addresses differ in nothing but a password, a token or a signature.",
        hint="an address of one of them",
    )


def _failed(name: str, error: BaseException | None) -> SourceError:
    said = masker.mask(_ANY_ADDRESS.sub(lambda found: public_name(found[0]), str(error))).split("\n")[0][:300]
    return SourceError(
        f"The file {name} cannot be fetched{NOTHING_STORED}",
        why=f"{type(error).__name__}: {said}",
        hint="check the address and storage_options, such as endpoint_url, key and secret, or anon",
    )


def _missing(name: str, error: ImportError) -> SourceError:
    package = SCHEMES[scheme_of(name)]
    more = f" {package}" if package in ("gcsfs", "adlfs") else ""
    return SourceError(
        f"{name} cannot be opened.", why=f"A package is missing: {error.name or package}.", hint=f'pip install "finopsnb[remote]"{more}'
    )


def _broke_off(name: str, came: int, size: int) -> SourceError:
    return SourceError(
        f"The file {name} cannot be fetched{NOTHING_STORED}",
        why=f"The connection broke off: {came:,} of {size:,} bytes came.",
        hint="collect again",
    )
