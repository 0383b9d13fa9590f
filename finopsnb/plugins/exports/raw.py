"""The columns of a native export, under whatever spelling a file has them.

One column has many names: ``lineItem/UnblendedCost`` and ``line_item_unblended_cost``, ``CostInBillingCurrency`` and
``costInBillingCurrency``, ``Ressourcengruppe (ResourceGroup)``. Names are the same when their letters and digits are;
of a name with an English one in brackets the English one counts.

What is read is written down as it is asked for, so that a conversion says once what it reads, and only that is taken
from the file:

    names of the file ──Raw──▶ reads ──▶ one select that reads them all ──Raw, bound to it──▶ the conversion
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Raw", "Read", "folded"]

_KINDS = {"number": "a decimal number", "instant": "a time", "day": "a date", "json": "JSON"}


def folded(name: str) -> str:
    """What is the same in all spellings of a column's name.

    >>> folded("lineItem/UnblendedCost") == folded("line_item_unblended_cost")
    True
    >>> folded("Ressourcengruppe (ResourceGroup)")
    'resourcegroup'
    """
    english = re.search(r"\(([^()]+)\)\s*$", name)
    return re.sub(r"[^a-z0-9]", "", (english[1] if english else name).lower())


@dataclass(frozen=True)
class Read:
    """One thing that a conversion reads: which columns, the first that has a value counts, and as what."""

    kind: str
    columns: tuple[str, ...]
    key: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether a cell may say something that cannot be read so."""
        return self.kind in _KINDS

    @property
    def expected(self) -> str:
        """What a cell should have been, in words."""
        return _KINDS[self.kind]


@dataclass
class Raw:
    """The columns of one export as Ibis values; ask for them by any of their names.

    A column that the file does not have is null throughout. ``number`` gives DECIMAL(38,18), ``instant`` and ``day`` UTC
    timestamps, ``text`` VARCHAR where empty text is null. A cell that says no number or no time where one is asked for
    sends its row to the quarantine.
    """

    names: tuple[str, ...]
    bound: ir.Table | None = field(default=None, repr=False)
    reads: dict[Read, str] = field(default_factory=dict, repr=False)
    #: how the file writes a name that had to be made distinct
    spelled: Mapping[str, str] = field(default_factory=dict, repr=False)
    given: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._own: dict[str, str] = {}
        for name in self.names:
            self._own.setdefault(folded(name), name)

    def has(self, *names: str) -> bool:
        """Whether the file has a column of one of these names."""
        return bool(self._found(names))

    def text(self, *names: str) -> Any:
        """The first of these columns that says something, as text."""
        return self._value("text", self._found(names))

    def number(self, *names: str) -> Any:
        """The first of these columns that says something, as DECIMAL(38,18); a half beyond 18 decimals goes to even."""
        return self._value("number", self._found(names))

    def instant(self, *names: str) -> Any:
        """ISO 8601 texts or timestamps as instants in UTC."""
        return self._value("instant", self._found(names))

    def day(self, *names: str) -> Any:
        """A date as its first instant in UTC; MM/DD/YYYY, as Azure writes it, or ISO 8601."""
        return self._value("day", self._found(names))

    def member(self, column: str, *keys: str) -> Any:
        """The value under the first of these keys that a column of type MAP has, as text."""
        import ibis

        values = [self._value("member", self._found([column]), key) for key in keys]
        return ibis.coalesce(*values)

    def json(self, *names: str) -> Any:
        """A nested column as JSON text, from nested types, JSON text, or the way Python prints lists and dicts."""
        return self._value("json", self._found(names))

    def tags(self, *prefixes: str, column: str = "") -> Any:
        """Tags from a column for each key, or from one ``column`` of type MAP or JSON; null where there are none.

        Of a column for each tag the key is what follows the prefix: ``tags("resourceTags/", "resource_tags_")`` finds the
        key ``user:team`` in ``resourceTags/user:team``. Keys that differ by case alone are two.
        """
        import ibis

        found = {
            self.spelled.get(name, name)[len(prefix) :]: name
            for prefix in prefixes
            for name in self.names
            if name.lower().startswith(prefix.lower()) and len(name) > len(prefix)
        }
        if not found:
            return self.native(column) if column else ibis.null("string")
        from finopsnb.plugins.exports.values import tags_of

        return tags_of({key: self._value("text", (name,)) for key, name in found.items()})

    def native(self, name: str) -> Any:
        """A column in the type that the file has it in; of a missing one a null text."""
        return self._value("native", self._found([name]))

    def others(self, names: Iterable[str]) -> dict[str, Any]:
        """Further columns to keep, each as ``x_`` and its name in the file."""
        found = {name: self._found([name]) for name in names}
        return {f"x_{columns[0]}": self._value("text", columns) for columns in found.values() if columns}

    def where_each(self, values: Mapping[str, Any]) -> Any:
        """Whether all of these texts are as said: ``{"lineItem/LineItemType": "Tax"}``."""
        import ibis

        return ibis.and_(*[self.text(name) == value for name, value in values.items()])

    def named(self, name: str, value: Any) -> Any:
        """A value that others are made of, under a name of its own: it is worked out once, and not wherever it is used."""
        if self.bound is not None and f"_n{name}" in self.bound.columns:
            return self.bound[f"_n{name}"]
        return self.given.setdefault(f"_n{name}", value)

    def _found(self, names: Iterable[str]) -> tuple[str, ...]:
        found = [self._own[key] for name in names if (key := folded(name)) in self._own]
        return tuple(dict.fromkeys(found))

    def _value(self, kind: str, columns: tuple[str, ...], key: str = "") -> Any:
        import ibis

        from finopsnb.plugins.exports.reading import type_of

        read = Read(kind, columns, key)
        if not columns:
            return ibis.literal("").nullif("").cast(type_of(read))  # a plain null of Ibis cannot be compared
        name = self.reads.setdefault(read, f"_v{len(self.reads)}")
        return ibis.table({name: type_of(read)}, name="_asked")[name] if self.bound is None else self.bound[name]
