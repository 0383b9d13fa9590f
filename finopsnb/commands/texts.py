"""Words for people: counts with their noun, and text that cannot steer a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["aligned", "count", "listed", "shown_path", "visible"]

#: control characters, and those that turn the direction of the text or hide in it
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def count(number: int | None, noun: str, plural: str = "") -> str:
    """
    >>> count(1, "row"), count(12034, "row"), count(2, "currency", "currencies")
    ('1 row', '12,034 rows', '2 currencies')
    """
    return f"{number or 0:,} {noun if number == 1 else plural or noun + 's'}"


def listed(items: Iterable[str], most: int = 5) -> str:
    """
    >>> listed("abcdefg", 3)
    'a, b, c and 4 more'
    """
    all_items = list(items)
    shown, more = ", ".join(all_items[:most]), len(all_items) - most
    return f"{shown} and {more} more" if more > 0 else shown


def visible(value: object, keep: str = "") -> str:
    """Text in which control and direction-turning characters are written out.

    >>> visible("a\\x1b[31m\\u202eb")
    'a\\\\x1b[31m\\\\u202eb'
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in _HIDDEN else _written_out(c) for c in text)


def shown_path(path: str | Path) -> str:
    """A path as seen from the working folder: a notebook should not tell whose machine it ran on."""
    whole, here = Path(path), Path.cwd()
    return visible(whole.relative_to(here) if whole.is_relative_to(here) else whole)


def aligned(rows: Sequence[Mapping[str, Any]], indent: str = "  ") -> list[str]:
    """Rows as lines with their columns aligned, without a heading."""
    cells = [[visible(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
