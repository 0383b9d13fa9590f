"""Names in settings: of owners, pools and rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["Name", "repeated"]


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("it has no letters")
    return name.strip()


#: in a model: a text that is not empty, without the blanks around it
Name = Annotated[str, AfterValidator(_named)]


def repeated(names: Iterable[str]) -> list[str]:
    """The names that come more than once, in order.

    >>> repeated(["b", "a", "b", "c", "a"])
    ['b', 'a']
    """
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    return [name for name, times in seen.items() if times > 1]
