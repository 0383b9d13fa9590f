"""Values that only describe: they are plain dicts, and their text is what a person reads.

The notebook shows them as HTML (``finopsnb.notebook.display``).
"""

from __future__ import annotations

from typing import Any

from finopsnb.commands.texts import aligned, count, shown_path, visible

__all__ = ["SIGNS", "Details", "Overview", "Page", "details_rows", "field_row", "overview_rows", "signed", "told"]

#: a state is told by a sign and a word, never by colour alone
SIGNS = {"ready": "●", "error": "✕", "unusable": "✕", "initializing": "◔", "not loaded": "◌"}


class Page(str):
    """Text that a notebook shows as it stands, without quotes."""

    def __repr__(self) -> str:
        return str(self)


class Overview(dict[str, Any]):
    """The session at a glance: path, plugins, loaded, tables, last_runs, next."""

    def __repr__(self) -> str:
        lines = [f"finopsnb: {shown_path(self['path']) if self['path'] else 'no session is open'}"]
        for title, rows in overview_rows(self):
            lines += [f"{title}:" if rows else title, *aligned(rows)]
        return "\n".join([*lines, "next:", *(f"  {visible(step)}" for step in self["next"])])


class Details(dict[str, Any]):
    """What is known of one plugin (:meth:`PluginRegistry.describe`), with its settings under ``fields``."""

    def __repr__(self) -> str:
        lines = [f"{visible(self['name'])} {visible(self['version'])}: {signed(self['state'])}"]
        lines += aligned(details_rows(self))
        if self.get("fields"):
            lines += ["settings:", *aligned([field_row(field) for field in self["fields"]])]
        return "\n".join(lines)


_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


def details_rows(details: dict[str, Any]) -> list[dict[str, str]]:
    """What there is to say of a plugin apart from its name, state and settings."""
    hidden = ("name", "version", "state", "fields", "error", "loaded_order")
    return [{"key": k.replace("_", " "), "value": told(v)} for k, v in details.items() if k not in hidden and told(v)]


def signed(state: str) -> str:
    """A state as sign and word."""
    return f"{SIGNS.get(state, '○')} {visible(state)}"


def told(value: Any) -> str:
    """A value of a description in one line."""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list | tuple):
        return ", ".join(map(told, value))
    if isinstance(value, dict):
        return ", ".join(f"{visible(key)}={told(one)}" for key, one in value.items() if one not in _EMPTY)
    return "" if value is None else visible(value)


def field_row(field: dict[str, Any]) -> dict[str, str]:
    """One setting: its key, type, default or "required", and what it is for."""
    known = "" if field.get("default") in _EMPTY else f"= {told(field['default'])}"
    default = "required" if field.get("required") else known
    kind = "secret" if field.get("secret") else str(field.get("type", ""))
    return {"key": field["key"], "type": kind, "default": default, "description": field.get("description") or ""}


def overview_rows(overview: dict[str, Any]) -> list[tuple[str, list[dict[str, str]]]]:
    """The parts of an overview that have something to say, as titled rows of text."""
    total, loaded = overview["plugins"]["total"], overview["plugins"]["loaded"]
    parts = [
        (f"plugins, {loaded} of {total} loaded", [_plugin_row(plugin) for plugin in overview["loaded"]]),
        ("tables", [{"name": name, "rows": count(rows, "row")} for name, rows in overview["tables"].items() if rows]),
        ("last runs", [_run_row(run) for run in overview["last_runs"]]),
    ]
    return [(title, rows) for title, rows in parts if rows or title.startswith("plugins")]


def _plugin_row(plugin: dict[str, Any]) -> dict[str, str]:
    return {
        "name": str(plugin["name"]),
        "type": str(plugin["type"]),
        "state": signed(plugin["state"]),
        "reason": str(plugin["reason"] or ""),
    }


def _run_row(run: dict[str, Any]) -> dict[str, str]:
    started = run.get("started_at")
    return {
        "run": f"run {run['run_id']}",
        "plugin": str(run["plugin"]),
        "status": str(run["status"]),
        "rows": count(run.get("rows_stored"), "row"),
        "started": f"{started:%Y-%m-%d %H:%M}" if started else "",
    }
