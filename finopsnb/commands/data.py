"""Commands about the file and what is in it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from finopsnb.commands.cards import Overview
from finopsnb.commands.parsing import one_of
from finopsnb.commands.state import DEFAULT_FILE, State
from finopsnb.commands.texts import count, shown_path, visible
from finopsnb.commands.vocabulary import NOTEBOOK, Result, argument, command
from finopsnb.commands.words import pairs
from finopsnb.errors import CommandError

__all__: list[str] = []


@command(
    "open",
    "open a DuckDB file as the session, or make it",
    argument("path", nargs="?", default=DEFAULT_FILE, completes="files", help=f"default: {DEFAULT_FILE}"),
    argument("--read-only", action="store_true", help="read only; works while another kernel has the file open"),
    argument(
        "--frames", metavar="KIND", type=one_of("kind of frames", "pandas", "polars", "arrow"), completes="frames",
        help="what results come as: pandas (default), polars or arrow",
    ),
    group="session",
    quiet=True,
    examples=("open finops.duckdb", "open bills/2025.duckdb --read-only --frames polars", "open :memory:"),
)  # fmt: skip
def open_(state: State, arguments: Namespace) -> Result:
    before = state.open_session
    frames = arguments.frames or ("pandas" if state.face == NOTEBOOK else "arrow")
    session = state.open(arguments.path, read_only=arguments.read_only, frames=frames)
    if arguments.frames:
        session.frames = arguments.frames
    rows = _rows_of(session, "costs")
    opened = "is open already" if session is before else "is open to read" if arguments.read_only else "is open"
    return Result(session, f"{shown_path(session.path)} {opened}: {count(rows, 'cost row')}")


@command("close", "close the session's file; plugins stay loaded", group="session", faces=(NOTEBOOK,))
def close(state: State, _: Namespace) -> Result:
    session = state.open_session
    if session is None:
        return Result(None, "No session is open.")
    session.close()
    state.opened = None
    return Result(None, f"{shown_path(session.path)} is closed.")


@command(
    "status",
    "the session at a glance: file, plugins, tables, last runs, what to do next",
    group="session",
    reads=True,
)
def status(state: State, _: Namespace) -> Result:
    session = state.existing_session
    statistics = state.plugins.get_statistics()
    empty = {"path": "", "plugins": statistics, "tables": {}, "last_runs": [], "next": [f"%finops open {DEFAULT_FILE}"]}
    overview = empty if session is None else session.overview()
    wanted = ("name", "type", "version", "state", "reason")
    plugins = [p for p in state.plugins.registry.describe() if p["state"] not in ("not loaded", "unusable")]
    return Result(Overview({**overview, "loaded": [{key: plugin[key] for key in wanted} for plugin in plugins]}))


@command("tables", "the tables and how many rows they have", group="data", reads=True, frame=True)
def tables(state: State, _: Namespace) -> Result:
    frame = state.session.tables()
    return Result(frame, count(len(frame), "table"))


@command(
    "describe",
    "the columns of a table and their types",
    argument("table", completes="tables"),
    group="data",
    examples=("describe costs",),
    reads=True,
    frame=True,
)
def describe(state: State, arguments: Namespace) -> Result:
    frame = state.session.describe(arguments.table)
    return Result(frame, f"{visible(arguments.table)}: {count(len(frame), 'column')}")


@command(
    "sql",
    "one reading SQL statement over the tables",
    argument("query", nargs="*", metavar="SELECT"),
    argument("--limit", type=int, metavar="N", help="at most this many rows"),
    argument(
        "--param", action="append", default=[], metavar="NAME=VALUE",
        help="bind $NAME in the query; variables of the notebook are not visible to it",
    ),
    argument("--chart", action="store_true", faces=(NOTEBOOK,), help="draw the first number by the first time or text; -o keeps the table"),
    group="data",
    examples=(
        "sql SELECT ServiceName, BillingCurrency, sum(BilledCost) FROM costs GROUP BY ALL",
        "sql --limit 10 -o first SELECT * FROM costs",
        "sql --chart -o services SELECT ServiceName, BillingCurrency, sum(BilledCost) AS cost FROM costs GROUP BY ALL",
    ),
    notes="Options come before the SELECT. In a cell of its own: %%finops sql, with the query below it.",
    rest="query",
    takes_body=True,
    reads=True,
    frame=True,
)  # fmt: skip
def sql(state: State, arguments: Namespace) -> Result:
    query = " ".join(arguments.query).strip()
    if not query:
        hint = "%finops sql SELECT ServiceName, BillingCurrency, sum(BilledCost) FROM costs GROUP BY ALL"
        raise CommandError("There is no query.", hint=hint)
    limit = arguments.limit
    if limit is not None and limit < 0:
        raise CommandError(f"--limit {limit} is less than nothing.", hint="--limit 100")
    parameters = {key: str(value) for key, value in pairs(arguments.param).items()}
    frame = state.session.sql(query, parameters or None, limit=limit)
    cut = f" (no more than {limit:,} were asked for)" if limit is not None and len(frame) == limit else ""
    return Result(frame, f"{count(len(frame), 'row')}{cut}", _drawn(frame) if getattr(arguments, "chart", False) else None)


@command(
    "runs",
    "every run, the newest last; or forget what one stored",
    argument("--forget", type=int, metavar="RUN", completes="runs", help="delete what this run stored"),
    group="data",
    examples=("runs", "runs --forget 3"),
    frame=True,
)
def runs(state: State, arguments: Namespace) -> Result:
    if arguments.forget is not None:
        removed = state.session.forget(arguments.forget)
        return Result(state.session.runs(), f"run {arguments.forget} is forgotten: {count(removed, 'row')} removed")
    frame = state.session.runs()
    return Result(frame, count(len(frame), "run"))


@command(
    "findings",
    "what the checks found: rule, column, rows, an example, what was done",
    argument("run", nargs="?", type=int, completes="runs", help="of this run (default: what is stored now)"),
    group="data",
    examples=("findings", "findings 3"),
    reads=True,
    frame=True,
)
def findings(state: State, arguments: Namespace) -> Result:
    frame = state.session.findings(arguments.run)
    return Result(frame, count(len(frame), "finding"))


@command(
    "quarantine",
    "the rows that could not be read, with their reason and raw text",
    argument("run", nargs="?", type=int, completes="runs", help="of this run (default: of what was collected last of each part)"),
    group="data",
    examples=("quarantine", "quarantine 3"),
    reads=True,
    frame=True,
)
def quarantine(state: State, arguments: Namespace) -> Result:
    frame = state.session.quarantine(arguments.run)
    return Result(frame, f"{count(len(frame), 'row')} in quarantine")


def _drawn(frame: Any) -> Any:
    from finopsnb.charts import quick

    return quick(frame)


def _rows_of(session: Any, name: str) -> int:
    tables = session.tables(frames="arrow").to_pylist()
    return next((int(table["rows"] or 0) for table in tables if table["name"] == name), 0)
