"""Commands about plugins: which there are, their settings, and their lives."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finopsnb.commands.cards import Details
from finopsnb.commands.parsing import one_of
from finopsnb.commands.settings import refuse_secrets, settings
from finopsnb.commands.state import State
from finopsnb.commands.texts import count, listed, visible
from finopsnb.commands.vocabulary import NOTEBOOK, Result, argument, command
from finopsnb.errors import CommandError, FinopsError, PluginNotFound

__all__ = ["frame_of", "from_file", "tables_of"]

_TYPES = ("telemetry", "attribution", "recommendation", "dashboard", "integration", "notification", "policy")
_STATES = ("ready", "not loaded", "error", "uninitialized", "initializing", "shutdown", "unusable")
_COLUMNS = ("name", "type", "version", "state", "tags", "description", "origin", "reason")

_PAIRS = argument("settings", nargs="*", metavar="key=value", completes="settings", help="its settings")


@command(
    "plugins",
    "the plugins that were found, and the state of each",
    argument("--type", metavar="TYPE", type=one_of("type of plugin", *_TYPES), completes="types", help=", ".join(_TYPES)),
    argument("--state", metavar="STATE", type=one_of("state", *_STATES), completes="states", help="ready, error, ..."),
    argument("--tag", metavar="TAG", completes="tags", help="with this tag"),
    group="plugins",
    examples=("plugins", "plugins --type telemetry", 'plugins --state "not loaded"'),
    frame=True,
)
def plugins(state: State, arguments: Namespace) -> Result:
    found = [p for p in state.plugins.registry.describe() if _is_wanted(p, arguments)]
    rows = [{**{key: p[key] for key in _COLUMNS}, "tags": ", ".join(p["tags"])} for p in found]
    loaded = sum(p["state"] == "ready" for p in found)
    return Result(frame_of(state, rows, _COLUMNS), f"{count(len(rows), 'plugin')}, {loaded} ready")


@command(
    "info",
    "everything that is known of one plugin, with its settings",
    argument("name", completes="plugins"),
    group="plugins",
    examples=("info focus-files",),
)
def info(state: State, arguments: Namespace) -> Result:
    registry = state.plugins.registry
    described = next((p for p in registry.describe() if p["name"] == arguments.name), None)
    if described is None:
        described = registry.record(arguments.name).describe()
    return Result(Details({**described, "fields": _fields(state, described)}))


@command(
    "load",
    "make a plugin ready with its settings",
    argument("name", completes="unloaded"),
    _PAIRS,
    argument("--config", metavar="FILE", completes="files", help="take the settings from [NAME] of this TOML file"),
    group="plugins",
    examples=(
        "load focus-files path=exports/*.csv",
        "load slack webhook_url=env:SLACK_WEBHOOK",
        "load aws-cur --config finops.toml",
    ),
    quiet=True,
    notes="What is not given here comes from finopsnb.toml, then FINOPSNB_<PLUGIN>_<KEY>, then the defaults.",
)
def load(state: State, arguments: Namespace) -> Result:
    session = state.session
    given = {**from_file(arguments.config, arguments.name), **settings(state, arguments.name, arguments.settings)}
    plugin = session.load(arguments.name, given)
    return Result(plugin, _is_now(state, arguments.name, "ready"))


@command("unload", "shut a plugin down", argument("name", completes="loaded"), group="plugins", faces=(NOTEBOOK,))
def unload(state: State, arguments: Namespace) -> Result:
    state.session.unload(arguments.name)
    return Result(None, f"{arguments.name}: unloaded")


@command(
    "reload",
    "run a plugin's code anew; on failure the old one goes on serving",
    argument("name", completes="loaded"),
    _PAIRS,
    group="plugins",
    examples=("reload focus-files", "reload focus-files path=exports/2025/*.csv"),
    faces=(NOTEBOOK,),
)
def reload(state: State, arguments: Namespace) -> Result:
    session = state.session
    given = settings(state, arguments.name, arguments.settings)
    plugin = session.reload(arguments.name, given or None)
    return Result(plugin, _is_now(state, arguments.name, "ready again"))


@command(
    "config",
    "the settings of a plugin; with key=value, change them",
    argument("name", nargs="?", completes="plugins"),
    _PAIRS,
    argument("--show", action="store_true", help="only what is set now; secrets as ****"),
    argument("--strict", action="store_true", faces=(NOTEBOOK,), help="with a cell body: stop at the first that fails"),
    group="plugins",
    examples=("config focus-files", "config focus-files --show", "config focus-files path=exports/*.csv"),
    notes="%%finops config takes TOML in the cell, a table for each plugin, and loads them all.",
    takes_body=True,
    frame=True,
)
def config(state: State, arguments: Namespace) -> Result:
    if arguments.body is not None:
        return _load_all(state, arguments)
    if arguments.name is None:
        raise CommandError("Whose settings?", hint="%finops config focus-files")
    if arguments.settings:
        return _changed(state, arguments)
    described = state.plugins.registry.record(arguments.name).describe()
    if arguments.show:
        return Result(described["config"], f"{arguments.name}: {described['state']}, {count(len(described['config']), 'setting')}")
    rows = [_setting_row(field, described["config"]) for field in state.plugins.registry.fields(arguments.name)]
    return Result(frame_of(state, rows, _SETTING_COLUMNS), f"{arguments.name}: {count(len(rows), 'setting')}")


@command(
    "hooks",
    "who hears which event, in which order",
    argument("event", nargs="?", completes="events"),
    group="plugins",
    examples=("hooks", "hooks post_collect_metrics"),
    frame=True,
)
def hooks(state: State, arguments: Namespace) -> Result:
    columns = ("event", "order", "owner", "handler", "priority")
    rows = state.plugins.registry.hooks.listing(arguments.event)
    said = f" of {visible(arguments.event)}" if arguments.event else ""
    return Result(frame_of(state, rows, columns), f"{count(len(rows), 'handler')}{said}")


@command("health", "how each loaded plugin is", group="plugins", faces=(NOTEBOOK,), frame=True)
def health(state: State, _: Namespace) -> Result:
    frame = state.session.health()
    ill = [name for name, check in state.plugins.health_check().items() if not check["healthy"]]
    said = f"not well: {listed(ill)}" if ill else "all well"
    return Result(frame, f"{count(len(frame), 'plugin')} loaded, {said}" if len(frame) else "no plugin is loaded")


def frame_of(state: State, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Rows as a DataFrame of the session's kind, with these columns also when there are none."""
    import pyarrow as pa

    from finopsnb.frames import to_frame

    return to_frame(pa.table({name: pa.array([row[name] for row in rows]) for name in columns}), state.kind)


