"""From words to arguments: argparse without abbreviations, whose errors are ours."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NoReturn

from finopsnb.commands.vocabulary import COMMANDS, COMMON, NOTEBOOK, VERBS, Argument, Command
from finopsnb.commands.words import Word, words
from finopsnb.errors import CommandError, nearest

__all__ = ["command_named", "help_text", "one_of", "options_and_rest", "parse", "program", "usage"]

_PREFIX = {"notebook": "%finops", "shell": "finopsnb"}


class _Parser(argparse.ArgumentParser):
    #: kept, because argparse cannot format a usage with a % in it while it parses
    line = ""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{self.prog}: {message}.", hint=self.line)


def program(face: str) -> str:
    """How the vocabulary is called at a face: ``%finops`` or ``finopsnb``."""
    return _PREFIX[face]


def command_named(name: str, face: str = NOTEBOOK) -> Command:
    """The command of that name at a face; raises CommandError with the near name."""
    known = {n: c for n, c in COMMANDS.items() if face in c.faces}
    if name in known:
        return known[name]
    near = VERBS.get(name) or nearest(name, known)
    raise CommandError(
        f"There is no command {name}.",
        why=f"Did you mean {near}?" if near else "",
        hint=f"{program(face)} {near}" if near else f"{program(face)} help",
    )


def parse(command: Command, face: str, given: Sequence[str]) -> argparse.Namespace:
    """The words of a command as its arguments; raises CommandError that shows how it is written."""
    parser = _parser(command.name, face)
    arguments, strange = parser.parse_known_intermixed_args(list(given))
    if strange:
        raise _strange(command, face, strange[0])
    return arguments


def options_and_rest(command: Command, face: str, line: str) -> tuple[list[Word], str]:
    """The options that a line begins with, and the rest of it as it stands."""
    with_value = {f for one in command.arguments_of(face) if one.is_option and one.takes_value for f in one.flags}
    options: list[Word] = []
    end, value_follows = 0, False
    for word in words(line):
        if not (value_follows or word.startswith("-")) or (word.startswith("--") and not word.strip("-")):
            break
        options.append(word)
        end, value_follows = word.end, not value_follows and word in with_value
    return options, line[end:].strip()


def help_text(command: Command, face: str) -> str:
    """How a command is written, what it does, its arguments, and examples."""
    fitting = [example for example in command.examples if face == NOTEBOOK or " -o " not in example]
    examples = [f"  {program(face)} {example}" for example in fitting]
    parts = [
        _parser(command.name, face).format_help().rstrip(),
        "\n".join(["examples:", *examples]) if examples else "",
    ]
    return "\n\n".join(part for part in parts if part)


def usage(command: Command, face: str) -> str:
    """One line: ``%finops describe TABLE``."""
    arguments = [one for one in command.arguments_of(face) if one not in COMMON]
    ordered = sorted(arguments, key=lambda one: one.is_option)
    return " ".join([program(face), command.name, *map(_shape, ordered)])


def one_of(what: str, *options: str) -> Any:
    """A type for an argument that takes one of a few words; CommandError offers the near one."""

    def checked(text: str) -> str:
        if text in options:
            return text
        near = nearest(text, options)
        raise CommandError(
            f"{text} is no {what}.",
            why=f"There are {', '.join(options)}.",
            hint=f"write {near}" if near else "",
        )

    return checked


@cache
def _parser(name: str, face: str) -> _Parser:
    command = COMMANDS[name]
    parser = _Parser(
        prog=f"{program(face)} {name}",
        usage=usage(command, face).replace("%", "%%"),
        description="\n\n".join(part for part in (_sentence(command.summary), command.notes) if part),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    for one in command.arguments_of(face):
        parser.add_argument(*one.flags, **{**({} if one.is_option else {"metavar": one.metavar}), **one.options})
    parser.line = usage(command, face)
    return parser


def _shape(one: Argument) -> str:
    if one.is_option:
        return f"[{one.flags[0]} {one.metavar}]" if one.takes_value else f"[{one.flags[0]}]"
    match one.options.get("nargs"):
        case "?":
            return f"[{one.metavar}]"
        case "*":
            return f"[{one.metavar} ...]"
        case _:
            return one.metavar


def _strange(command: Command, face: str, word: str) -> CommandError:
    options = _flags(command, face)
    near = nearest(word.partition("=")[0], options) if word.startswith("-") else None
    return CommandError(
        f"{program(face)} {command.name} does not take {word}.",
        why=f"Did you mean {near}?" if near else "",
        hint=usage(command, face),
    )


def _flags(command: Command, face: str) -> Iterable[str]:
    return [flag for one in command.arguments_of(face) if one.is_option for flag in one.flags]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""
