"""Asking the rules: every combination of what they look at gets an owner, the rule that found it, and perhaps a pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.conditions import all_hold
from finopsnb.analysis.allocation.facts import Asked, text_name
from finopsnb.analysis.allocation.pools import Pool
from finopsnb.analysis.allocation.rules import OWNER, UNALLOCATED, AllocationRules, Rule, tags_of
from finopsnb.analysis.tags import meant, spelled

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["classified"]

_NONE = -1


@dataclass(frozen=True)
class _Reader:
    """The texts of a table of combinations."""

    table: ir.Table
    asked: Asked

    def text(self, column: str, tag: str) -> ir.StringColumn:
        if column == OWNER:
            return self.table.owner
        return self.table[f"_text{text_name(column) if column else self.asked.tag_name(tag)}"]

    def name(self, column: str, tag: str) -> ir.StringColumn:
        """The text as the name of an owner; blanks are none."""
        return self.text(column, tag).strip().nullif("")


def classified(combinations: ir.Table, asked: Asked, config: AllocationRules, pools: Sequence[Pool]) -> ir.Table:
    """The combinations with ``owner``, ``rule``, ``method``, ``pool`` and ``_class``, a number for each set of these four."""
    import ibis

    reader = _Reader(combinations, asked)
    held = [(_holds(rule, reader), place) for place, rule in enumerate(config.rules)]
    table = combinations.mutate(_rule=ibis.cases(*held, else_=_NONE).cast("int32") if held else ibis.literal(_NONE, "int32"))
    table = table.mutate(
        owner=_owner(table, asked, config.rules), rule=_rule_name(table, config.rules), method=_method(table, asked, config)
    )
    taken = [(all_hold(pool.when, _Reader(table, asked).text), ibis.literal(pool.name)) for pool in pools if pool.when]
    named = (table.owner.isin([pool.name for pool in pools]), table.owner) if pools else (ibis.literal(False), table.owner)
    table = table.mutate(pool=ibis.cases(*taken, named, else_=ibis.null("string")))
    by_class = ibis.window(order_by=["owner", "rule", "method", "pool"])
    return table.mutate(_class=ibis.dense_rank().over(by_class).cast("int32"))


def _holds(rule: Rule, reader: _Reader) -> ir.BooleanValue:
    holds = all_hold(rule.when, reader.text)
    if rule.owner_tag or rule.owner_column:
        holds &= reader.name(rule.owner_column, rule.owner_tag).notnull()
    days = reader.asked.days
    if rule.from_:
        holds &= (reader.table["_window"] > days.index(rule.from_)).fill_null(False)
    if rule.until:
        holds &= (reader.table["_window"] <= days.index(rule.until)).fill_null(False)
    return holds


def _owner(table: ir.Table, asked: Asked, rules: Sequence[Rule]) -> ir.StringColumn:
    import ibis

    literal: dict[str, list[int]] = {}
    said: dict[tuple[str, str], list[int]] = {}
    for place, rule in enumerate(rules):
        if rule.owner:
            literal.setdefault(rule.owner, []).append(place)
        else:
            said.setdefault((rule.owner_column, spelled(rule.owner_tag)), []).append(place)
    reader = _Reader(table, asked)
    found = [(table._rule.isin(places), ibis.literal(owner)) for owner, places in literal.items()]
    found += [(table._rule.isin(places), reader.name(*source)) for source, places in said.items()]
    return ibis.cases(*found, else_=UNALLOCATED) if found else ibis.literal(UNALLOCATED)


def _rule_name(table: ir.Table, rules: Sequence[Rule]) -> ir.StringColumn:
    import ibis

    names = [(place, rule.name) for place, rule in enumerate(rules)]
    return table._rule.cases(*names, else_=ibis.null("string")) if names else ibis.null("string")


def _method(table: ir.Table, asked: Asked, config: AllocationRules) -> ir.StringColumn:
    """rule, inherited from ..., or unallocated."""
    import ibis

    sources = []
    for key in asked.tags if config.inherit else ():
        using = [place for place, rule in enumerate(config.rules) if key in [meant(one, config.tag_aliases) for one in tags_of([rule])]]
        origin = table[f"_from{asked.tag_name(key)}"]
        if using:
            sources.append((table._rule.isin(using) & origin.notnull(), ibis.literal("inherited from ") + origin))
    return ibis.cases((table._rule == _NONE, "unallocated"), *sources, else_="rule")
