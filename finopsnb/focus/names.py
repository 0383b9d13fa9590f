"""Which FOCUS column an incoming column name means."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from finopsnb.focus.columns import COLUMNS, older_names

__all__ = ["Match", "as_registered", "match"]

#: exact: a FOCUS name as it stands; renamed: another spelling or an older name of one; own: x_, or a helper that starts
#: with _; unknown: not FOCUS; repeated: means a FOCUS column that another incoming column already is
EXACT, RENAMED, OWN, UNKNOWN, REPEATED = "exact", "renamed", "own", "unknown", "repeated"

#: to DuckDB only the letters of ASCII are the same in both cases
_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True)
class Match:
    """``incoming`` is what the engine calls the column, ``target`` what it becomes."""

    incoming: str
    target: str
    how: str
    means: str | None = None

    @property
    def helper(self) -> bool:
        """A column of the store's own (_part, _line), passed through untouched."""
        return self.target.startswith("_")


def as_registered(names: Iterable[str]) -> list[str]:
    """The names under which DuckDB offers columns of these names: repeated ones, case aside, are numbered.

    >>> as_registered(["Id", "id", "Id_1"])
    ['Id', 'id_1', 'Id_1_1']
    """
    seen: dict[str, int] = {}
    return [_numbered(name, seen) for name in names]


def _numbered(name: str, seen: dict[str, int]) -> str:
    given = name.translate(_TO_LOWER)
    if given not in seen:
        seen[given] = 1
        return name
    while f"{given}_{seen[given]}" in seen:
        seen[given] += 1
    number = seen[given]
    seen[f"{given}_{number}"] = 1
    seen[given] += 1
    return f"{name}_{number}"


def match(names: Sequence[str]) -> list[Match]:
    """What each column of a table with these names becomes, in their order; every target is there once, case aside.

    >>> [(one.target, one.how) for one in match(["billed_cost", "Id", "x_Id", "_part"])]
    [('BilledCost', 'renamed'), ('x_Id_2', 'unknown'), ('x_Id', 'own'), ('_part', 'own')]
    """
    taken: set[str] = set()
    found: dict[str, Match] = {}
    columns = list(zip(as_registered(names), map(_clean, names), strict=True))
    for rank in (_exact, _own, _renamed, _other):
        for incoming, name in columns:
            if incoming not in found and (one := rank(incoming, name, taken)) is not None:
                found[incoming] = one
                taken.add(one.target.casefold())
    return [found[incoming] for incoming, _ in columns]


def _exact(incoming: str, name: str, taken: set[str]) -> Match | None:
    return Match(incoming, name, EXACT, name) if name in COLUMNS and name.casefold() not in taken else None


def _own(incoming: str, name: str, taken: set[str]) -> Match | None:
    return Match(incoming, name, OWN) if name.startswith(("x_", "_")) and name.casefold() not in taken else None


def _renamed(incoming: str, name: str, taken: set[str]) -> Match | None:
    target = _spellings().get(_letters(name))
    return Match(incoming, target, RENAMED, target) if target and target.casefold() not in taken else None


def _other(incoming: str, name: str, taken: set[str]) -> Match:
    means = _spellings().get(_letters(name))
    return Match(incoming, _free(_prefixed(name), taken), REPEATED if means else UNKNOWN, means)


def _prefixed(name: str) -> str:
    own = re.sub(r"^x_", "", name, flags=re.IGNORECASE)
    return f"x_{own or 'unnamed'}"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _clean(name: str) -> str:
    return name.strip("\ufeff \t\r\n")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@functools.cache
def _spellings() -> dict[str, str]:
    return {_letters(old): new for old, new in older_names().items()} | {_letters(name): name for name in COLUMNS}
