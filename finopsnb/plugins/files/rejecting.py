"""A CSV file with rows that break the rules, taken apart: a copy of the good records, and the bad ones with line and reason.

The engine could set bad rows aside itself (``store_rejects``), but behind a quote that is not closed it loses tens of
thousands of good rows without a word. So it reads strictly, and only a file that it refuses comes here.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from finopsnb.errors import SourceError
from finopsnb.plugins.files.dialect import Dialect
from finopsnb.plugins.files.problems import NOTHING_STORED, not_in_encoding
from finopsnb.plugins.files.records import Record, records

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Lines", "Salvaged", "salvage"]

_BATCH = 10_000


@dataclass
class Lines:
    """The line of each good record; kept as the places where the numbering jumps.

    >>> lines = Lines()
    >>> for line in (2, 3, 7):
    ...     lines.add(line)
    >>> lines.of(1, 2).tolist()
    [3, 7]
    """

    count: int = 0
    _places: array[int] = field(default_factory=lambda: array("q"))
    _lines: array[int] = field(default_factory=lambda: array("q"))

    def add(self, line: int) -> None:
        """The next record is on this line."""
        if not self._places or line - self._lines[-1] != self.count - self._places[-1]:
            self._places.append(self.count)
            self._lines.append(line)
        self.count += 1

    def of(self, start: int, count: int) -> Any:
        """The lines of ``count`` records from the one numbered ``start``, as a numpy array."""
        import numpy as np

        numbers, places, lines = np.arange(start, start + count), np.asarray(self._places), np.asarray(self._lines)
        last = np.searchsorted(places, numbers, side="right") - 1
        return lines[last] + numbers - places[last]


@dataclass(frozen=True)
class Salvaged:
    """``good`` is a CSV file of the same header, whose records stand on ``lines``; ``bad`` an Arrow stream of _line, _reason, _raw."""

    good: Path
    lines: Lines
    bad: Path


def salvage(stream: BinaryIO, name: str, dialect: Dialect, folder: Path) -> Salvaged:
    """Take a file apart into ``folder``.

    Raises SourceError when more than half of its records are bad, or when a line is not in UTF-8.
    """
    done, first = Salvaged(folder / "good.csv", Lines(), folder / "bad.arrow"), None
    with done.good.open("wb") as good, _Rejects(done.bad) as bad:
        good.write(b"".join(islice(stream, dialect.header_lines)).rstrip(b"\r\n") + b"\n")
        for record in records(stream, dialect):
            if not record.text.isascii():
                _require_utf8(record, name)
            if record.reason:
                first = first or record
                bad.add(record)
            else:
                good.write(record.text + b"\n")
                done.lines.add(record.line)
    if first and bad.count > max(1, done.lines.count):
        raise _hopeless(name, dialect, first, bad.count, bad.count + done.lines.count)
    return done


class _Rejects:
    """The bad records on their way to a file, so that many of them need no memory."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        self.count, self._waiting, self._path = 0, list[Record](), path
        self._schema = pa.schema([("_line", pa.int64()), ("_reason", pa.string()), ("_raw", pa.string())])

    def __enter__(self) -> _Rejects:
        import pyarrow as pa

        self._writer = pa.ipc.new_stream(str(self._path), self._schema)
        return self

    def __exit__(self, *_: object) -> None:
        self._write()
        self._writer.close()

    def add(self, record: Record) -> None:
        self.count += 1
        self._waiting.append(record)
        if len(self._waiting) == _BATCH:
            self._write()

    def _write(self) -> None:
        self._writer.write_batch(_batch(self._waiting, self._schema))
        self._waiting.clear()


def _batch(bad: Sequence[Record], schema: pa.Schema) -> pa.RecordBatch:
    import pyarrow as pa

    lines, reasons, texts = [r.line for r in bad], [r.reason for r in bad], [r.text.decode(errors="replace") for r in bad]
    return pa.record_batch([lines, reasons, texts], schema=schema)


def _require_utf8(record: Record, name: str) -> None:
    try:
        record.text.decode()
    except UnicodeDecodeError as error:
        if not record.text.endswith(b" ..."):
            raise not_in_encoding(name, record.line + record.text.count(b"\n", 0, error.start)) from error


def _hopeless(name: str, dialect: Dialect, first: Record, bad: int, all_of_them: int) -> SourceError:
    return SourceError(
        f"The file {name} cannot be read{NOTHING_STORED}",
        why=f"{bad:,} of its {all_of_them:,} rows are not well-formed, the first on line {first.line}: {first.reason}.",
        hint=f"check the delimiter, which was taken to be {dialect.delimiter!r}, and whether the file was exported in one piece",
    )
