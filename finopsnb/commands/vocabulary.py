"""What a command is: a small function beside the description of its arguments.

    @command("describe", "the columns of a table", argument("table", completes="tables"), reads=True, frame=True)
    def describe(state: State, arguments: Namespace) -> Result: ...

The notebook's ``%finops`` and the shell's ``finopsnb`` read the same descriptions and call the same functions; what
differs between the two faces is said here (``faces``), so that a command never asks where it runs.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finopsnb.commands.state import State

__all__ = ["BOTH", "COMMANDS", "COMMON", "NOTEBOOK", "SHELL", "VERBS", "Argument", "Command", "Result", "argument", "command"]

NOTEBOOK, SHELL = "notebook", "shell"
BOTH = (NOTEBOOK, SHELL)

Function = Callable[["State", Namespace], "Result"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gives back: a ``value`` (the object that the session returned) and one ``line`` that says it."""

    value: Any = None
    line: str = ""
    #: what is shown in place of the value, also where the value is kept in a variable
    shown: Any = None


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as argparse takes it; ``completes`` names what TAB offers for it."""

    flags: tuple[str, ...]
    options: Mapping[str, Any]
    completes: str = ""
    faces: tuple[str, ...] = BOTH

    @property
    def is_option(self) -> bool:
        return self.flags[0].startswith("-")

    @property
    def metavar(self) -> str:
        return str(self.options.get("metavar") or self.flags[0].upper())

    @property
    def takes_value(self) -> bool:
        return not self.is_option or "action" not in self.options or self.options["action"] == "append"

    @property
    def repeats(self) -> bool:
        return self.options.get("nargs") in ("*", "+")


@dataclass(frozen=True, slots=True)
class Command:
    """A word of the vocabulary; ``rest`` names the argument that takes the line as it stands (SQL keeps its quotes)."""

    name: str
    summary: str
    run: Function
    arguments: tuple[Argument, ...] = ()
    group: str = ""
    examples: tuple[str, ...] = ()
    faces: tuple[str, ...] = BOTH
    rest: str = ""
    takes_body: bool = False
    reads: bool = False
    frame: bool = False
    #: in a shell the line is enough, unless a format is asked for
    quiet: bool = False
    notes: str = ""

    def arguments_of(self, face: str) -> list[Argument]:
        """The arguments that this command takes at one face, the common ones last."""
        common = [*(_FRAME if self.frame else ()), *COMMON]
        return [one for one in (*self.arguments, *common) if face in one.faces]


#: verbs of a session whose command has another name
VERBS = {"render": "show", **dict.fromkeys(("recommend", "evaluate", "attribute"), "run")}

#: every command by name, in the order in which they are written
COMMANDS: dict[str, Command] = {}


def argument(*flags: str, completes: str = "", faces: tuple[str, ...] = BOTH, **options: Any) -> Argument:
    """Describe one argument; ``options`` are those of ``ArgumentParser.add_argument``."""
    return Argument(flags, options, completes, faces)


def command(name: str, summary: str, *arguments: Argument, **about: Any) -> Callable[[Function], Function]:
    """Put a function into the vocabulary under ``name``; ``about`` are further fields of :class:`Command`."""

    def add(function: Function) -> Function:
        COMMANDS[name] = Command(name, summary, function, arguments, **about)
        return function

    return add


_FRAME = (
    argument("-o", "--output", metavar="NAME", faces=(NOTEBOOK,), help="keep the result in this variable"),
    argument("--polars", action="store_true", faces=(NOTEBOOK,), help="a polars DataFrame"),
)

#: what every command takes
COMMON = (
    argument("--db", metavar="PATH", faces=(SHELL,), completes="files", help="the DuckDB file (default: finops.duckdb)"),
    argument("--format", metavar="KIND", faces=(SHELL,), help="how tables are printed: table (default), csv or json"),
    argument("--debug", action="store_true", help="show the whole traceback of an error"),
    argument("--as-code", action="store_true", faces=(NOTEBOOK,), help="show the Python that this equals, and do nothing"),
    argument("-h", "--help", action="store_true", help="show this"),
)
