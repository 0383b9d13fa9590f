"""FOCUS, the FinOps Open Cost and Usage Specification: its columns, and bringing any billing table to them.

    COLUMNS, VERSIONS, columns_of     the columns of cost and usage data, 1.0 to 1.4, as data
    plan(schema)                      what becomes of each incoming column; a Plan normalises such tables
    check(table, execute)             the rules of the specification, over a normalised table
    normalise(frame), findings(frame) the two above in one call, for any data frame
    merge(findings)                   the findings of many batches added up
    sql(expression), as_arrow(frame)  for an ``execute`` of your own: the DuckDB statement; a table that DuckDB can read

Everything is an Ibis expression over a table name; who holds a database runs it through an ``execute`` of its own.
Ibis, DuckDB and Arrow are imported when a name that needs them is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from finopsnb.focus.columns import COLUMNS, VERSIONS, Column, columns_of
from finopsnb.focus.finding import Finding, merge

if TYPE_CHECKING:
    from finopsnb.focus.checking import check
    from finopsnb.focus.frames import as_arrow, findings, normalise, sql
    from finopsnb.focus.planning import Plan, plan
    from finopsnb.focus.rule import Rule

__all__ = [
    "COLUMNS",
    "VERSIONS",
    "Column",
    "Finding",
    "Plan",
    "Rule",
    "as_arrow",
    "check",
    "columns_of",
    "findings",
    "merge",
    "normalise",
    "plan",
    "sql",
]

_HOMES = {
    "Plan": "planning",
    "Rule": "rule",
    "as_arrow": "frames",
    "check": "checking",
    "findings": "frames",
    "normalise": "frames",
    "plan": "planning",
    "sql": "frames",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
