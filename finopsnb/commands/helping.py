"""``help``: the vocabulary itself."""

from __future__ import annotations

from argparse import Namespace

from finopsnb.commands.cards import Page
from finopsnb.commands.parsing import command_named, help_text, program
from finopsnb.commands.state import State
from finopsnb.commands.vocabulary import COMMANDS, Result, argument, command

__all__ = ["contents"]

_TITLES = {"session": "the session", "data": "the data", "plugins": "plugins", "work": "work", "": "more"}


@command("help", "all commands, or how one is written", argument("word", nargs="?", metavar="COMMAND", completes="commands"))
def help_(state: State, arguments: Namespace) -> Result:
    if arguments.word is None:
        return Result(Page(contents(state.face)))
    return Result(Page(help_text(command_named(arguments.word, state.face), state.face)))


def contents(face: str) -> str:
    """Every command with what it is for, in groups."""
    lines = []
    for group, title in _TITLES.items():
        members = [c for c in COMMANDS.values() if c.group == group and face in c.faces]
        lines += [f"{title}:", *(f"  {program(face)} {c.name:<10} {c.summary}" for c in members), ""]
    return "\n".join([*lines, f"{program(face)} help COMMAND tells more of one; --debug shows the traceback of an error."])
