"""TAB in a notebook: IPython asks here, ``finopsnb.commands.completion`` answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from finopsnb.commands.completion import Completions, complete, complete_sql
from finopsnb.commands.state import State

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["completions_at", "register", "unregister"]

_IDENTIFIER = "finopsnb.completion"
#: ``%finops ...``, also behind an assignment, and the first line of a ``%%finops`` cell
_LINE = re.compile(r"^\s*(?:[\w.\[\]'\", ]+=\s*)?%%?finops\s+(?P<line>.*)$", re.DOTALL)
_SQL_CELL = re.compile(r"^\s*%%finops\s+sql\b[^\n]*\n", re.DOTALL)


def register(shell: InteractiveShell, state: State) -> None:
    """Offer completions for ``%finops``; a matcher of an earlier import is replaced."""
    from IPython.core.completer import context_matcher

    @context_matcher(identifier=_IDENTIFIER, priority=100)  # type: ignore[untyped-decorator]
    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        return _as_result(completions_at(state, context.full_text, context.cursor_line, context.cursor_position))

    unregister(shell)
    _matchers(shell).append(matcher)


def unregister(shell: InteractiveShell) -> None:
    """Take the matcher off again."""
    matchers = _matchers(shell)
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != _IDENTIFIER]


def completions_at(state: State, text: str, line: int, column: int) -> Completions:
    """The completions at a place in a cell; none outside of ``%finops``."""
    lines = text.split("\n")
    until_cursor = lines[line][:column]
    if line and _SQL_CELL.match(text):
        after = "\n".join([lines[line][column:], *lines[line + 1 :]])
        return complete_sql(state, "\n".join([*lines[1:line], until_cursor]), after)
    match = _LINE.match(until_cursor)
    return complete(state, match["line"]) if match else Completions("", ())


def _as_result(found: Completions) -> SimpleMatcherResult:
    from IPython.core.completer import SimpleCompletion, SimpleMatcherResult

    offered = [SimpleCompletion(text=word, type=found.kind) for word in found.words]
    return SimpleMatcherResult(completions=offered, matched_fragment=found.fragment, suppress=bool(offered), ordered=True)


def _matchers(shell: InteractiveShell) -> list[Any]:
    matchers: list[Any] = shell.Completer.custom_matchers
    return matchers
