"""The command about the query library."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from finopsnb.commands.cards import Page
from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import Result, argument, command
from finopsnb.commands.words import Word, literal, pairs
from finopsnb.errors import CommandError
from finopsnb.frames import to_frame

__all__ = ["parameters_of"]


@command(
    "query",
    "answer a FOCUS use case by its name; or list all of them",
    argument("name", nargs="?", metavar="NAME", completes="queries", help="of the query"),
    argument("parameters", nargs="*", metavar="key=value", completes="parameters", help="start, end, provider, service ...; --about tells"),
    argument("--list", action="store_true", help="every query with its title and parameters, and what the data lacks for it"),
    argument("--about", action="store_true", help="what it answers and what it takes, in place of the answer"),
    argument("--sql", action="store_true", help="the statement that it runs, in place of the answer"),
    group="data",
    examples=(
        "query --list",
        "query effective-savings-rate start=2026-01-01 end=2026-02-01",
        'query costs-service-category provider=["AWS", "Microsoft"] -o categories',
    ),
    notes="start counts and end does not: start=2026-01-01 end=2026-02-01 is January.",
    reads=True,
    frame=True,
)
def query(state: State, arguments: Namespace) -> Result:
    if arguments.list:
        return _listed(state)
    if arguments.name is None:
        raise CommandError("Which query?", hint="%finops query --list")
    from finopsnb.analysis.queries import query_named
    from finopsnb.analysis.queries.page import about

    if arguments.about:
        return Result(Page(about(query_named(arguments.name))))
    given = parameters_of(arguments)
    query_named(arguments.name).values(given)
    if arguments.sql:
        return Result(Page(state.session.query(arguments.name, as_sql=True, **given)))
    table = state.session.query(arguments.name, frames="arrow", **given)
    return Result(to_frame(table, state.kind), f"{visible(arguments.name)}: {count(table.num_rows, 'row')}")


def parameters_of(arguments: Namespace) -> dict[str, Any]:
    """The parameters of the query as they were written."""
    return {key: _value(value) for key, value in pairs(arguments.parameters).items()}


def _listed(state: State) -> Result:
    table = state.session.queries(frames="arrow")
    lacking = table["lacking"].to_pylist()
    told = f", {sum(one == '' for one in lacking)} of them on the data that there is" if any(one is not None for one in lacking) else ""
    return Result(to_frame(table, state.kind), f"{count(table.num_rows, 'query', 'queries')}{told}")


def _value(word: Word) -> Any:
    """A list where it is written as one; the query reads everything else."""
    return literal(word) if word.startswith("[") and not word.quoted else str(word)
