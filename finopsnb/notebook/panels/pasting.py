"""Settings as TOML, pasted or in a file, for the form: nothing is applied, and what does not fit is told.

``[NAME]`` or ``[plugins.NAME]`` stands above the settings of a plugin, as in finopsnb.toml; one plugin's settings need no heading.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finopsnb.errors import CommandError, nearest
from finopsnb.plugins.config import read_settings_file

__all__ = ["settings_in_file", "settings_in_text"]


def settings_in_text(text: str, plugin: str) -> Mapping[str, Any]:
    """The settings of a plugin in TOML. Raises CommandError for what is no TOML, or is of other plugins."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CommandError("The text is not TOML.", why=f"{error}.", hint='text stands in quotes: path = "exports/*.csv"') from error
    if not document:
        raise CommandError("There is nothing to load.", hint="paste TOML, or name a file")
    inner = document.get("plugins")
    tables = {**document, **(inner if isinstance(inner, dict) else {})}
    if isinstance(tables.get(plugin), dict):
        return dict(tables[plugin])
    if any(not isinstance(value, dict) for value in document.values()):  # without a heading
        return document
    raise _of_others(list(tables), plugin, "The text")


def settings_in_file(path: str, plugin: str) -> Mapping[str, Any]:
    """The settings of a plugin in a TOML file. Raises PluginConfigError where it cannot be read, CommandError where it has none."""
    tables, name = read_settings_file(Path(path))
    if plugin not in tables:
        raise _of_others(list(tables), plugin, name)
    return tables[plugin]


def _of_others(names: list[str], plugin: str, where: str) -> CommandError:
    others = [name for name in names if name != "plugins"]
    near = nearest(plugin, others)
    hint = f"[{plugin}] in place of [{near}]" if near else f"[{plugin}]"
    why = f"It has those of {', '.join(others[:8])}." if others else "It has no tables."
    return CommandError(f"{where} has no settings of {plugin}.", why=why, hint=hint)
