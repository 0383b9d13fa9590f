"""The base of telemetry plugins that collect files: which files, which of them changed, and what is stored of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, Field, field_validator

from finopsnb.plugins.exports.memory import Known, Memory, digest_of
from finopsnb.plugins.exports.periods import FilePeriods, PeriodReader
from finopsnb.plugins.files import BILLING_SUFFIXES, BillingFile, find_files, hidden_options, source_name
from finopsnb.plugins.telemetry import TelemetryPlugin

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileConfig", "FileTelemetry", "ReadFile"]

ReadFile = Callable[[BillingFile], "Iterator[pa.Table]"]


class FileConfig(BaseModel):
    """Where the files are and how they are written."""

    path: str = Field(description="A file, a folder or a pattern, such as exports/*.csv, or an address: s3://, https://", min_length=1)
    source: str = Field("", description="A name for what is collected, when the path may change; the path otherwise")
    delimiter: str = Field("", description="What separates the columns of a CSV; found out when empty", max_length=1)
    encoding: str = Field("utf-8", description="utf-8, utf-16 or latin-1")
    storage_options: dict[str, Any] = Field(
        default_factory=dict, description="For addresses: what the file system is opened with, such as endpoint_url", repr=False
    )

    @field_validator("storage_options")
    @classmethod
    def _hide_options(cls, options: dict[str, Any]) -> dict[str, Any]:
        return hidden_options(options)


class FileTelemetry(TelemetryPlugin):
    """Collects files, and remembers them: the next collection reads only what changed.

    A subclass says in :meth:`reading` how a file becomes tables. Unless it is asked for ``full``, a collection reads the
    files that are new or changed and those that share a billing period with them; what is stored of a file that is gone
    is taken out. The memory is kept with the rows: after a collection that failed it is what it was before.
    """

    Config: ClassVar[type[Any]] = FileConfig
    config: FileConfig

    #: settings that say where the files are and not how they are read: with another value, what was read is not read again
    places: ClassVar[frozenset[str]] = frozenset({"path", "source", "storage_options"})

    #: how the names of its files end
    suffixes: ClassVar[Sequence[str]] = BILLING_SUFFIXES

    @property
    def replaces(self) -> Literal["periods", "parts"]:
        """Files: what is stored of one stays as it is until the file changes."""
        return "parts"

    @property
    def source(self) -> str:
        """The name that was given, or the path: absolute, so that it is the same from every working folder."""
        return self.config.source or source_name(self.config.path)

    def find(self) -> list[BillingFile]:
        """The files of this source; raises SourceError when there is none."""
        return find_files(self.config.path, self.suffixes, storage_options=self.config.storage_options or None)

    def reading(self) -> AbstractContextManager[ReadFile]:
        """A context manager that gives the function from a file to its tables, chunk by chunk."""
        raise NotImplementedError

    def further_periods(self, file: BillingFile) -> set[str]:  # noqa: ARG002 - for those that override it
        """Billing periods, by their first day, that a file has to do with though no row that it gave is of them."""
        return set()

    def collect_telemetry(self, full: bool = False) -> Iterator[tuple[str, pa.Table | None]]:
        """The rows of the files that changed since the last collection; of all files when ``full``."""
        files = {file.name: file for file in self.find()}
        memory = self._memory(full)
        gone = memory.forget_missing(files)
        yield from ((name, None) for name in sorted(gone))
        changed = memory.changed(files.values())
        with self.reading() as read:
            yield from self._read_all(read, files, changed, memory, gone)
        self._keep(memory, len(files))

    def _read_all(
        self, read: ReadFile, files: dict[str, BillingFile], changed: list[BillingFile], memory: Memory, gone: dict[str, Known]
    ) -> Iterator[tuple[str, pa.Table]]:
        """Changed files first; each brings those that share a period with what it was and what it is."""
        self._unread = set(files)
        waiting = [file.name for file in changed]
        waiting += sorted(self._sharing(memory, {period for one in gone.values() for period in one.periods}) - set(waiting))
        with PeriodReader() as reader:
            while waiting:
                name = waiting.pop(0)
                self._unread.discard(name)
                known, said = memory.files.get(name), reader.of_file()
                yield from self._read_one(read, files[name], said, memory)
                periods = {*(known.periods if known else ()), *memory.files[name].periods}
                waiting += sorted((self._sharing(memory, periods) & self._unread) - set(waiting))

    def _read_one(self, read: ReadFile, file: BillingFile, said: FilePeriods, memory: Memory) -> Iterator[tuple[str, pa.Table]]:
        further = self.further_periods(file)
        with ThreadPoolExecutor(1, "finopsnb-digest") as beside:
            digest = beside.submit(digest_of, file)
            for table in read(file):
                said.add(table)
                yield file.name, table
            memory.note(file, said.told | further, digest.result())

    def _sharing(self, memory: Memory, periods: set[str]) -> set[str]:
        """The names of files that may have rows of one with these periods, too; a key may come again in any period."""
        by_period = not self.row_key or "BillingPeriodStart" in self.row_key
        return memory.sharing(periods) if by_period or not periods else set(memory.files)

    def _memory(self, full: bool) -> Memory:
        kept = self.context.get_state(self._key) if self.context.run_id is not None else None
        return Memory.of(kept, self._made, full=full)

    def _keep(self, memory: Memory, files: int) -> None:
        if self.context.run_id is None:
            return
        self.context.remember(self._key, memory.state())
        if self._unread:
            message = f"{len(self._unread)} of {files} files are as they were when they were collected; full=True reads them again"
            self.context.report("files-unchanged", message=message)

    @property
    def _key(self) -> str:
        return f"files:{self.source}"

    @property
    def _made(self) -> str:
        settings = self.config.model_dump(mode="json", exclude=set(self.places))
        return f"{self.metadata.version} {json.dumps(settings, sort_keys=True)}"

    def changes(self, since: datetime) -> list[str]:  # noqa: ARG002
        """The files that are not as they were when they were collected: new, changed or gone."""
        files = {file.name: file for file in self.find()}
        memory = Memory.of(self.context.get_state(self._key), self._made)
        if not memory.files:
            return []
        return sorted([*memory.forget_missing(files), *(file.name for file in memory.changed(files.values(), doubtful=False))])

    def health_check(self) -> dict[str, Any]:
        """What every plugin says, and the number of ``files``."""
        return {**super().health_check(), "files": len(self.find())}
