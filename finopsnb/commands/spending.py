"""The command about budgets."""

from __future__ import annotations

from argparse import Namespace

from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import Result, argument, command
from finopsnb.frames import to_frame

__all__: list[str] = []


@command(
    "budgets",
    "what is spent of each budget, its forecast, and the threshold it reached; or take budgets from a file",
    argument("file", nargs="?", metavar="FILE", completes="files", help="a TOML file with [[budgets]], in place of all budgets"),
    argument("--as-of", metavar="YYYY-MM-DD", help="the last day that counts (default: the last one with usage)"),
    argument("--metric", default="EffectiveCost", metavar="COST", help="the cost that counts in a scope (default: EffectiveCost)"),
    group="data",
    examples=("budgets", "budgets budgets.toml", "budgets --as-of 2026-01-15 --metric BilledCost"),
    frame=True,
)
def budgets(state: State, arguments: Namespace) -> Result:
    if arguments.file:
        state.session.budgets(arguments.file)
    table = state.session.budget_status(arguments.as_of, metric=arguments.metric, frames="arrow")
    over = [visible(row["budget"]) for row in table.to_pylist() if row["state"] == "over"]
    return Result(to_frame(table, state.kind), f"{count(table.num_rows, 'budget')}{', over: ' if over else ''}{', '.join(over)}")
