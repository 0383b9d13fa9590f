"""What may come next on a command line, from the state of things: pure text in, words out.

"lo"                      load
"load f"                  plugins that are not loaded
"load focus-files pa"     path=
"sql SELECT * FROM co"    tables, and the columns of the tables that the query names
"query costs-"            queries, and behind the name of one its parameters
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finopsnb.commands.state import State
from finopsnb.commands.vocabulary import COMMANDS, Argument, Command
from finopsnb.errors import FinopsError

__all__ = ["Completions", "complete", "complete_sql"]

_MOST_FILES = 500


@dataclass(frozen=True, slots=True)
class Completions:
    """The ``fragment`` before the cursor that is being completed, and the words that may take its place."""

    fragment: str
    words: tuple[str, ...]
    kind: str = "finops"


def complete(state: State, text: str) -> Completions:
    """Complete ``text``, the line from behind ``%finops`` up to the cursor; never raises a FinopsError."""
    fragment = re.split(r"\s", text)[-1]
    before = text[: len(text) - len(fragment)].split()
    if not before:
        return _fitting(fragment, (name for name, c in COMMANDS.items() if state.face in c.faces), "command")
    command = COMMANDS.get(before[0])
    if command is None or state.face not in command.faces:
        return Completions(fragment, ())
    return _of_command(state, command, before[1:], fragment, text)


def complete_sql(state: State, text: str, after: str = "") -> Completions:
    """Complete a query at the end of ``text``: names of tables, and of the columns of those that the query mentions."""
    match = re.search(r"\w*$", text)
    fragment = match[0] if match else ""
    tables = _quietly(lambda: _tables(state))
    query = f"{text} {after}"
    mentioned = [table for table in tables if re.search(rf"\b{re.escape(table)}\b", query)]
    columns = (column for table in mentioned for column in _quietly(lambda t=table: _columns(state, t)))  # type: ignore[misc]
    return _fitting(fragment, dict.fromkeys([*tables, *columns]), "column")


def _of_command(state: State, command: Command, before: list[str], fragment: str, text: str) -> Completions:
    arguments = command.arguments_of(state.face)
    if fragment.startswith("-"):
        return _fitting(fragment, (f for one in arguments if one.is_option for f in one.flags), "option")
    if (option := _waiting(arguments, before)) is not None:
        return _offered(state, option.completes, before, fragment)
    if command.rest:
        return complete_sql(state, text)
    position = _positional(arguments, before)
    return _offered(state, position.completes, before, fragment) if position else Completions(fragment, ())


def _offered(state: State, kind: str, before: list[str], fragment: str) -> Completions:
    if kind in _FIELDS:
        return _settings(_quietly(lambda: _FIELDS[kind](state, before[0])) if before else [], before, fragment)
    if kind == "files":
        return Completions(fragment, tuple(_files(fragment)), "path")
    source = _SOURCES.get(kind)
    return _fitting(fragment, _quietly(lambda: source(state)) if source else (), kind)


def _settings(fields: list[Mapping[str, Any]], before: list[str], fragment: str) -> Completions:
    """``key=`` for the settings that are not given yet; behind the ``=`` of a choice or a switch, its values."""
    key, equals, value = fragment.partition("=")
    if equals:
        if re.search("path|file|folder|directory", key):
            return Completions(value, tuple(_files(value)), "path")
        field: Mapping[str, Any] = next((field for field in fields if field["key"] == key), {})
        return _fitting(value, map(str, _choices(field)), "value")
    given = {word.partition("=")[0] for word in before[1:]}
    return _fitting(fragment, (f"{field['key']}=" for field in fields if field["key"] not in given), "setting")


def _files(fragment: str) -> list[str]:
    """The files and folders that ``fragment`` may be the beginning of; folders with a slash behind."""
    folder, slash, name = fragment.rpartition("/")
    place = Path(f"{folder}{slash}" or ".").expanduser()
    try:
        entries = sorted(place.iterdir())
    except OSError:  # no such folder: nothing to offer
        return []
    fitting = [e for e in entries if e.name.startswith(name) and e.name.startswith(".") == name.startswith(".")]
    return [f"{folder}{slash}{entry.name}{'/' if entry.is_dir() else ''}" for entry in fitting[:_MOST_FILES]]


def _choices(field: Mapping[str, Any]) -> Iterable[Any]:
    return field.get("choices") or (("true", "false") if str(field.get("type", "")).startswith("bool") else ())


def _waiting(arguments: list[Argument], before: list[str]) -> Argument | None:
    """The option whose value is to come now."""
    last = before[-1] if before else ""
    return next((one for one in arguments if one.is_option and one.takes_value and last in one.flags), None)


def _positional(arguments: list[Argument], before: list[str]) -> Argument | None:
    positionals = [one for one in arguments if not one.is_option]
    given = sum(1 for _ in _plain(arguments, before))
    if given < len(positionals):
        return positionals[given]
    return positionals[-1] if positionals and positionals[-1].repeats else None


def _plain(arguments: list[Argument], before: list[str]) -> Iterator[str]:
    """The words that are neither options nor their values."""
    skip = False
    for word in before:
        if skip or word.startswith("-"):
            skip = not skip and _waiting(arguments, [word]) is not None
        else:
            yield word


def _fitting(fragment: str, words: Iterable[str], kind: str) -> Completions:
    return Completions(fragment, tuple(word for word in words if word.startswith(fragment)), kind)


def _quietly(source: Callable[[], Iterable[Any]]) -> list[Any]:
    """What cannot be known now is not offered; the command itself will say why."""
    try:
        return list(source())
    except FinopsError:
        return []


def _plugins(*, loaded: bool | None = None, types: tuple[str, ...] = ()) -> Callable[[State], Iterable[str]]:
    def names(state: State) -> Iterable[str]:
        for record in state.plugins.registry.records():
            kind = record.plugin_type.value if record.plugin_type else ""
            if (loaded is None or record.is_loaded is loaded) and (not types or kind in types):
                yield record.name

    return names


def _tables(state: State) -> list[str]:
    session = state.open_session
    return [] if session is None else [row["name"] for row in session.tables(frames="arrow").to_pylist()]


def _columns(state: State, table: str) -> list[str]:
    session = state.open_session
    return [] if session is None else [row["column"] for row in session.describe(table, frames="arrow").to_pylist()]


def _runs(state: State) -> list[str]:
    session = state.open_session
    return [] if session is None else [str(row["run_id"]) for row in session.runs(frames="arrow").to_pylist()]


def _jobs(state: State) -> list[str]:
    session = state.open_session
    return [] if session is None else [str(number) for number in session.jobs(frames="arrow")["job"].to_pylist()]


def _recommendations(state: State) -> Iterable[str]:
    """The ids of those that are not resolved, the oldest first."""
    session = state.open_session
    if session is None:
        return []
    table = session.table("recommendations")
    chosen = table.filter(table.status != "resolved").order_by(["created_at", "recommendation_id"]).select("recommendation_id")
    return dict.fromkeys(session.frame(chosen, frames="arrow")["recommendation_id"].to_pylist())


def _messages(state: State) -> Iterable[str]:
    """The numbers of those that a person can send again or give up."""
    session = state.open_session
    if session is None:
        return []
    rows = session.outbox(frames="arrow").select(["outbox_id", "status"]).to_pylist()
    return [str(row["outbox_id"]) for row in rows if row["status"] not in ("sent", "sending")]


def _statuses(_: State) -> Iterable[str]:
    from finopsnb.verbs.outbox.box import STATUSES

    return STATUSES


def _tags(state: State) -> Iterable[str]:
    return sorted({tag for record in state.plugins.registry.records() for tag in record.metadata.tags})


def _forecasts(_: State) -> Iterable[str]:
    from finopsnb.analysis.cost import DIMENSIONS, METRICS

    return [*(f"by={name}" for name in DIMENSIONS), "horizon=", "until=", "as_of=", *(f"metric={name}" for name in METRICS), "model="]


def _queries(_: State) -> Iterable[str]:
    from finopsnb.analysis.queries import QUERIES

    return sorted(QUERIES)


def _personas(_: State) -> Iterable[str]:
    from finopsnb.analysis.insights import PERSONAS

    return PERSONAS


def _parameters(_: State, name: str) -> list[dict[str, Any]]:
    from finopsnb.analysis.queries import query_named

    return [{"key": one.name, "choices": [choice for choice in one.choices if choice]} for one in query_named(name).parameters]


#: what may be written as key=value behind a name
_FIELDS: dict[str, Callable[[State, str], Iterable[Mapping[str, Any]]]] = {
    "settings": lambda state, name: state.plugins.registry.fields(name),
    "parameters": _parameters,
}

_SOURCES: dict[str, Callable[[State], Iterable[str]]] = {
    "queries": _queries,
    "forecasts": _forecasts,
    "personas": _personas,
    "plugins": _plugins(),
    "loaded": _plugins(loaded=True),
    "unloaded": _plugins(loaded=False),
    "telemetry": _plugins(loaded=True, types=("telemetry",)),
    "runnable": _plugins(loaded=True),
    "integrations": _plugins(loaded=True, types=("integration",)),
    "directions": lambda _: ("receive", "send"),
    "dashboards": _plugins(types=("dashboard",)),
    "tables": _tables,
    "runs": _runs,
    "jobs": _jobs,
    "recommendations": _recommendations,
    "channels": _plugins(types=("notification",)),
    "messages": _messages,
    "statuses": _statuses,
    "priorities": lambda _: ("low", "normal", "high", "critical"),
    "events": lambda state: state.plugins.registry.hooks.events(),
    "commands": lambda state: [name for name, command in COMMANDS.items() if state.face in command.faces],
    "tags": _tags,
    "tabs": lambda _: ("plugins", "config", "runs", "data", "hooks"),
    "frames": lambda _: ("pandas", "polars", "arrow"),
    "states": lambda _: ("ready", "error", "uninitialized", "unusable"),
    "types": lambda _: (
        "attribution",
        "dashboard",
        "integration",
        "notification",
        "policy",
        "recommendation",
        "telemetry",
    ),
}
