"""The value of a tag, however its key is spelled: ``Team``, ``team`` and `` team`` are one key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["spelled", "tag"]


def spelled(key: str) -> str:
    """The key without the blanks around it and in small letters: what two spellings of a key have in common.

    >>> spelled(" Team"), spelled("TEAM")
    ('team', 'team')
    """
    return key.strip().lower()


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


def _by_spelling(tags: ir.MapColumn, key: str) -> ir.StringColumn:
    """The value under the first key, in the order of the alphabet, that is spelled like this one and has a value."""
    wanted = spelled(key)
    keys = tags.keys().filter(lambda name: (name.strip().lower() == wanted) & _filled(tags.get(name)).notnull())
    return _filled(tags.get(keys.sort()[0]))


def _filled(value: ir.StringColumn) -> ir.StringColumn:
    return value.strip().nullif("")
