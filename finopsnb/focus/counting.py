"""Counting in one query how many rows meet each of many conditions, with an example of those that any row meets."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from finopsnb.focus.finding import Finding

__all__ = ["Count", "Execute", "Tally"]

#: runs a table expression and returns its rows
Execute = Callable[[ibis.Table], pa.Table]

_EXAMPLE_LENGTH = 300


@dataclass(frozen=True)
class Count:
    """A finding to be: ``met`` says which rows, ``example`` is a text that shows one, as an expression or as it is."""

    rule: str
    column: str
    severity: str
    action: str
    message: str
    met: Any
    example: Any
    #: a short condition that holds wherever ``met`` does: ``met`` is only asked where some row is suspect
    suspect: Any = None

    def finding(self, rows: int, example: str | None) -> Finding:
        """The finding for that many rows."""
        return Finding(self.rule, self.column, rows, example or "", self.severity, self.action, self.message)


class Tally:
    """Many counts over one table; its query is built once, so that it can be asked of chunk after chunk."""

    def __init__(self, table: ibis.Table, counts: Sequence[Count]) -> None:
        self.table, self.counts = table, counts

    def findings(self, execute: Execute) -> list[Finding]:
        """The findings for the counts that some row meets: one query counts, one takes examples of those found.

        The example is the least text among the rows, so that the order of the rows does not matter. A condition with a
        suspicion is counted in a query of its own: planning all the long ones costs more than counting does.
        """
        first = zip(self.counts, self._row(self._query, execute), strict=True)
        met = [(one, number) for one, number in first if number]
        suspected = [one for one, _ in met if one.suspect is not None]
        sure = dict(zip(map(id, suspected), self._row(self._aggregate([_rows(one) for one in suspected]), execute), strict=True))
        found = [(one, count) for one, number in met if (count := sure.get(id(one), number))]
        shown = [one for one, _ in found if not isinstance(one.example, str)]
        examples = dict(zip(map(id, shown), self._row(self._examples(shown), execute), strict=True))
        return [one.finding(number, examples.get(id(one), one.example)) for one, number in found]

    @functools.cached_property
    def _query(self) -> ibis.Table | None:
        return self._aggregate([_rows(one, one.suspect) for one in self.counts])

    def _examples(self, shown: Sequence[Count]) -> ibis.Table | None:
        return self._aggregate([_example(one) for one in shown])

    def _aggregate(self, values: Sequence[Any]) -> ibis.Table | None:
        return self.table.aggregate(**{f"_{i}": value for i, value in enumerate(values)}) if values else None

    @staticmethod
    def _row(query: ibis.Table | None, execute: Execute) -> list[Any]:
        return [] if query is None else [column[0].as_py() for column in execute(query).columns]


def _rows(one: Count, suspect: Any = None) -> Any:
    # a CASE, because DuckDB stops at the first false part of a condition there and not in a plain AND
    return ibis.ifelse(one.met if suspect is None else suspect, 1, ibis.null("int8")).count()


def _example(one: Count) -> Any:
    return ibis.ifelse(one.met, one.example.left(_EXAMPLE_LENGTH), ibis.null("string")).min()
