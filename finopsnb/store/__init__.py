"""The store: one DuckDB file with the costs, what plugins made of them, and the run that produced each row.

    opening     the file: locks, snapshots, damage, newer versions; the instance is locked down
    schema      the tables; migrations bring older files up to them
    ingest      costs: staging ─▶ refusing ─▶ replacing, in one transaction
    receiving   tables that integration plugins bring
    writing     the tables of the other plugin types, replaced by scope
    runs        the run log        query  the user's SQL        state  what plugins remember

Only here is SQL written. Use it through :class:`Store`, or rather through a session.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finopsnb.store.ingest import Ingested
    from finopsnb.store.receiving import Brought
    from finopsnb.store.replacing import Replaced
    from finopsnb.store.settling import Decided
    from finopsnb.store.staging import Batch
    from finopsnb.store.store import Store

__all__ = ["Batch", "Brought", "Decided", "Ingested", "Replaced", "Store"]

_HOMES = {
    "Batch": "staging",
    "Brought": "receiving",
    "Ingested": "ingest",
    "Replaced": "replacing",
    "Decided": "settling",
    "Store": "store",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
