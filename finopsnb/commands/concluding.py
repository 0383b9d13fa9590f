"""The command about what the tables mean for whom."""

from __future__ import annotations

from argparse import Namespace

from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import Result, argument, command
from finopsnb.errors import CommandError
from finopsnb.frames import to_frame

__all__: list[str] = []


@command(
    "insights",
    "what the figures mean: findings with their number, their change and the query behind them, the most money first",
    argument("--for", dest="persona", metavar="PERSONA", completes="personas", help="executive, finance, engineering, product or finops"),
    argument("--days", metavar="DAYS", help="how many complete days are compared with as many before, at most (default: 28)"),
    argument("--tag", default="", metavar="KEY", help="the tag that says which product a charge is for"),
    argument("--owner-tag", default="", metavar="KEY", help="the tag that says who owns it"),
    group="data",
    examples=("insights", "insights --for executive", "insights --for product --tag application"),
    notes="Money is ranked within its currency, and never added over currencies.",
    reads=True,
    frame=True,
)
def insights(state: State, arguments: Namespace) -> Result:
    days = arguments.days or "28"
    if not days.isdecimal():
        raise CommandError(f"{days} is no number of days.", hint="--days 28")
    table = state.session.insights(arguments.persona, days=int(days), tag=arguments.tag, owner_tag=arguments.owner_tag, frames="arrow")
    first = table["title"][0].as_py()
    if table["kind"][0].as_py() == "nothing":
        return Result(to_frame(table, state.kind), first)
    return Result(to_frame(table, state.kind), f"{count(table.num_rows, 'finding')}. {visible(first)}")
