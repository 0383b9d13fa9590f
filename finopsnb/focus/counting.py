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


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Count:
    """A finding to be: ``met`` says which rows; ``example`` is what shows one, as an expression, or the text itself."""

    rule: str
    column: str
    severity: str
    action: str
    message: str
    met: Any
    example: Any
    #: a short condition that holds wherever ``met`` does: ``met`` is only asked where some row is suspect
    suspect: Any = None
    #: the text that shows an example; asked of one value only, where making the text of every row would take long
    told: Callable[[Any], Any] = _as_it_is
    #: ``met`` takes so long that the example is taken along as it is counted
    is_costly: bool = False

    def finding(self, rows: int, example: str | None) -> Finding:
        """The finding for that many rows."""
        return Finding(self.rule, self.column, rows, example or "", self.severity, self.action, self.message)


class Tally:
    """Many counts over one table; its query is built once, so that it can be asked of chunk after chunk."""

    def __init__(self, table: ibis.Table, counts: Sequence[Count]) -> None:
        self.table, self.counts = table, counts

    def findings(self, execute: Execute) -> list[Finding]:
        """The findings for the counts that some row meets: one query counts, one takes examples of those found.

        The example is the least among the rows, so that their order does not matter. A condition with a suspicion is
        counted in a query of its own: planning all the long ones costs more than counting does.
        """
        counted = self._asked(self._query, execute)
        rows, examples = counted[: len(self.counts)], self._by_count(self._costly, counted[len(self.counts) :])
        met = [(one, number) for one, number in zip(self.counts, rows, strict=True) if number]
        suspected = [one for one, _ in met if one.suspect is not None]
        sure = self._by_count(suspected, self._asked(self._aggregate([_rows(one) for one in suspected]), execute))
        found = [(one, count) for one, number in met if (count := sure.get(id(one), number))]
        shown = [one for one, _ in found if not isinstance(one.example, str) and not one.is_costly]
        examples |= self._by_count(shown, self._asked(self._examples(shown), execute))
        return [one.finding(number, examples.get(id(one), one.example)) for one, number in found]

    @functools.cached_property
    def _costly(self) -> list[Count]:
        return [one for one in self.counts if one.is_costly]

    @functools.cached_property
    def _query(self) -> ibis.Table | None:
        return self._aggregate([_rows(one, one.suspect) for one in self.counts], self._costly)

    def _examples(self, shown: Sequence[Count]) -> ibis.Table | None:
        return self._aggregate([], shown)

    def _aggregate(self, values: Sequence[Any], shown: Sequence[Count] = ()) -> ibis.Table | None:
        """The values, and behind them the examples."""
        if not values and not shown:
            return None
        all_of = [*values, *map(_least, shown)]
        row = self.table.aggregate(**{f"_{i}": value for i, value in enumerate(all_of)})
        texts = {f"_{i}": one.told(row[f"_{i}"]).left(_EXAMPLE_LENGTH) for i, one in enumerate(shown, len(values))}
        return row.mutate(**texts) if texts else row

    @staticmethod
    def _asked(query: ibis.Table | None, execute: Execute) -> list[Any]:
        return [] if query is None else [column[0].as_py() for column in execute(query).columns]

    @staticmethod
    def _by_count(counts: Sequence[Count], values: Sequence[Any]) -> dict[int, Any]:
        return dict(zip(map(id, counts), values, strict=True))


def _rows(one: Count, suspect: Any = None) -> Any:
    # a CASE, because DuckDB stops at the first false part of a condition there and not in a plain AND
    return ibis.ifelse(one.met if suspect is None else suspect, 1, ibis.null("int8")).count()


def _least(one: Count) -> Any:
    return ibis.ifelse(one.met, one.example, ibis.null(one.example.type())).min()
