"""The registry: every query by the name that it has in the catalogue of FOCUS use cases.

    @query("costs-service-category", "Report costs by service category", "1.0-1.4", "BilledCost ServiceCategory ...", period="billing")
    def costs_by_service_category(costs: ir.Table) -> ir.Table: ...

The function gets the rows that count, as a table expression, and further tables by the names of its positional arguments;
its keyword arguments are parameters of :mod:`finopsnb.analysis.queries.parameters`, with its defaults. What is done for
all queries alike is done here: the half-open interval on a start column, the filters, the check of the columns, and an
order in which no two different rows are tied.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.queries.parameters import COMMON, PARAMETERS, SCOPE, Parameter
from finopsnb.analysis.queries.parts import column, completed, ordered, scoped, within
from finopsnb.errors import FinopsError, nearest
from finopsnb.focus import COLUMNS, VERSIONS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["QUERIES", "Query", "query", "query_named"]

_STARTS = {"charge": "ChargePeriodStart", "billing": "BillingPeriodStart"}
#: a column that stands for another in data of an earlier version
_EARLIER = {"ServiceProviderName": "ProviderName"}


@dataclass(frozen=True, eq=False)
class Query:
    """One named question; call it with the tables that it needs to get the answer as an Ibis expression."""

    name: str
    title: str
    versions: tuple[str, ...]
    #: every column of costs that it reads
    columns: tuple[str, ...]
    #: those of them without which there is no answer: absent or null in every row is an error
    essential: tuple[str, ...]
    #: what start and end are held against unless said: charge, billing, or "" where the query sees to it itself
    period: str
    #: columns that rank the rows, with a - before those of which the largest comes first; the rest breaks ties
    order: tuple[str, ...]
    function: Callable[..., ir.Table]

    @property
    def theme(self) -> str:
        """The FinOps theme that it belongs to."""
        return self.function.__module__.rpartition(".")[2].replace("_", " ")

    @property
    def description(self) -> str:
        """What it answers, and what the columns of the answer are."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The tables that it takes, costs first."""
        given = inspect.signature(self.function).parameters.values()
        return tuple(one.name for one in given if one.kind is one.POSITIONAL_OR_KEYWORD)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its own parameters with their defaults, and then those that every query takes."""
        given = inspect.signature(self.function).parameters.values()
        own = [PARAMETERS[one.name].with_default(one.default) for one in given if one.kind is one.KEYWORD_ONLY and one.name not in COMMON]
        common = [PARAMETERS[name].with_default(self.period if name == "period" else None) for name in COMMON]
        return tuple(one for one in (*own, *common) if self.period or one.name != "period")

    def __call__(self, costs: ir.Table, *others: ir.Table, **given: Any) -> ir.Table:
        """The answer; ``others`` are the tables after costs in :attr:`tables`, ``given`` the parameters by keyword.

        Raises FinopsError for a parameter that it does not take or cannot read, and for a column that costs do not have.
        """
        values = self.values(given)
        self._require(costs.columns, values)
        rows = scoped(completed(costs, self.columns), {name: values[name] for name in SCOPE if values[name] is not None})
        own = {one.name: values[one.name] for one in self.parameters if one.name not in COMMON}
        if self.period:
            rows = within(rows, _STARTS[values["period"]], values["start"], values["end"])
        else:
            own |= {name: values[name] for name in ("start", "end")}
        return ordered(self.function(rows, *others, **own), self.order)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A value for every parameter: what is given, read as what it is, or the default."""
        known = {one.name: one for one in self.parameters}
        for name in given:
            if name not in known:
                near = nearest(name, known)
                why = f"It takes {', '.join(known)}."
                raise FinopsError(f"{self.name} does not take {name}.", why=why, hint=f"did you mean {near}?" if near else "")
        values = {name: one.read(given.get(name, one.default)) for name, one in known.items()}
        if values["start"] and values["end"] and values["start"] >= values["end"]:
            said = f"start={values['start']:%Y-%m-%d %H:%M} is not before end={values['end']:%Y-%m-%d %H:%M}"
            raise FinopsError(
                f"{self.name}: {said}.", why="end is the first day that counts no more.", hint="start=2026-01-01, end=2026-02-01"
            )
        return values

    def lacking(self, present: Iterable[str]) -> list[str]:
        """Its essential columns that are not among ``present``, the columns that have values."""
        there = set(present)
        return [name for name in self.essential if name not in there and _EARLIER.get(name) not in there]

    def _require(self, columns: Iterable[str], values: Mapping[str, Any]) -> None:
        asked = [names[0] for key, names in SCOPE.items() if values[key] is not None] + [
            values[key] for key in ("metric",) if key in values
        ]
        there = set(columns)
        missing = self.lacking(there) + [name for name in asked if name not in there and _EARLIER.get(name) not in there]
        if missing:
            raise FinopsError(
                f"{self.name} needs {', '.join(dict.fromkeys(missing))}, which the data does not have.", hint="session.queries()"
            )

    def filled(self, costs: ir.Table) -> dict[str, ir.BooleanScalar]:
        """For each essential column whether any row of costs has a value in it."""
        there = [name for name in self.essential if name in costs.columns or _EARLIER.get(name) in costs.columns]
        return {name: column(costs, name).notnull().any() for name in there}


#: every query by its name, in the order of the names
QUERIES: dict[str, Query] = {}


def query(
    name: str,
    title: str,
    versions: str,
    columns: str,
    *,
    essential: str = "",
    period: str = "charge",
    order: str = "",
    currency: str = "BillingCurrency",
) -> Callable[[Callable[..., ir.Table]], Callable[..., ir.Table]]:
    """Register a function as a query; it stays the function that it is, so that one may be registered under several names.

    ``versions`` is a span (``"1.0-1.4"``), ``columns`` what it reads of costs besides the start column of its ``period`` and the
    ``currency`` that it answers by. Essential are the columns that FOCUS never leaves null, and those that are named so.
    """
    first, _, last = versions.partition("-")
    span = VERSIONS[VERSIONS.index(first) : VERSIONS.index(last or first) + 1]
    read = tuple(dict.fromkeys([*columns.split(), *([_STARTS[period]] if period else []), *([currency] if currency else [])]))

    def add(function: Callable[..., ir.Table]) -> Callable[..., ir.Table]:
        needed = tuple(one for one in read if one in essential.split() or _never_null(one))
        QUERIES[name] = Query(name, title, span, read, needed, period, tuple(order.split()), function)
        return function

    return add


def query_named(name: str) -> Query:
    """The query of that name; raises FinopsError with the near name."""
    if name in QUERIES:
        return QUERIES[name]
    near = nearest(name, QUERIES)
    why = f"Did you mean {near}?" if near else f"There are {len(QUERIES)}."
    raise FinopsError(f"There is no query {name or repr(name)}.", why=why, hint=f'session.query("{near}")' if near else "session.queries()")


def _never_null(name: str) -> bool:
    return not COLUMNS[name].nullable and VERSIONS[-1] in COLUMNS[name].versions