def from_file(path: str | None, name: str) -> Mapping[str, Any]:
    """The table of one plugin in a TOML file; CommandError when it has none."""
    if path is None:
        return {}
    from finopsnb.plugins.config import read_settings_file

    if not Path(path).is_file():
        raise CommandError(f"There is no file {visible(path)}.", hint="--config finopsnb.toml")
    tables, _ = read_settings_file(Path(path))
    if name not in tables:
        raise CommandError(
            f"{visible(path)} has no settings for {name}.",
            why=f"It has tables for {listed(tables)}." if tables else "It has no tables.",
            hint=f"add [{name}] with a line key = value for each setting",
        )
    return tables[name]


_SETTING_COLUMNS = ("key", "type", "required", "default", "value", "secret", "description")


def _setting_row(field: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    value: Any = now
    for part in field["key"].split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    told = {key: "" if item is None else str(item) for key, item in (("default", field.get("default")), ("value", value))}
    return {**{key: field.get(key) for key in _SETTING_COLUMNS}, **told}


def _changed(state: State, arguments: Namespace) -> Result:
    session, record = state.session, state.plugins.registry.record(arguments.name)
    if not record.is_loaded:
        pairs = " ".join(arguments.settings)
        raise PluginNotFound(f"{arguments.name} is not loaded.", hint=f"%finops load {arguments.name} {pairs}")
    plugin = session.reload(arguments.name, settings(state, arguments.name, arguments.settings))
    return Result(plugin, _is_now(state, arguments.name, "ready with the new settings"))


def _load_all(state: State, arguments: Namespace) -> Result:
    if arguments.name is not None:
        raise CommandError("%%finops config takes no plugin name.", why="The cell has a table for each.", hint=f"[{arguments.name}]")
    manager, tables = state.session.plugins, tables_of(arguments.body)
    refuse_secrets(state, tables)
    loaded = manager.load_from_config(tables, strict=arguments.strict)
    lines = [f"loaded: {', '.join(loaded) or 'nothing'}"]
    for failure in loaded.failed.values():
        lines += [f"✕ {visible(failure)}", f"  Hint: {visible(failure.hint)}"]
    return Result(loaded, "\n".join(lines))


def tables_of(body: str) -> Mapping[str, Mapping[str, Any]]:
    """The TOML of a cell as ``{plugin: settings}``, from ``[name]`` and ``[plugins.name]``."""
    import tomllib

    example = '[focus-files]\npath = "exports/*.csv"'
    try:
        document = tomllib.loads(body)
    except tomllib.TOMLDecodeError as error:
        raise CommandError("The cell is not TOML.", why=f"{error}.", hint=f"text stands in quotes:\n{example}") from error
    tables = {**{k: v for k, v in document.items() if k != "plugins"}, **document.get("plugins", {})}
    loose = [key for key, value in tables.items() if not isinstance(value, dict)]
    if loose or not tables:
        what = f"{listed(loose)} stands outside of a plugin's table." if loose else "The cell has no plugins."
        raise CommandError(what, hint=f"begin with the plugin's name:\n{example}")
    return tables


def _is_wanted(plugin: Mapping[str, Any], arguments: Namespace) -> bool:
    return (
        arguments.type in (None, plugin["type"])
        and arguments.state in (None, plugin["state"])
        and (arguments.tag is None or arguments.tag in plugin["tags"])
    )


def _fields(state: State, described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The settings of a plugin; one whose code cannot be imported has its reason instead."""
    if described["state"] == "unusable":
        return []
    try:
        return state.plugins.registry.fields(described["name"])
    except FinopsError as error:
        return [{"key": "?", "type": "", "description": f"its code cannot be read: {error.what} {error.why}"}]


def _is_now(state: State, name: str, word: str) -> str:
    record = state.plugins.registry.record(name)
    seconds = (record.seconds_import or 0) + (record.seconds_initialize or 0)
    kind = record.plugin_type.value if record.plugin_type else "plugin"
    return f"{name}: {word} ({kind} {visible(record.metadata.version)}, {seconds:.2f} s)"
