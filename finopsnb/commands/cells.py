"""``%%finops plugin``: a plugin that is written in the cell, registered and, if it was loaded before, served from now on."""

from __future__ import annotations

import ast
import linecache
import traceback
from argparse import Namespace
from collections.abc import Iterable
from typing import Any

from finopsnb.commands.settings import settings
from finopsnb.commands.state import State
from finopsnb.commands.texts import listed, visible
from finopsnb.commands.vocabulary import NOTEBOOK, Result, argument, command
from finopsnb.errors import CommandError, FinopsError
from finopsnb.plugins.hooks import describe_error
from finopsnb.plugins.secrets import masker

__all__ = ["classes_of"]

_EXAMPLE = """%%finops plugin
class Office(TelemetryPlugin):
    metadata = PluginMetadata(name="office", plugin_type=PluginType.TELEMETRY)
    def collect_telemetry(self): ..."""
_AGAIN = "mend the line and run the cell again"


@command(
    "plugin",
    "register the plugin that is written in the cell below; with --load, make it ready",
    argument("settings", nargs="*", metavar="key=value", help="its settings; they load it"),
    argument("--load", action="store_true", help="make it ready, with its defaults unless settings are given"),
    group="plugins",
    examples=("plugin --load",),
    notes="A cell command: %%finops plugin. The names of finopsnb.plugins are there. Run again, it replaces and reloads.",
    faces=(NOTEBOOK,),
    takes_body=True,
)
def plugin(state: State, arguments: Namespace) -> Result:
    if not (arguments.body or "").strip():
        raise CommandError("There is no class.", why="The plugin is written in the cell.", hint=_EXAMPLE)
    made = _classes(state, arguments.body)
    if arguments.settings and len(made) > 1:
        raise CommandError(f"The settings may be of {listed(cls.__name__ for cls in made)}.", hint="write one class in the cell")
    names = [_registered(state, cls, arguments) for cls in made]
    return Result(None, "\n".join(_told(state, name) for name in names))


def classes_of(body: str) -> list[str]:
    """The names of the classes that a cell defines at its top, as far as they look like plugins."""
    classes = [node for node in ast.parse(body).body if isinstance(node, ast.ClassDef)]
    return [node.name for node in classes if any("metadata" in _targets(part) for part in node.body)]


def _targets(node: ast.stmt) -> Iterable[str]:
    found = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in found if isinstance(target, ast.Name)]


def _classes(state: State, body: str) -> list[Any]:
    """Run the cell among the user's variables, and the plugins that it defines."""
    from finopsnb import plugins
    from finopsnb.plugins.base import PluginBase

    file = f"<%%finops plugin {len(state.done) + 1}>"
    linecache.cache[file] = (len(body), None, body.splitlines(keepends=True), file)
    known = state.variables
    known.setdefault("__name__", "__main__")
    for name in plugins.__all__:
        known.setdefault(name, getattr(plugins, name))
    before = dict(known)
    _run(body, file, known)
    made = [value for name, value in known.items() if before.get(name) is not value and isinstance(value, type)]
    found = [cls for cls in made if issubclass(cls, PluginBase) and "metadata" in vars(cls)]
    if not found:
        raise CommandError(
            "The cell defines no plugin.", why="A plugin is a class of one of the seven types, with metadata.", hint=_EXAMPLE
        )
    return found


def _run(body: str, file: str, known: dict[str, Any]) -> None:
    """Run the user's own cell, as IPython would; what it raises is told with its line, without the frames of finopsnb around it."""
    try:
        exec(compile(body, file, "exec"), known)  # noqa: S102 - as above
    except FinopsError:
        raise
    except SyntaxError as error:
        raise CommandError("The cell is no Python.", why=_at(body, f"SyntaxError: {error.msg}", error.lineno), hint=_AGAIN) from error
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        raise CommandError("The cell failed.", why=_at(body, describe_error(error), lines[-1] if lines else None), hint=_AGAIN) from error


def _at(body: str, told: str, line: int | None) -> str:
    """What was wrong, and in which line of the cell."""
    lines = body.splitlines()
    where = f" (line {line}: {lines[line - 1].strip()})" if line and line <= len(lines) else ""
    return masker.mask(told + where)


def _registered(state: State, cls: Any, arguments: Namespace) -> str:
    registry, name = state.plugins.registry, cls.metadata.name
    loaded = registry.get_plugin(name) is not None
    registry.register(cls, replace=True)
    given = settings(state, name, arguments.settings)
    if loaded:
        state.session.reload(name, given or None)
    elif given or arguments.load:
        state.session.load(name, given)
    return str(name)


def _told(state: State, name: str) -> str:
    record = state.plugins.registry.record(name)
    onwards = "" if record.is_loaded else f"; %finops load {name}"
    return f"{name}: registered, {visible(record.state)}{onwards}"
