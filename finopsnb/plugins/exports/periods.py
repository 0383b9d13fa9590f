"""Which billing periods the rows of a file are of, read as the store reads them.

A column means BillingPeriodStart under any of its spellings, blanks around a time mean nothing, and
``2025-12-31T19:00-05:00`` is the first instant of 2026: what differs only in how it is written is the same period.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from finopsnb.engines import private_engine
from finopsnb.plugins.exports.written import focus_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FilePeriods", "PeriodReader", "periods_of"]

_BILLED, _CHARGED = "BillingPeriodStart", "ChargePeriodStart"

#: a column of periods has a few values, and the next file has the same; of more nothing is kept
_REMEMBERED = 1000


class FilePeriods:
    """Takes the tables of one file, and tells the billing periods of their rows by their first day in UTC."""

    def __init__(self, reader: PeriodReader) -> None:
        self._reader = reader
        self.told: set[str] = set()

    def add(self, table: pa.Table) -> None:
        """Take one table; rows that came with a ``_reason`` are not stored, and are of no period."""
        import pyarrow.compute as pc

        if "_reason" in table.column_names and table["_reason"].null_count < len(table):
            table = table.filter(pc.is_null(table["_reason"]))
        places = self._reader.places(table.column_names)
        billed = table.column(places[_BILLED]) if _BILLED in places else None
        says_all = billed is not None and self._add(_BILLED, billed)
        if not says_all and _CHARGED in places:
            self._add(_CHARGED, table.column(places[_CHARGED]))

    def _add(self, name: str, values: pa.ChunkedArray) -> bool:
        """Whether all of the values say when."""
        import pyarrow.compute as pc

        days = self._reader.days(name, pc.unique(values))
        self.told |= {day for day in days if day is not None}
        return None not in days


class PeriodReader:
    """Reads the first days of billing periods in an engine of its own, the same values only once; a context manager."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._places: dict[tuple[str, ...], dict[str, int]] = {}
        self._days: dict[tuple[str, str, tuple[str, ...]], set[str | None]] = {}

    def __enter__(self) -> PeriodReader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def of_file(self) -> FilePeriods:
        """For the tables of one file."""
        return FilePeriods(self)

    def places(self, names: Iterable[str]) -> dict[str, int]:
        """Where the two columns are that say when, as the store finds them."""
        names = tuple(names)
        if names not in self._places:
            found = focus_columns(names)
            self._places[names] = {name: names.index(found[name]) for name in (_BILLED, _CHARGED) if name in found}
        return self._places[names]

    def days(self, name: str, values: pa.Array) -> set[str | None]:
        """The first days of the billing periods that distinct values of a column say; None for one that says none."""
        if len(values) > _REMEMBERED:
            return self._read(name, values)
        key = (name, str(values.type), tuple(map(repr, values.to_pylist())))
        if key not in self._days:
            self._days[key] = self._read(name, values)
        return self._days[key]

    def _read(self, name: str, values: pa.Array) -> set[str | None]:
        import pyarrow as pa

        from finopsnb import focus

        table = pa.table({name: values})
        self._engine().register("_said", table)
        read = focus.plan(table.schema).normalised("_said")
        days = read.select(day=read[_BILLED].strftime("%Y-%m-%d")).distinct()
        return {day for (day,) in self._engine().sql(focus.sql(days)).fetchall()}

    def _engine(self) -> Any:
        if self._connection is None:
            self._connection = private_engine()
        return self._connection


def periods_of(*tables: pa.Table) -> set[str]:
    """The billing periods of the rows of tables; where a row does not say one, it is the month of its charge.

    >>> import pyarrow as pa
    >>> sorted(periods_of(pa.table({"billing_period_start": [" 2026-10-01", "2026-10-31T19:00:00-05:00", None]})))
    ['2026-10-01', '2026-11-01']
    >>> periods_of(pa.table({"ChargePeriodStart": ["2026-10-07T05:00:00Z", "soon"]}))
    {'2026-10-01'}
    """
    with PeriodReader() as reader:
        file = reader.of_file()
        for table in tables:
            file.add(table)
        return file.told
