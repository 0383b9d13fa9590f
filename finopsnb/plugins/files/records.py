"""The records of a CSV file one after the other, good and bad: for files that the engine refuses.

A line without quotes is a record of as many fields as it has delimiters, and one more. A quote that is open at the end
of a line goes on in the next lines, if a whole record comes of it; else it was broken: only its own line is bad, and
reading goes on behind it.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from finopsnb.plugins.files.dialect import Dialect

__all__ = ["Record", "records"]

#: the engine takes no longer line
LINE_BYTES = 2_000_000

#: a cell with more line breaks is taken for a quote that is not closed
CELL_LINES = 1_000

_SHOWN = 1_000


class Record(NamedTuple):
    """A record of the file: its first line, its text without the line's end, and why it is bad, or nothing."""

    line: int
    text: bytes
    reason: str


def records(stream: BinaryIO, dialect: Dialect) -> Iterator[Record]:
    """The records of a stream that stands behind its header; blank lines are none."""
    grammar, lines = _Grammar(dialect), _Lines(stream, dialect.header_lines + 1)
    for number, line in lines:
        text = line.rstrip(b"\r\n")
        if len(line) > LINE_BYTES:
            yield Record(number, line[:_SHOWN] + b" ...", f"longer than {LINE_BYTES:,} bytes")
        elif b'"' not in line:
            if text:
                yield Record(number, text, grammar.miscounted(line.count(grammar.delimiter) + 1))
        elif grammar.is_surely_good(text):
            yield Record(number, text, "")
        elif grammar.is_open(line):
            yield _over_lines(number, line, lines, grammar)
        else:
            yield Record(number, text, grammar.fault(text))


def _over_lines(number: int, line: bytes, lines: _Lines, grammar: _Grammar) -> Record:
    """A record whose quote is open at the end of its first line."""
    taken: list[bytes] = []
    text = line
    for _, more in lines:
        taken.append(more)
        text += more
        if b'"' in more and not grammar.is_open(text):
            break
        if len(taken) == CELL_LINES or len(text) > LINE_BYTES:
            break
    whole = text.rstrip(b"\r\n")
    fault = grammar.fault(whole)
    if fault and (not grammar.is_record(whole) or any(not grammar.fault(one.rstrip(b"\r\n")) for one in taken)):
        lines.back(taken)
        return Record(number, line.rstrip(b"\r\n"), "a quote that is not closed")
    return Record(number, whole, fault)


class _Lines:
    """Numbered lines, which can be put back. A line that is too long is cut."""

    def __init__(self, stream: BinaryIO, number: int) -> None:
        self._stream, self._number = stream, number
        self._again: deque[bytes] = deque()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while line := self._again.popleft() if self._again else self._read():
            self._number += 1
            yield self._number - 1, line

    def back(self, lines: list[bytes]) -> None:
        self._again.extendleft(reversed(lines))
        self._number -= len(lines)

    def _read(self) -> bytes:
        line = rest = self._stream.readline(LINE_BYTES + 1)
        while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
            rest = self._stream.readline(LINE_BYTES + 1)
        return line


class _Grammar:
    """What a record looks like, with this delimiter and this many fields."""

    def __init__(self, dialect: Dialect) -> None:
        self.fields, self.delimiter = len(dialect.names), dialect.delimiter.encode()
        self._separator = dialect.delimiter
        end = re.escape(self.delimiter)
        quoted = rb' *+"[^"]*+(?:""[^"]*+)*+'
        plain = rb"[^%s\r\n]" % end if len(self.delimiter) == 1 else rb"(?:(?!%s)[^\r\n])" % end  # the first is far faster
        cell = rb'(?:%s" *+|(?! *")%s*+)' % (quoted, plain)
        self._record = re.compile(rb"%s(?:%s%s)*+" % (cell, end, cell))
        self._open = re.compile(rb"(?:%s%s)*+%s" % (cell, end, quoted))
        self._quoted = re.compile(rb'(?:\A|(?<=%s))%s"' % (end, quoted))

    def is_surely_good(self, text: bytes) -> bool:
        """Whether it is a record of this file; a good one that is written strangely may be found by :meth:`fault` only.

        Python's own reader is ten times faster than a regular expression.
        """
        try:
            row = next(csv.reader((text.decode(),), delimiter=self._separator, skipinitialspace=True, strict=True))
        except (csv.Error, UnicodeDecodeError):
            return False
        return len(row) == self.fields

    def is_open(self, text: bytes) -> bool:
        """Whether a quote of the text is still open at its end."""
        return self._open.fullmatch(text) is not None

    def is_record(self, text: bytes) -> bool:
        """Whether it is well-formed, of however many fields."""
        return self._record.fullmatch(text) is not None

    def fault(self, text: bytes) -> str:
        """Why a text is not a record of this file; empty if it is one."""
        if not self.is_record(text):
            return "a quote that is not closed" if self.is_open(text) else "text behind a closing quote"
        return self.miscounted(self._quoted.sub(b"", text).count(self.delimiter) + 1)

    def miscounted(self, count: int) -> str:
        """Why a record of that many fields is bad; empty if it is right."""
        return "" if count == self.fields else f"{count} field{'s' if count > 1 else ''} where the header has {self.fields}"
