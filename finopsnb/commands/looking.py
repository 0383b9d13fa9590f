"""Commands about the toolkit itself: is everything in order, and which Python do the commands equal."""

from __future__ import annotations

from argparse import Namespace

from finopsnb.commands.cards import Page
from finopsnb.commands.coding import whole
from finopsnb.commands.state import State
from finopsnb.commands.texts import count
from finopsnb.commands.vocabulary import NOTEBOOK, Result, argument, command
from finopsnb.errors import CommandError
from finopsnb.frames import to_frame

__all__: list[str] = []


@command(
    "doctor",
    "is everything in order: packages, drawing, the file, plugins, the last runs; with what mends it",
    group="",
    examples=("doctor",),
    reads=True,
    frame=True,
)
def doctor(state: State, _: Namespace) -> Result:
    from finopsnb.verbs.examining import examine

    session = state.existing_session
    table = session.doctor(frames="arrow") if session is not None else examine(None, state.plugins.registry)
    states = table["state"].to_pylist()
    wrong, look = states.count("wrong"), states.count("look")
    said = "all in order" if not wrong + look else f"{wrong} wrong, {look} to look at"
    return Result(to_frame(table, state.kind), f"{count(len(states), 'check')}: {said}")


@command(
    "code",
    "the Python that the commands of this notebook equal so far",
    argument("--last", metavar="N", help="of the last N commands only"),
    group="",
    examples=("code", "code --last 3"),
    faces=(NOTEBOOK,),
)
def code(state: State, arguments: Namespace) -> Result:
    if arguments.last is not None and not (arguments.last.isdecimal() and int(arguments.last)):
        raise CommandError(f"{arguments.last} is no number of commands.", hint="%finops code --last 3")
    lines = state.done[-int(arguments.last) :] if arguments.last else state.done
    return Result(Page(whole(lines) if lines else "# no command was run yet"))
