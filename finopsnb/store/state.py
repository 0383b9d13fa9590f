# ruff: noqa: S608  what is put into the statements is written here, and values are bound
"""What plugins remember between runs: JSON values by plugin and key.

What a collection remembers is about the rows that it stored, and goes with them when its run is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from finopsnb.store.runs import as_json
from finopsnb.store.sql import run, storable

__all__ = ["delete_state", "get_state", "outdate_collected", "set_collected", "set_state"]

_COLLECTED = "collected/"


def get_state(cursor: Any, plugin: str, key: str) -> Any:
    """The value, or None where there is none; what a collection remembered comes first."""
    statement = "select value from state where plugin = ? and key in (?, ?) order by key = ?"
    found = run(cursor, statement, [plugin, _COLLECTED + key, key, key]).fetchall()
    return json.loads(found[0][0]) if found else None


def set_state(cursor: Any, plugin: str, key: str, value: Any, now: datetime) -> None:
    """Put the value, which must be JSON-able, in place of the former one."""
    text = as_json(value)
    delete_state(cursor, plugin, key)
    run(cursor, "insert into state values (?, ?, ?, ?)", [plugin, key, text, now])


def delete_state(cursor: Any, plugin: str, key: str) -> None:
    """Forget the value; nothing happens where there is none."""
    run(cursor, "delete from state where plugin = ? and key = ?", [plugin, key])


def set_collected(cursor: Any, plugin: str, values: Mapping[str, Any], now: datetime) -> None:
    """Put what a collection remembers."""
    for key, value in values.items():
        set_state(cursor, plugin, _COLLECTED + key, value, now)


def outdate_collected(cursor: Any, plugin: str, source: str) -> None:
    """Let what the collections of a source remember be out of date, so that the next one starts over.

    The key is a word, a colon and the source; a key without a colon is about all sources of the plugin. An object says
    under ``made`` how it was made, and is nobody's without; anything else goes.
    """
    mine = "plugin = ? and starts_with(key, ?) and (not contains(key, ':') or substr(key, strpos(key, ':') + 1) = ?)"
    values = [plugin, _COLLECTED, storable(source)]
    run(cursor, f"delete from state where {mine} and json_type(value) <> 'OBJECT'", values)
    run(cursor, f"update state set value = json_merge_patch(value, ?) where {mine}", [as_json({"made": ""}), *values])
