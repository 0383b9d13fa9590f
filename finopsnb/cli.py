"""``finopsnb COMMAND ...``: the vocabulary of the magics from a shell.

Tables go to standard output (aligned, or ``--format csv|json``), what is said about them to standard error, so that
``finopsnb sql "..." --format csv > costs.csv`` writes only the table. Exit codes: 0 done, 1 it failed, 2 it was written
wrongly, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from finopsnb import __version__
from finopsnb.errors import CommandError, FinopsError

if TYPE_CHECKING:
    from finopsnb.commands import Call, Result

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _guarded(words)
    except KeyboardInterrupt:
        print("interrupted; nothing was stored by the command that was cut off", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `finopsnb sql ... | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _guarded(words: list[str]) -> int:
    try:
        return _run(words)
    except FinopsError as error:
        _print_error(error, "--debug" in words)
        return 2 if isinstance(error, CommandError) else 1


def _run(words: list[str]) -> int:
    from finopsnb.commands import SHELL, State, run

    if words and words[0] in ("--version", "-V"):
        print(f"finopsnb {__version__}")
        return 0
    call, kind = _call(words), _format(words)
    state = State(face=SHELL, file=_option(words, "--db") or State.file, read_only=call.command.reads)
    try:
        _print_result(run(state, call), kind, quiet=call.command.quiet)
    finally:
        state.close_opened()
    return 0


def _call(words: list[str]) -> Call:
    from finopsnb.commands import SHELL, Call
    from finopsnb.commands.parsing import command_named

    first = words[0] if words else "help"
    name = "help" if first in ("-h", "--help") else first
    return Call(command_named(name, SHELL), words[1:])


def _format(words: list[str]) -> str | None:
    from finopsnb.commands.parsing import one_of
    from finopsnb.commands.printing import FORMATS

    asked = _option(words, "--format")
    return None if asked is None else str(one_of("format", *FORMATS)(asked))


def _option(words: list[str], name: str) -> str | None:
    """An option that has to be known before the command is parsed; leaving out its value is told by the parser."""
    for word, following in pairwise([*words, ""]):
        if word == name:
            return following
        if word.startswith(f"{name}="):
            return word.removeprefix(f"{name}=")
    return None


def _print_result(result: Result, kind: str | None, *, quiet: bool) -> None:
    from finopsnb.commands.printing import print_value

    if result.value is None or (quiet and kind is None and result.line):
        print(result.line)
        return
    print_value(result.value, kind or "table", sys.stdout)
    sys.stdout.flush()
    if result.line:
        print(result.line, file=sys.stderr)


def _print_error(error: FinopsError, debug: bool) -> None:
    import traceback

    from finopsnb.commands import SHELL
    from finopsnb.commands.hints import translated
    from finopsnb.commands.texts import visible
    from finopsnb.plugins.secrets import masker

    if debug:
        print(masker.mask("".join(traceback.format_exception(error))), file=sys.stderr)
        return
    error.hint = translated(error.hint, SHELL)
    for line in error.lines():
        print(masker.mask(visible(line, keep="\n")), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
