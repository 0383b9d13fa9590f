"""What a source of files was like when it was collected, so that the next collection reads only what changed.

A file is the same while its size and its stamp are, or, where only the stamp changed, its content. A file that changed
brings with it every file that shares a billing period with it, before or after the change: rows that two files have are
told apart from rows that came twice only where both are at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finopsnb.plugins.files import BillingFile

__all__ = ["Known", "Memory", "digest_of"]

#: of what is kept; what was kept in another form says nothing of the files
_FORM = 2


@dataclass(frozen=True)
class Known:
    """A file as it was read: size in bytes, the stamp of its last change, its digest (empty where it is not known) and its
    billing periods by their first day."""

    size: int | None
    stamp: str
    sha256: str
    periods: tuple[str, ...]


@dataclass
class Memory:
    """The files of one source by name; ``made`` says with which plugin and settings they were read.

    With ``anew`` all of them are to be read again; which there were is still known, for the rows of those that are gone.
    """

    made: str
    files: dict[str, Known] = field(default_factory=dict)
    anew: bool = False

    @classmethod
    def of(cls, state: Mapping[str, Any] | None, made: str, *, full: bool = False) -> Memory:
        """From what was kept; what was read with another version or other settings is to be read anew."""
        files = (state or {}).get("files", {})
        known = {name: Known(one["size"], one["stamp"], one["sha256"], tuple(one["periods"])) for name, one in files.items()}
        is_other = (state or {}).get("made") != made or (state or {}).get("form") != _FORM
        return cls(made, known, full or is_other)

    def state(self) -> dict[str, Any]:
        """What is to be kept, JSON-able."""
        return {"made": self.made, "form": _FORM, "files": {name: asdict(one) for name, one in sorted(self.files.items())}}

    def changed(self, files: Iterable[BillingFile], *, doubtful: bool = True) -> list[BillingFile]:
        """Those that are new, or not what they were; if ``doubtful``, also those of which nothing tells when they changed."""
        return [file for file in files if not self._is_same(file, doubtful=doubtful)]

    def forget_missing(self, names: Iterable[str]) -> dict[str, Known]:
        """Take out the files that are there no more; they, with their periods."""
        present = set(names)
        gone = {name: one for name, one in self.files.items() if name not in present}
        for name in gone:
            del self.files[name]
        return gone

    def sharing(self, periods: Iterable[str]) -> set[str]:
        """The names of files with any of these billing periods."""
        wanted = set(periods)
        return {name for name, one in self.files.items() if wanted & set(one.periods)}

    def note(self, file: BillingFile, periods: Iterable[str], digest: str) -> None:
        """The file as it was read just now."""
        self.files[file.name] = Known(file.size, file.stamp, digest, tuple(sorted(periods)))

    def _is_same(self, file: BillingFile, *, doubtful: bool) -> bool:
        known = self.files.get(file.name)
        if self.anew or known is None or known.size != file.size:
            return False
        if not file.is_stamped:
            return not doubtful
        if known.stamp == file.stamp:
            return True
        if not known.sha256 or known.sha256 != digest_of(file):
            return False
        self.files[file.name] = replace(known, stamp=file.stamp)  # it was only touched: the next time its stamp tells
        return True


def digest_of(file: BillingFile) -> str:
    """The digest of what the file holds; empty of one that would have to be fetched, or that was written to meanwhile."""
    digest = file.sha256() if file.is_here else ""
    return digest if digest and type(file).at(file.name) == file else ""
