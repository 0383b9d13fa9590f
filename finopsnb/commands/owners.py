"""Commands about who pays, and the files that tell them."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from finopsnb.commands.state import State
from finopsnb.commands.texts import count, shown_path, visible
from finopsnb.commands.vocabulary import NOTEBOOK, Result, argument, command
from finopsnb.commands.work import refuse_outside

__all__: list[str] = []

_MONTH = argument("--month", metavar="YYYY-MM", help="one billing month (default: all)")
_PLUGIN = argument("--plugin", metavar="NAME", completes="plugins", help="whose allocations (default: of the plugin that ran last)")


@command(
    "showback",
    "what each owner cost, by billing period and currency",
    argument("--by", action="append", default=[], metavar="COLUMN", help="owner (default), ServiceName, rule, pool ...; again for more"),
    _MONTH,
    argument("--grain", default="billing", metavar="GRAIN", help="billing (default), day, week, month, quarter or year of the charges"),
    _PLUGIN,
    group="data",
    examples=("showback", "showback --by owner --by ServiceName --month 2025-01"),
    reads=True,
    frame=True,
)
def showback(state: State, arguments: Namespace) -> Result:
    frame = state.session.showback(arguments.by or "owner", arguments.month, grain=arguments.grain, plugin=arguments.plugin)
    return Result(frame, count(len(frame), "row"))


@command(
    "chargeback",
    "the bill of each owner: direct cost, its part of shared costs, and the total",
    _MONTH,
    _PLUGIN,
    group="data",
    examples=("chargeback --month 2025-01",),
    reads=True,
    frame=True,
)
def chargeback(state: State, arguments: Namespace) -> Result:
    frame = state.session.chargeback(arguments.month, plugin=arguments.plugin)
    return Result(frame, count(len(frame), "bill"))


@command(
    "explain",
    "how an owner's bill came about: the rules, pools and services that make it",
    argument("owner", metavar="OWNER"),
    argument("month", nargs="?", metavar="YYYY-MM", help="one billing month (default: all)"),
    _PLUGIN,
    group="data",
    examples=("explain web 2025-01", 'explain "(unallocated)" 2025-01'),
    reads=True,
    frame=True,
)
def explain(state: State, arguments: Namespace) -> Result:
    frame = state.session.explain_allocation(arguments.owner, arguments.month, plugin=arguments.plugin)
    return Result(frame, f"{visible(arguments.owner)}: {count(len(frame), 'row')}")


@command(
    "export",
    "write a table as a CSV or XLSX file that is safe to open in a spreadsheet",
    argument("table", metavar="TABLE", completes="tables"),
    argument("path", metavar="FILE", completes="files", help="a .csv or .xlsx file"),
    argument("--raw", action="store_true", help="leave texts alone that a spreadsheet would take for formulas"),
    argument("--outside", action="store_true", faces=(NOTEBOOK,), help="FILE may lie outside of the working folder"),
    group="data",
    examples=("export allocations allocations.csv", "export costs costs.xlsx"),
    notes='A DataFrame is written by session.export(frame, "showback.xlsx").',
    reads=True,
)
def export(state: State, arguments: Namespace) -> Result:
    target = Path(arguments.path)
    if state.face == NOTEBOOK and not arguments.outside:
        refuse_outside(target, f"export {arguments.table}")
    written = state.session.export(arguments.table, target, raw=arguments.raw)
    return Result(written, f"{shown_path(written)}: {written.stat().st_size / 1024:,.0f} kB")
