"""From text to the pieces of a condition, and how it is told that it is none."""

from __future__ import annotations

from typing import Any

from finopsnb.errors import FinopsError

__all__ = ["Misfit", "misfit", "parsed", "refused"]

_HINT = "ServiceName = 'Amazon EC2' and Tags['team'] is null"
#: how deep pieces may lie within each other; engines and parsers give up somewhere beyond
_DEPTH = 100
_TOO_DEEP = f"Its parts lie more than {_DEPTH} deep within each other."


def parsed(text: str) -> Any:
    """The one piece that ``text`` is, of sqlglot; FinopsError for none, several, and pieces that lie too deep within each other."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        parts = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise refused(text, str(error).splitlines()[0]) from error
    except RecursionError as error:
        raise refused(text, _TOO_DEEP) from error
    if len(parts) != 1 or parts[0] is None:
        raise refused(text, "It is one condition, no more and no less.")
    within = [parts[0]]
    for _ in range(_DEPTH):
        within = [inner for part in within for inner in part.iter_expressions()]
    if within:
        raise refused(text, _TOO_DEEP)
    return parts[0]


class Misfit(FinopsError):
    """A condition whose pieces are allowed, and whose types do not fit together."""


def misfit(text: str, why: str) -> Misfit:
    """The error for types that do not fit together."""
    return Misfit(_what(text), why=why, hint=_HINT)


def refused(text: str, why: str, hint: str = _HINT) -> FinopsError:
    """The error for a text that is no condition."""
    return FinopsError(_what(text), why=why, hint=hint)


def _what(text: str) -> str:
    shown = text if len(text) <= 200 else f"{text[:200]} ..."
    return f"{shown!r} is not a condition over costs."
