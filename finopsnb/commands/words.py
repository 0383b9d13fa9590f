"""A line as words: quotes as the shell has them, nothing expanded, and ``key=value`` pairs with typed values.

A value in brackets keeps its quotes and may hold spaces, so that ``tags=["a", "b"]`` is one word and a list.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from finopsnb.errors import CommandError

__all__ = ["Word", "literal", "nested", "pairs", "split", "words"]

_STRING = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''
_LIST = rf'[\w.-]+=\[(?:[^\[\]"\']|{_STRING})*\](?=\s|$)'
_PLAIN = rf'(?:[^\s"\'\\]|\\.|{_STRING})++(?=\s|\Z)'
_WORD = re.compile(rf"\s*(?:(?P<list>{_LIST})|(?P<plain>{_PLAIN}))", re.DOTALL)
_SCALAR = re.compile(r"true|false|[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


class Word(str):
    """A word of a line, without its quotes; ``end`` is where it ends, ``quoted`` whether its value was in quotes."""

    end: int = 0
    quoted: bool = False

    @classmethod
    def found(cls, match: re.Match[str]) -> Word:
        raw = match["list"] or match["plain"]
        word = cls(raw if match["list"] else shlex.split(raw)[0])
        word.end, word.quoted = match.end(), raw.partition("=")[2][:1] in ('"', "'")
        return word


def words(line: str) -> Iterator[Word]:
    """The words of a line, one after the other; raises CommandError where a quote is not closed."""
    position, end = 0, len(line.rstrip())
    while position < end:
        if (match := _WORD.match(line, position)) is None:
            raise CommandError(
                f"The line cannot be read from here on: {line[position:end].strip()}",
                why="A quote is opened and never closed, or a backslash stands alone.",
                hint="put a value with a quote in it between double quotes",
            )
        yield Word.found(match)
        position = match.end()


def split(line: str) -> list[Word]:
    """
    >>> split('focus-files path="my exports/*.csv" days=[1, 2]')
    ['focus-files', 'path=my exports/*.csv', 'days=[1, 2]']
    """
    return list(words(line))


def literal(text: str) -> Any:
    """A value as TOML reads it where it is true, false, a number or a list; else the text as it stands.

    >>> literal("true"), literal("2.5"), literal('["a"]'), literal("007"), literal("2024-09-01")
    (True, 2.5, ['a'], '007', '2024-09-01')
    """
    if not (_SCALAR.fullmatch(text) or text.startswith("[")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def pairs(given: Iterable[str]) -> dict[str, Word]:
    """``key=value`` words as raw values by key; raises CommandError for a word that is no pair, or a key twice."""
    found: dict[str, Word] = {}
    for word in given:
        key, equals, value = word.partition("=")
        if not (equals and key):
            raise CommandError(f"{word} is not a setting.", why="Settings are written key=value.", hint=f"{word}=...")
        if key in found:
            raise CommandError(f"The setting {key} is given twice.", hint=f"write {key}=... once")
        found[key] = Word(value)
        found[key].quoted = getattr(word, "quoted", False)
    return found


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as tables within tables.

    >>> nested({"auth.user": "x", "auth.region": "eu", "days": 3})
    {'auth': {'user': 'x', 'region': 'eu'}, 'days': 3}
    """
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *above, last = key.split(".")
        place = tree
        for part in above:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise CommandError(f"{key} is below {part}, which is given a value of its own.")
        place[last] = value
    return tree
