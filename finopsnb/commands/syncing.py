"""The command that exchanges tables with other tools."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from finopsnb.commands.parsing import one_of
from finopsnb.commands.settings import options
from finopsnb.commands.state import State
from finopsnb.commands.texts import count, visible
from finopsnb.commands.vocabulary import SHELL, Result, argument, command
from finopsnb.commands.work import made_ready

__all__: list[str] = []


@command(
    "sync",
    "send a table or a dashboard to another tool, or receive tables from it",
    argument("name", completes="integrations"),
    argument("options", nargs="*", metavar="key=value", help="options of the plugin, as path=costs.xlsx"),
    argument(
        "--direction", default="send", metavar="WAY", type=one_of("direction", "send", "receive"), completes="directions",
        help="send (default) or receive",
    ),
    argument("--table", default="", metavar="TABLE", completes="tables", help="what is sent, a table or a dashboard; or what is to come"),
    argument("--config", metavar="FILE", faces=(SHELL,), completes="files", help="take settings from [NAME] of this TOML file"),
    group="work",
    examples=("sync jira", "sync files --table costs path=costs.xlsx", "sync files --direction receive --table owners"),
    notes="What is received is read by its name: %finops sql SELECT * FROM owners.",
    frame=True,
)  # fmt: skip
def sync(state: State, arguments: Namespace) -> Result:
    session, given = state.session, options(arguments.options, arguments.name)
    made_ready(state, [arguments.name], [], arguments)
    answer = session.sync(arguments.name, arguments.direction, table=arguments.table, **given)
    rows = [row for row in session.frame("syncs", frames="arrow").to_pylist() if row["plugin"] == arguments.name]
    newest = max((row["run_id"] for row in rows), default=0)
    return Result(answer, "\n".join(_told(arguments.name, row) for row in rows if row["run_id"] == newest))


def _told(name: str, row: Mapping[str, Any]) -> str:
    """One row of ``syncs``: ``jira: jira FIN: 3 rows sent: 2 inserted, 0 updated, 1 unchanged``."""
    counts = [f"{row[kind]:,} {kind}" for kind in ("inserted", "updated", "unchanged") if row[kind] is not None]
    rows = "" if row["rows"] is None else f"{count(row['rows'], 'row')} "
    said = f"{visible(name)}: {visible(row['target'] or '')}: {rows}{row['status']}"
    detail = f" ({visible(row['detail'])})" if row["detail"] else ""
    return said + (f": {', '.join(counts)}" if counts else "") + detail
