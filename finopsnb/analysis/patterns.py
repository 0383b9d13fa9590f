"""Patterns of texts: globs, and regular expressions (RE2, which DuckDB and Arrow share) of a whole text."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["any_regex", "check_glob", "check_regex", "glob_regex"]


def any_regex(patterns: Iterable[str]) -> str:
    """The regular expression of the texts that one of the patterns is like, from end to end.

    >>> any_regex(["a", "b.*"])
    '\\\\A(?:(?:a)|(?:b.*))\\\\z'
    """
    return rf"\A(?:{'|'.join(f'(?:{pattern})' for pattern in patterns)})\z"


def glob_regex(pattern: str) -> str:
    """A glob as the regular expression of the whole text, in which a star stands for line ends, too.

    >>> glob_regex("web-*.[ab]?")
    '(?s:web\\\\-.*\\\\.[ab].)'
    """
    pieces = re.split(r"(\*|\?|\[!?\]?[^\]]*\])", pattern)
    known = {"*": ".*", "?": "."}
    return f"(?s:{''.join(known.get(piece) or (_set(piece) if _is_set(piece) else re.escape(piece)) for piece in pieces)})"


def check_regex(pattern: str) -> str:
    """``pattern``, if it can be used alone and among others; ValueError that says what is wrong with it otherwise."""
    for text in (pattern, any_regex([pattern])):
        if problem := _problem(text):
            raise ValueError(f"the regex {pattern!r} cannot be used: {problem}")
    return pattern


def check_glob(pattern: str) -> str:
    """``pattern``, if it can be used; ValueError that says what is wrong with it otherwise."""
    if problem := _problem(any_regex([glob_regex(pattern)])):
        raise ValueError(f"the pattern {pattern!r} cannot be used: {problem}")
    return pattern


def _problem(regex: str) -> str:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), regex)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ").rstrip(".")
    return ""


def _is_set(piece: str) -> bool:
    return piece[:1] == "[" and piece[-1:] == "]" and piece not in ("[]", "[!]")


def _set(piece: str) -> str:
    inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
    return f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]" if not inner.startswith("^") else f"[\\{inner}]"
