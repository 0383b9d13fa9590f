"""Tags that a charge does not have itself, taken from the charges around it.

resource   the value that another charge of the same resource has; of several, that of the latest day
account    the value that all tagged charges of the sub account have in common
namespace  the value that all tagged charges of the Kubernetes namespace have in common

Only a charge's own tags are handed on, never inherited ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from finopsnb.analysis.allocation.facts import Asked, namespace_tag, text_name
from finopsnb.analysis.allocation.rules import AllocationRules

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["inherited"]


def inherited(combinations: ir.Table, asked: Asked, config: AllocationRules) -> ir.Table:
    """The combinations with inherited tags, and for every tag ``_from<tag>``: where it was inherited from, or null."""
    import ibis

    table = combinations
    for key in asked.tags:
        value = f"_text{asked.tag_name(key)}"
        givers = [(step, _givers(combinations, step, value, asked, config)) for step in config.inherit if not _is_itself(step, key, config)]
        found = table
        for place, (_, (by, giver)) in enumerate(givers):
            renamed = giver.select(**{f"_by_{place}": giver[by], f"_given_{place}": giver._value})
            found = found.left_join(renamed, found[by] == renamed[f"_by_{place}"]).drop(f"_by_{place}")
        given = [found[f"_given_{place}"] for place in range(len(givers))]
        source = [(found[value].isnull() & one.notnull(), step) for (step, _), one in zip(givers, given, strict=True)]
        origin = ibis.cases(*source, else_=ibis.null("string")) if source else ibis.null("string")
        found = found.mutate(**{f"_from{asked.tag_name(key)}": origin, value: ibis.coalesce(found[value], *given)})
        table = found.drop(*(f"_given_{place}" for place in range(len(givers))))
    return table


def _is_itself(step: str, key: str, config: AllocationRules) -> bool:
    """A namespace cannot be inherited from itself."""
    return step == "namespace" and key == namespace_tag(config)[0]


def _givers(table: ir.Table, step: str, value: str, asked: Asked, config: AllocationRules) -> tuple[str, ir.Table]:
    """The column to look up by, and the value to give for each of its values."""
    by = _looked_up_by(step, asked, config)
    tagged = table.filter(table[by].notnull(), table[value].notnull())
    return by, _CHOICES[step](tagged, by, value)


def _looked_up_by(step: str, asked: Asked, config: AllocationRules) -> str:
    """The column that says which charges belong together; of a tag as the charges have it themselves."""
    if step != "namespace":
        return f"_text{text_name({'resource': 'ResourceId', 'account': 'SubAccountId'}[step])}"
    is_column = config.namespace.startswith("x_")
    return f"_text{text_name(config.namespace)}" if is_column else asked.tag_name(namespace_tag(config)[0])


def _latest(tagged: ir.Table, by: str, value: str) -> ir.Table:
    newest = tagged.mutate(_newest=tagged._last.max().over(group_by=by))
    newest = newest.filter(newest._last == newest._newest)
    return newest.group_by(by).aggregate(_value=newest[value].max())


def _unanimous(tagged: ir.Table, by: str, value: str) -> ir.Table:
    groups = tagged.group_by(by).aggregate(_value=tagged[value].min(), _most=tagged[value].max())
    return groups.filter(groups._value == groups._most)


_CHOICES: dict[str, Callable[[ir.Table, str, str], ir.Table]] = {"resource": _latest, "account": _unanimous, "namespace": _unanimous}
