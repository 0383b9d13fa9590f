"""What the rules look at, once per combination and not once per charge.

Millions of charges share a few thousand combinations of the columns and tags that rules ask for. The combinations are
found first, the rules are asked of them alone, and the answer is joined back by the keys of the combination:

    charges ──▶ keyed: scope, keys, amount ──▶ combinations: keys, texts ──▶ (rules) ──▶ keys, class

A column's text is its key. Tags have one key, the number of the charge's tag set, where the costs have it
(``_tag_id``): the values are then read once per set of tags. Days on which a rule begins or ends cut time into windows, and
the number of the window is a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.rules import OWNER, AllocationRules, Condition, columns_of, folded_values, tags_of
from finopsnb.analysis.cost import instant
from finopsnb.analysis.tags import meant, tag
from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Asked", "asked_by", "column_text", "combinations", "keys_of", "text_name"]

_INHERITS = {"resource": "ResourceId", "account": "SubAccountId"}
_NAMESPACES = ("namespace", "kubernetes_namespace", "k8s-namespace", "aws:eks:namespace", "kubernetes-namespace")


@dataclass(frozen=True)
class Asked:
    """The columns, the tags (those that stand for their aliases) and the days that rules depend on."""

    columns: tuple[str, ...]
    tags: tuple[str, ...]
    days: tuple[date, ...]
    #: the other keys of each tag, by which it is read
    aliases: dict[str, list[str]] = field(default_factory=dict)
    #: the aliases of the settings, by which a rule may ask for it
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def tag_name(self, key: str) -> str:
        """The column that holds the value of a tag."""
        return f"_tag_{self.tags.index(meant(key, self.settings))}"


def asked_by(config: AllocationRules, conditions: Sequence[Condition] = ()) -> Asked:
    """What the rules, and further ``conditions``, depend on."""
    columns = [*columns_of(config.rules), *(c.column for c in conditions), *(_INHERITS[i] for i in config.inherit if i in _INHERITS)]
    tags = [*tags_of(config.rules), *(c.tag for c in conditions)]
    aliases = {meant(key, config.tag_aliases): others for key, others in config.tag_aliases.items()}
    if "namespace" in config.inherit:
        key, others = namespace_tag(config)
        aliases |= {key: [*aliases.get(key, []), *others]}
        (columns if config.namespace.startswith("x_") else tags).append(config.namespace or key)
    days = {day for rule in config.rules for day in (rule.from_, rule.until) if day}
    return Asked(
        tuple(sorted({*filter(None, columns)} - {OWNER})),
        tuple(sorted({meant(one, config.tag_aliases) for one in tags if one})),
        tuple(sorted(days)),
        aliases,
        config.tag_aliases,
    )


def namespace_tag(config: AllocationRules) -> tuple[str, Sequence[str]]:
    """The tag that names the Kubernetes namespace, and its usual other names."""
    return meant(config.namespace or _NAMESPACES[0], config.tag_aliases), () if config.namespace else _NAMESPACES


def keys_of(costs: ir.Table, asked: Asked, tag_sets: ir.Table | None) -> dict[str, ir.Column]:
    """The keys of a charge's combination, by name; one at least. Raises FinopsError for a column that is not there."""
    import ibis

    keys: dict[str, ir.Column] = {text_name(name): column_text(costs, name) for name in asked.columns}
    if asked.tags and tag_sets is not None:
        keys["_tag_id"] = costs["_tag_id"]
    elif asked.tags:
        keys |= {asked.tag_name(key): tag(costs, key, asked.aliases.get(key, ())) for key in asked.tags}
    if asked.days or not keys:
        begun = [(costs.ChargePeriodStart >= instant(day)).cast("int16") for day in asked.days]
        keys["_window"] = sum(begun, ibis.literal(0, "int16")).cast("int16")
    return keys


def combinations(keyed: ir.Table, names: Sequence[str], asked: Asked, config: AllocationRules, tag_sets: ir.Table | None) -> ir.Table:
    """The combinations of the keys ``names``, with the text of every column and tag, and, to inherit by, the last day, ``_last``."""
    found = keyed.group_by(list(names)).aggregate(_last=keyed._day.max()) if config.inherit else keyed.select(list(names)).distinct()
    if "_tag_id" in names and tag_sets is not None:
        values = tag_sets.select("tag_id", **{asked.tag_name(key): tag(tag_sets, key, asked.aliases.get(key, ())) for key in asked.tags})
        found = found.left_join(values, found["_tag_id"] == values.tag_id).drop("tag_id")
    return found.mutate(**{f"_text{name}": _canonical(found[name], said, config) for name, said in _texts(asked)})


def _texts(asked: Asked) -> list[tuple[str, str]]:
    """The columns of a combination that hold text, each with the column or tag that it stands for."""
    return [(text_name(name), name) for name in asked.columns] + [(asked.tag_name(key), key) for key in asked.tags]


def _canonical(value: ir.StringColumn, said: str, config: AllocationRules) -> ir.StringColumn:
    """The value as the rules spell it, null where it is empty; a value without an alias is as it stands."""
    wanted = meant(said, config.tag_aliases)
    aliases = next((others for name, others in config.value_aliases.items() if meant(name, config.tag_aliases) == wanted), {})
    known, value = folded_values(aliases), value.nullif("")
    return value.strip().lower().cases(*known.items(), else_=value) if known else value


def text_name(column: str) -> str:
    """The key that holds the text of a column."""
    return f"_column_{column}"


def column_text(costs: ir.Table, name: str) -> ir.StringColumn:
    """The text of a column; a FOCUS column that the table does not have is null everywhere."""
    import ibis

    if name in costs.columns:
        return costs[name].cast("string")
    if name.startswith("x_"):
        near = nearest(name, costs.columns)
        raise FinopsError(
            f"The rules ask for the column {name}, which costs does not have.",
            why=f"Its own columns are {', '.join(n for n in costs.columns if n.startswith('x_')) or 'none'}.",
            hint=f"did you mean {near}?" if near else 'session.describe("costs")',
        )
    return ibis.null("string")
