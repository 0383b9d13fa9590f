"""How a CSV file is written: the names in its header line, and what separates them.

The dialect comes from the header line alone: a sniffer that meets one short row takes the whole table for a single column.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from finopsnb.errors import SourceError
from finopsnb.plugins.files.problems import NOTHING_STORED

__all__ = ["OWN", "Dialect", "dialect_of", "distinct", "is_utf8"]

#: names that the rows' helpers have; a column of the file that is called so gets an x before it
OWN = frozenset({"_part", "_line", "_reason", "_raw", "_n"})

_HEADER_BYTES = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_RARE_DELIMITERS = (*_DELIMITERS, "^", "~", "\x01", "\x1f")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SPELLED = {"\t": r"\t", "\x01": r"\x01", "\x1f": r"\x1f"}


@dataclass(frozen=True)
class Dialect:
    """``names`` are those of the header, made distinct; ``header_lines`` how many lines it takes (a name may hold a line break).

    ``spelled`` says how the header writes a name that had to be made distinct.
    """

    names: tuple[str, ...]
    delimiter: str
    header_lines: int = 1
    spelled: Mapping[str, str] = field(default_factory=dict)


def dialect_of(path: Path, name: str, delimiter: str = "") -> Dialect:
    """The dialect of a file in UTF-8, which errors call ``name``; raises SourceError when the header cannot be one."""
    start = _start(path, name)
    line = _QUOTED.sub("", start).partition("\n")[0]
    if not start.partition("\n")[0].strip():
        raise SourceError(f"The file {name} is empty: it has no header line.")
    separator = delimiter or max(_DELIMITERS, key=line.count)
    if separator not in line:
        _refuse_other_delimiter(name, line, separator, said=bool(delimiter))
    names, lines = _header(start, name, separator)
    made = tuple(distinct(names))
    spelled = {one: said for one, said in zip(made, names, strict=True) if said and one != said}
    return Dialect(made, separator, lines, spelled)


def _header(start: str, name: str, separator: str) -> tuple[list[str], int]:
    """The names, and how many lines they take."""
    try:
        reader = csv.reader(io.StringIO(start, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
        return next(reader), reader.line_num
    except csv.Error as error:
        raise SourceError(
            f"The file {name} cannot be read{NOTHING_STORED}",
            why=f"Its header line is not well-formed CSV: {error}.",
            hint="mend the header, perhaps a quote that is not closed",
        ) from error


def _start(path: Path, name: str) -> str:
    import pyarrow as pa

    with pa.input_stream(str(path), compression="detect") as stream:
        start: bytes = stream.read(_HEADER_BYTES)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceError(f"The file {name} cannot be read{NOTHING_STORED}", why="It is in UTF-16.", hint='encoding="utf-16"')
    return start.decode("utf-8", errors="replace").removeprefix("\ufeff")


def _refuse_other_delimiter(name: str, line: str, separator: str, *, said: bool) -> None:
    """A header without the delimiter has one column; with another delimiter in it, that one was meant."""
    likely = max(_RARE_DELIMITERS, key=line.count)
    if likely not in line:
        return
    spelled = _SPELLED.get(likely, likely)
    why = f"delimiter={separator!r} does not occur in its header line" if said else "Its header line has none of the usual delimiters"
    raise SourceError(
        f"The file {name} cannot be read{NOTHING_STORED}",
        why=f"{why}, but {line.count(likely)} times '{spelled}'.",
        hint=f'delimiter="{spelled}"',
    )


def distinct(names: Iterable[str]) -> list[str]:
    """Names that differ, also for an engine that takes a and A for the same; a nameless column is called by its place.

    >>> distinct(["a", "a", "A", "", "_line"])
    ['a', 'a_1', 'A_2', 'column_4', 'x_line']
    """
    taken: set[str] = set()
    result = []
    for place, name in enumerate(names):
        plain = f"x{name}" if name.lower() in OWN else name or f"column_{place + 1}"
        free = plain if plain.lower() not in taken else f"{plain}_{place}"
        while free.lower() in taken:
            free += "_"
        taken.add(free.lower())
        result.append(free)
    return result


def is_utf8(encoding: str) -> bool:
    """Whether the engine reads the encoding itself."""
    return encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")
