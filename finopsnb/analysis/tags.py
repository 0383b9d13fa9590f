"""The value of a tag, however its key is spelled: ``Team``, ``team`` and `` team`` are one key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["alias_problem", "meant", "same_keys", "spelled", "tag", "tag_keys", "tag_set"]


def spelled(key: str) -> str:
    """The key without the blanks around it and in small letters: what two spellings of a key have in common.

    >>> spelled(" Team"), spelled("TEAM")
    ('team', 'team')
    """
    return key.strip().lower()


def meant(key: str, aliases: Mapping[str, Sequence[str]]) -> str:
    """The key that stands for ``key`` and all that mean the same, as :func:`spelled` has it; ``aliases`` are by such keys.

    >>> meant("Squad", {"Team": ["squad", "owner"]}), meant("env", {})
    ('team', 'env')
    """
    return spelled(same_keys(key, aliases)[0])


def same_keys(key: str, aliases: Mapping[str, Sequence[str]]) -> list[str]:
    """All keys that mean the same as ``key``, the one that stands for them first: ``key`` alone where it has no alias."""
    groups = ([name, *others] for name, others in aliases.items())
    return next((group for group in groups if spelled(key) in map(spelled, group)), [key])


def alias_problem(aliases: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with aliases, or nothing: a text that means two things, and a text without letters.

    >>> alias_problem({"team": ["squad"], "owner": ["Squad"]})
    'squad means both team and owner'
    """
    found: dict[str, str] = {}
    for name, others in aliases.items():
        for text in dict.fromkeys(map(spelled, (name, *others))):
            if not text:
                return f"{name or 'an alias'} has a text without letters"
            if text in found:
                return f"{text} means both {found[text]} and {name}"
            found[text] = name
    return ""


def tag_set(costs: ir.Table) -> ir.Column:
    """What tells sets of tags apart: their number where costs are stored, else the tags. Grouped by it a tag is read once per set.

    A bill has some thousand sets of tags, and reading one tag of each charge takes longer than adding all of them up.
    """
    return costs["_tag_id" if "_tag_id" in costs.columns else "Tags"]


def tag(costs: ir.Table, key: str, aliases: Sequence[str] = ()) -> ir.StringColumn:
    """The value of the tag ``key`` on each row, null where there is none; an empty value counts as none.

    The key as it stands is preferred to its other spellings in case and blanks, and these to the ``aliases``, which
    are other keys that mean the same (``cost-center``, ``CostCentre``), in their order.
    Raises FinopsError for a key without letters.
    """
    import ibis

    for name in (key, *aliases):
        if not name.strip():
            raise FinopsError("A tag key has no letters.", hint='key="team"')
    candidates = [_filled(costs.Tags.get(key))] + [_by_spelling(costs.Tags, name) for name in (key, *aliases)]
    return ibis.coalesce(*candidates)


def tag_keys(costs: ir.Table, metric: str = "BilledCost") -> ir.Table:
    """The keys of tags that have a value, one for all of its spellings, with the positive ``metric`` that carries it: key, cost.

    The key that most of it carries comes first. The costs are to be of one currency.
    """
    import ibis

    spent = costs.filter(costs[metric] > 0, costs.Tags.notnull())
    # a set of tags may hold a key in two spellings: its cost counts once
    keys = spent.Tags.keys().filter(lambda name: _filled(spent.Tags.get(name)).notnull()).map(lambda name: name.strip().lower()).unique()
    each = spent.select(key=keys.unnest(), cost=spent[metric])
    sums = each.group_by("key").aggregate(cost=each.cost.sum())
    return sums.order_by([ibis.desc("cost"), "key"])


def _by_spelling(tags: ir.MapColumn, key: str) -> ir.StringColumn:
    """The value under the first key, in the order of the alphabet, that is spelled like this one and has a value."""
    wanted = spelled(key)
    keys = tags.keys().filter(lambda name: (name.strip().lower() == wanted) & _filled(tags.get(name)).notnull())
    return _filled(tags.get(keys.sort()[0]))


def _filled(value: ir.StringColumn) -> ir.StringColumn:
    return value.strip().nullif("")
