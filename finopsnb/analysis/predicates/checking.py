"""A condition as an expression over costs, and whether a text is one, before there are any."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from finopsnb.analysis.money import MONEY
from finopsnb.analysis.predicates.parsing import Misfit, misfit, parsed
from finopsnb.analysis.predicates.reading import Reader
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["check_predicate", "predicate"]

_TIME = "timestamp('UTC')"
#: what an x_ column may hold, the most usual first; all of their combinations are tried for so many columns
_OWN_TYPES, _TRIED = ("string", "float64", "boolean", _TIME), 4


def predicate(costs: ir.Table, text: str) -> ir.BooleanValue:
    """The condition as an expression over ``costs``; raises FinopsError for what is not one, with the near column name."""
    import ibis.expr.types as ir
    from ibis.common.exceptions import IbisError

    condition = parsed(text)
    try:
        found = Reader(costs, text).read(condition)
    except (IbisError, TypeError, AttributeError, NotImplementedError, ValueError, ArithmeticError) as error:
        raise misfit(text, f"Its parts do not fit together: {str(error).splitlines()[0]}") from error
    if not isinstance(found, ir.BooleanValue):
        raise misfit(text, "It is not true or false.")
    return found


def check_predicate(text: str) -> str:
    """``text`` when it is a condition over FOCUS columns, and x_ columns of whatever type lets it be one; ValueError otherwise."""
    try:
        _check(text)
    except FinopsError as error:
        raise ValueError(" ".join(filter(None, (error.what, error.why, error.hint)))) from None
    return text


def _check(text: str) -> None:
    """Reads it with each type that the x_ columns may have, until one fits; of many columns those that are mixed are not tried."""
    import ibis
    import sqlglot.expressions as parts

    from finopsnb.focus import COLUMNS

    kinds = {"Decimal": MONEY, "Date/Time": _TIME, "Tags": "map<string, string>"}
    known = {name: "map<string, string>" if name == "Tags" else kinds.get(column.kind, "string") for name, column in COLUMNS.items()}
    own = sorted({str(column.name) for column in parsed(text).find_all(parts.Column) if str(column.name).startswith("x_")})
    several = len(own) <= _TRIED
    problem: FinopsError | None = None
    for types in itertools.product(_OWN_TYPES, repeat=len(own)) if several else ((kind,) * len(own) for kind in _OWN_TYPES):
        try:
            predicate(ibis.table(known | dict(zip(own, types, strict=True)), name="costs"), text)
        except Misfit as error:
            problem = problem or error
        else:
            return
    if several and problem:
        raise problem
