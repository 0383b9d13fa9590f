"""What plugins remember between runs: JSON values by plugin and key."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from finopsnb.store.runs import as_json
from finopsnb.store.sql import run

__all__ = ["delete_state", "get_state", "set_state"]


def get_state(cursor: Any, plugin: str, key: str) -> Any:
    """The value, or None where there is none."""
    found = run(cursor, "select value from state where plugin = ? and key = ?", [plugin, key]).fetchall()
    return json.loads(found[0][0]) if found else None


def set_state(cursor: Any, plugin: str, key: str, value: Any, now: datetime) -> None:
    """Put the value, which must be JSON-able, in place of the former one."""
    text = as_json(value)
    delete_state(cursor, plugin, key)
    run(cursor, "insert into state values (?, ?, ?, ?)", [plugin, key, text, now])


def delete_state(cursor: Any, plugin: str, key: str) -> None:
    """Forget the value; nothing happens where there is none."""
    run(cursor, "delete from state where plugin = ? and key = ?", [plugin, key])
