"""From a line or an argument list to a command's result; both faces come through here."""

from __future__ import annotations

import keyword
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field

from finopsnb.commands.cards import Page
from finopsnb.commands.coding import WITHOUT, python_of, whole
from finopsnb.commands.hints import translated
from finopsnb.commands.parsing import command_named, help_text, options_and_rest, parse, program
from finopsnb.commands.state import State
from finopsnb.commands.vocabulary import COMMANDS, NOTEBOOK, Command, Result
from finopsnb.commands.words import Word, split, words
from finopsnb.errors import CommandError, FinopsError

__all__ = ["Call", "run", "run_line"]


@dataclass
class Call:
    """A command and its words, before they are parsed; ``rest`` is what is taken as it stands, ``body`` the cell."""

    command: Command
    words: Sequence[str] = field(default_factory=list)
    rest: str | None = None
    body: str | None = None

    @classmethod
    def of_line(cls, line: str, body: str | None, face: str) -> Call:
        """Read the line of a magic; raises CommandError. The empty line asks for the status."""
        line = line.strip()
        first = next(words(line.removesuffix(";")), Word("status"))
        command = command_named(first, face)
        if body is not None and not command.takes_body:
            takers = " or ".join(f"%%finops {name}" for name, c in COMMANDS.items() if c.takes_body)
            raise CommandError(f"%%finops {command.name} takes no cell below it.", hint=f"%finops {command.name}, or {takers}")
        line = line[first.end :].strip()
        if not command.rest:
            return cls(command, split(line.removesuffix(";")), body=body)
        options, rest = options_and_rest(command, face, line)
        return cls(command, options, rest=_without_debug(rest, options), body=body)


def run_line(state: State, line: str, body: str | None = None) -> Result:
    """Run the line of a magic; a FinopsError has its hint in the notebook's words, and ``debug`` where asked for."""
    asked = "--debug" in line.split()
    try:
        return run(state, Call.of_line(line, body, state.face))
    except FinopsError as error:
        error.debug, error.hint = asked, translated(error.hint, state.face)
        raise


def run(state: State, call: Call) -> Result:
    """Parse the words of a call and run its command."""
    if {"--help", "-h"} & set(call.words):
        return Result(Page(help_text(call.command, state.face)))
    arguments = parse(call.command, state.face, call.words)
    _give_rest(arguments, call)
    variable = _checked_name(getattr(arguments, "output", None), state.face)
    if getattr(arguments, "as_code", False):
        return Result(Page(_as_code(state, call.command, arguments)))
    with state.frames("polars" if getattr(arguments, "polars", False) else None):
        result = call.command.run(state, arguments)
    if state.face == NOTEBOOK:
        state.remember(python_of(state, call.command, arguments))
    return _kept(state, variable, result) if variable else result


def _as_code(state: State, command: Command, arguments: Namespace) -> str:
    code = python_of(state, command, arguments)
    if code is None:
        raise CommandError(f"There is no Python for {command.name}.", why=f"{WITHOUT.get(command.name, 'It only shows something')}.")
    return whole([code])


def _give_rest(arguments: Namespace, call: Call) -> None:
    arguments.body = call.body
    if call.rest is not None:
        text = "\n".join(part for part in (call.rest, call.body or "") if part)
        setattr(arguments, call.command.rest, [text])


def _without_debug(rest: str, options: list[Word]) -> str:
    """``--debug`` may stand after the SQL too, where SQL would take it for a comment."""
    if not rest.endswith(" --debug"):
        return rest
    options.append(Word("--debug"))
    return rest.removesuffix("--debug").rstrip()


def _checked_name(name: str | None, face: str) -> str | None:
    if name is None or (name.isidentifier() and not keyword.iskeyword(name)):
        return name
    raise CommandError(f"{name} cannot be the name of a variable.", hint=f"{program(face)} ... -o costs")


def _kept(state: State, variable: str, result: Result) -> Result:
    state.variables[variable] = result.value
    return Result(None, f"{result.line}; kept in {variable}" if result.line else f"kept in {variable}", result.shown)
