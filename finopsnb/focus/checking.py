"""Holding a normalised table against the rules: one query for the counts, one for the examples, one per provider."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import ibis
from ibis.expr import operations as ops

from finopsnb.focus._engine import as_utc, trim_right
from finopsnb.focus.counting import Count, Execute, Tally
from finopsnb.focus.finding import Finding, merge
from finopsnb.focus.planning import Plan, version_of
from finopsnb.focus.rounding import rounded_costs
from finopsnb.focus.rules import Rule, rules

__all__ = ["check"]


def check(table: ibis.Table, execute: Execute, *, version: str | None = None, plan: Plan | None = None) -> list[Finding]:
    """The rules that rows of a *normalised* table break, counted by rule and column, sorted by severity.

    ``execute`` runs an expression over ``table`` and returns an Arrow table. The version is the one given, else that
    of the plan, else the oldest that has all the columns. A rule whose columns are not all there is not applied. Rows
    with a ``_reason``, where the table has that column, are counted as quarantined and held against no rule.
    """
    held = version or (plan.version if plan else version_of(table.columns))
    good, unreadable = _quarantined(table, execute)
    broken = _tally(good.op(), held).findings(execute)
    return merge([*unreadable, *broken, *rounded_costs(good, execute)])


@functools.lru_cache(maxsize=64)
def _tally(node: ops.Node, version: str) -> Tally:
    table = node.to_expr()
    wanted = [rule for rule in rules(version) if set(rule.needs) <= set(table.columns)]
    return Tally(table, [_count(rule, table) for rule in wanted])


def _count(rule: Rule, table: Any) -> Count:
    example = table[rule.needs[0]] if len(rule.needs) == 1 else ibis.struct({name: table[name] for name in rule.needs})
    told = _text if len(rule.needs) == 1 else functools.partial(_texts, rule.needs)
    return Count(
        rule.id, rule.column, rule.severity, "kept", rule.message, rule.violated(table), example, told=told, is_costly=rule.is_costly
    )


def _texts(names: Sequence[str], row: Any) -> Any:
    told = [ibis.literal(f"{name}=") + _text(row[name]).coalesce("null") for name in names]
    return ibis.literal(", ").join(told)


def _text(value: Any) -> Any:
    """As a person writes it: a decimal without trailing zeros, a time in UTC."""
    kind = value.type()
    if kind.is_decimal():
        return trim_right(trim_right(value.cast("string"), "0"), ".")
    return as_utc(value).cast("string") + "Z" if kind.is_timestamp() and kind.timezone else value.cast("string")


def _quarantined(table: Any, execute: Execute) -> tuple[Any, list[Finding]]:
    if "_reason" not in table.columns:
        return table, []
    bad = table.filter(table["_reason"].notnull())
    column = bad["_reason"].split(":")[0].name("column")
    groups = execute(bad.group_by(column).aggregate(rows=bad.count(), example=bad["_reason"].min()))
    return table.filter(table["_reason"].isnull()), [_unreadable(group) for group in groups.to_pylist()]


def _unreadable(group: dict[str, Any]) -> Finding:
    message = "cannot be read as its type; the rows are quarantined"
    return Finding("unreadable-value", group["column"], group["rows"], group["example"], "error", "quarantined", message)
