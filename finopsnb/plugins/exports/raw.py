"""The columns of a native export, under whatever spelling a file has them.

One column has many names: ``lineItem/UnblendedCost`` and ``line_item_unblended_cost``, ``CostInBillingCurrency`` and
``costInBillingCurrency``, ``Ressourcengruppe (ResourceGroup)``. Names are the same when their letters and digits are;
of a name with an English one in brackets the English one counts.

What is read is written down as it is asked for, so that a conversion says once what it reads, and only that is taken
from the file:

    names of the file ──Raw──▶ reads ──▶ one select that reads them all ┐
                       └─────▶ a conversion, of columns to be read ─────┴──placed──▶ the conversion

What a conversion is made of are places: columns of tables that are nowhere. :func:`placed` puts those of a select there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ibis.expr import datatypes as dt

__all__ = ["Raw", "Read", "folded", "named_in", "placed"]

_READ, _NAMED = "_read", "_named"

_KINDS = {
    "number": "a decimal number",
    "instant": "a time",
    "day": "a date",
    "month": "a month such as 202610",
    "json": "JSON",
    "objects": "a list of objects",
}


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
    """One thing that a conversion reads: which columns, the first that has a value counts, and as what.

    ``key`` is the key in a column of type MAP, or the path inside a nested column; ``detail`` the fields of objects, or a time zone.
    """

    kind: str
    columns: tuple[str, ...]
    key: str = ""
    detail: tuple[str, ...] = ()
    amount: str = ""

    @property
    def is_nested(self) -> bool:
        """Whether it is inside of a nested column."""
        return bool(self.key) and self.kind != "member"

    @property
    def is_checked(self) -> bool:
        """Whether a cell may say something that cannot be read so."""
        return self.kind in _KINDS

    @property
    def expected(self) -> str:
        """What a cell should have been, in words."""
        return _KINDS[self.kind] + (f", each with a number as {self.amount}" if self.amount else "")


@dataclass
class Raw:
    """The columns of one export as Ibis values; ask for them by any of their names.

    A column that the file does not have is null throughout. ``number`` gives DECIMAL(38,18), ``instant`` and ``day`` UTC
    timestamps, ``text`` VARCHAR where empty text is null. A cell that says no number or no time where one is asked for
    sends its row to the quarantine.

    ``usage.amount`` is a column of that name, ``usage_amount``, or what a nested column ``usage`` has as ``amount``.
    """

    names: tuple[str, ...]
    #: the types of its columns, text where none is told
    kinds: Mapping[str, dt.DataType] = field(default_factory=dict, repr=False)
    #: how the file writes a name that had to be made distinct
    spelled: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: what was asked for so far, with the names of the columns that are to have it
    reads: dict[Read, str] = field(default_factory=dict, repr=False)
    #: the values that were given a name, by the names of their columns
    given: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._own: dict[str, str] = {}
        for name in self.names:
            self._own.setdefault(folded(name), name)

    def has(self, *names: str) -> bool:
        """Whether the file has a column of one of these names."""
        return bool(self._found(names)) or any(self._nested(name) for name in names)

    def text(self, *names: str) -> Any:
        """The first of these columns that says something, as text."""
        return self._first("text", names)

    def number(self, *names: str) -> Any:
        """The first of these columns that says something, as DECIMAL(38,18); a half beyond 18 decimals goes to even."""
        return self._first("number", names)

    def about(self, *names: str) -> Any:
        """The same as a float, null where it says no number: to find out quickly what is then made sure of.

        A DECIMAL(38,18) becomes a float ten times as slowly as a text does.
        """
        return self._first("float", names)

    def instant(self, *names: str) -> Any:
        """ISO 8601 texts or timestamps as instants in UTC."""
        return self._first("instant", names)

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
        return self._first("json", names)

    def objects(self, name: str, *fields: str, amount: str = "") -> Any:
        """A nested column that is a list of objects: an array of structs with these fields as texts, null where missing.

        With ``amount``, that field is DECIMAL(38,18), and a list in which it is no number cannot be read.
        """
        return self._first("objects", [name], fields, amount)

    def month(self, name: str, zone: str) -> Any:
        """A month written 202610 as its first instant in a time zone such as America/Los_Angeles."""
        return self._first("month", [name], (zone,))

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
        column = f"_n{name}"
        return _place(column, self.given.setdefault(column, value).type(), _NAMED)

    def _first(self, kind: str, names: Sequence[str], detail: tuple[str, ...] = (), amount: str = "") -> Any:
        """Columns of these names are one read; each value inside of a nested column is one of its own."""
        import ibis

        found = self._found(names)
        reads = [Read(kind, found, "", detail, amount)] if found else []
        reads += [Read(kind, (place[0],), place[1], detail, amount) for name in names if (place := self._nested(name))]
        values = [self._of(read) for read in reads or [Read(kind, (), "", detail, amount)]]
        return values[0] if len(values) == 1 else ibis.coalesce(*values)

    def _nested(self, name: str) -> tuple[str, str] | None:
        """The nested column that has a value, and its path there; None where the file has a column of the whole name."""
        parts = name.split(".")
        if len(parts) == 1 or folded(name) in self._own:
            return None
        heads = (".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1))
        head = next((head for head in heads if folded(head) in self._own), None)
        return None if head is None else (self._own[folded(head)], name[len(head) + 1 :])

    def _found(self, names: Iterable[str]) -> tuple[str, ...]:
        found = [self._own[key] for name in names if (key := folded(name)) in self._own]
        return tuple(dict.fromkeys(found))

    def _value(self, kind: str, columns: tuple[str, ...], key: str = "") -> Any:
        return self._of(Read(kind, columns, key))

    def _of(self, read: Read) -> Any:
        import ibis

        from finopsnb.plugins.exports.reading import type_of

        kind = self.kinds.get(read.columns[0], type_of(read)) if read.kind == "native" and read.columns else type_of(read)
        if not read.columns:  # a plain null of Ibis cannot be compared
            return ibis.null(kind) if kind.is_nested() else ibis.literal("").nullif("").cast(kind)
        return _place(self.reads.setdefault(read, f"_v{len(self.reads)}"), kind, _READ)


def _place(name: str, kind: dt.DataType, table: str) -> Any:
    """A column of a table that is nowhere."""
    import ibis

    return ibis.table({name: kind}, name=table)[name]


def named_in(value: Any) -> set[str]:
    """The columns of named values that a value is made of."""
    return {place.name for place in _places_in(value) if place.rel.name == _NAMED}


def placed(value: Any, table: Any) -> Any:
    """The value with its places in a table that has columns of their names; what is no value of Ibis, as it is."""
    if not hasattr(value, "op"):
        return value
    there = {place: table[place.name].op() for place in _places_in(value)}
    return value.op().replace(there).to_expr()


def _places_in(value: Any) -> list[Any]:
    from ibis.expr import operations as ops

    fields = value.op().find(ops.Field)
    return [one for one in fields if isinstance(one.rel, ops.UnboundTable) and one.rel.name in (_READ, _NAMED)]
