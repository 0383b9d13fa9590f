"""Conditions as expressions over the texts of a charge: a function from the name of a column or tag to its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.rules import Condition, texts
from finopsnb.analysis.patterns import any_regex, glob_regex

if TYPE_CHECKING:
    import ibis.expr.types as ir

    Text = Callable[[str, str], ir.StringColumn]

__all__ = ["all_hold"]


def all_hold(conditions: Sequence[Condition], text: Text) -> ir.BooleanValue:
    """Whether every condition holds; ``text(column, tag)`` gives what is compared. Never null."""
    import ibis

    if not conditions:
        return ibis.literal(True)
    return reduce(and_, [_holds(condition, text(condition.column, condition.tag)) for condition in conditions])


def _holds(condition: Condition, value: ir.StringColumn) -> ir.BooleanValue:
    if condition.exists is not None:
        wanted = condition.exists is not condition.negate
        return value.notnull() if wanted else value.isnull()
    (kind,) = condition.kinds
    answer = _KINDS[kind](value, list(texts(getattr(condition, kind))))
    return (~answer if condition.negate else answer).fill_null(False)


def _prefix(value: ir.StringColumn, starts: list[str]) -> ir.BooleanValue:
    return reduce(or_, [value.startswith(start) for start in starts])


def _regex(value: ir.StringColumn, patterns: list[str]) -> ir.BooleanValue:
    return value.re_search(any_regex(patterns))


def _glob(value: ir.StringColumn, patterns: list[str]) -> ir.BooleanValue:
    return _regex(value, [glob_regex(pattern) for pattern in patterns])


_KINDS: dict[str, Callable[[ir.StringColumn, list[str]], ir.BooleanValue]] = {
    "exact": lambda value, wanted: value.isin(wanted) if len(wanted) > 1 else value == wanted[0],
    "prefix": _prefix,
    "glob": _glob,
    "regex": _regex,
}
