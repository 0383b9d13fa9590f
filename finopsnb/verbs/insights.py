"""``session.insights``: what is stored, asked by a persona."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.store import Store

__all__ = ["told"]


def told(store: Store, persona: str | None, days: int, tag: str | None, owner_tag: str | None) -> pa.Table:
    """The findings as a table; where there are none, one row of the kind "nothing" that says so.

    Raises FinopsError for a persona, a number of days or the key of a tag that is none.
    """
    import pyarrow as pa

    from finopsnb.analysis.insights import NOTHING, as_table, insights

    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise FinopsError(f"days={days} is no number of days.", why="So many complete days are compared.", hint="session.insights(days=28)")
    keys = {"tag": tag or "", "owner_tag": owner_tag or ""}
    for name, key in keys.items():
        if not isinstance(key, str):
            raise FinopsError(f"{name}={key!r} is no key of a tag.", why="It is one text.", hint=f'{name}="application"')
    found = as_table(insights(store.table, store.execute, persona, days=days, **keys))
    if found.num_rows:
        return found
    nothing = {"kind": "nothing", "title": NOTHING}
    return pa.table({one.name: pa.array([nothing.get(one.name)], one.type) for one in found.schema})
