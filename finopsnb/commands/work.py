"""Commands that put plugins to work."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from finopsnb.commands.background import told_job
from finopsnb.commands.plugins import from_file
from finopsnb.commands.settings import options, settings
from finopsnb.commands.state import State
from finopsnb.commands.texts import count, listed, shown_path, visible
from finopsnb.commands.vocabulary import NOTEBOOK, SHELL, Result, argument, command
from finopsnb.errors import CommandError

__all__ = ["made_ready", "names_and_options", "payload_of", "refuse_outside", "told_drawn", "told_run"]

_OPTIONS = argument("options", nargs="*", metavar="key=value", help="options of the plugin's verb")
_DAYS = (
    argument("--start", metavar="DAY", help="the first day, for those that take a range of days"),
    argument("--end", metavar="DAY", help="the day after the last"),
)
_CONFIG = argument("--config", metavar="FILE", faces=(SHELL,), completes="files", help="take settings from [NAME] of this TOML file")


@command(
    "collect",
    "run telemetry plugins and store their rows",
    argument("names", nargs="*", metavar="NAME", completes="telemetry", help="default: every one that is loaded"),
    argument("--since", metavar="DATE", help="from this date on, where the plugin can tell"),
    argument("--until", metavar="DATE", help="up to this date"),
    argument("--full", action="store_true", help="everything anew, where the plugin remembers what it has seen"),
    argument("--background", action="store_true", faces=(NOTEBOOK,), help="go on meanwhile; gives a job, see %%finops jobs"),
    _CONFIG,
    group="work",
    examples=("collect", "collect focus-files", "collect focus-files --since 2025-01-01"),
    notes="In the shell, key=value after the name are settings of the plugin.",
    quiet=True,
    frame=True,
)
def collect(state: State, arguments: Namespace) -> Result:
    session, names = state.session, [name for name in arguments.names if "=" not in name]
    made_ready(state, names, [word for word in arguments.names if "=" in word], arguments)
    before = _newest(session)
    given = {"since": arguments.since, "until": arguments.until, "full": arguments.full or None}
    given = {key: value for key, value in given.items() if value is not None}
    if getattr(arguments, "background", False):
        job = session.collect(*names, background=True, **given)
        return Result(job, told_job(job))
    return Result(session.collect(*names, **given), _told_since(session, before))


@command(
    "run",
    "run a plugin by the verb of its type",
    argument("name", completes="runnable"),
    _OPTIONS,
    argument("--background", action="store_true", faces=(NOTEBOOK,), help="go on meanwhile; gives a job, see %%finops jobs"),
    _CONFIG,
    group="work",
    examples=("run rightsizing", "run tag-policy severity=high"),
    frame=True,
)
def run(state: State, arguments: Namespace) -> Result:
    session, given = state.session, options(arguments.options, arguments.name)
    made_ready(state, [arguments.name], [], arguments)
    before = _newest(session)
    if getattr(arguments, "background", False):
        job = session.run(arguments.name, background=True, **given)
        return Result(job, told_job(job))
    value = session.run(arguments.name, **given)
    return Result(value, _told_since(session, before))


@command(
    "trigger",
    "fire an event; a row for each handler that heard it",
    argument("event", completes="events"),
    argument("payload", nargs="*", metavar="key=value", help="what the handlers are given"),
    argument("--payload", dest="json", metavar="JSON", help="the same, as a JSON object"),
    group="work",
    examples=(
        "trigger budget_threshold_exceeded budget=platform used=0.91",
        'trigger month_closed --payload \'{"month": "2025-03"}\'',
    ),
    frame=True,
)
def trigger(state: State, arguments: Namespace) -> Result:
    frame = state.session.trigger(arguments.event, **payload_of(arguments))
    return Result(frame, f"{visible(arguments.event)}: heard by {count(len(frame), 'handler')}")


@command(
    "show",
    "draw a dashboard",
    argument("name", completes="dashboards"),
    argument("options", nargs="*", metavar="key=value", completes="settings", help="options of the dashboard"),
    group="work",
    examples=("show cost-overview", "show cost-overview by=region start=2026-01-01"),
    faces=(NOTEBOOK,),
)
def show(state: State, arguments: Namespace) -> Result:
    return Result(state.session.render(arguments.name, **options(arguments.options, arguments.name)))


@command(
    "dashboard",
    "draw several dashboards, each under its heading, with its words and figures",
    argument("names", nargs="+", metavar="NAME", completes="dashboards", help="dashboards, and key=value for those that take it"),
    *_DAYS,
    group="work",
    examples=("dashboard cost-overview anomalies", "dashboard cost-overview compliance --start 2026-01-01 --end 2026-04-01 top=5"),
    notes="start counts and end does not. One that cannot be drawn says so in its place.",
    faces=(NOTEBOOK,),
)
def dashboard(state: State, arguments: Namespace) -> Result:
    session, (names, given) = state.session, names_and_options(arguments.names)
    drawn = session.dashboard(names, arguments.start, arguments.end, **given)
    return Result(drawn, told_drawn(drawn))


@command(
    "explore",
    "draw a dashboard whose days can be changed, by controls or by a drag over weeks and months",
    argument("name", completes="dashboards"),
    argument("options", nargs="*", metavar="key=value", completes="settings", help="options of the dashboard"),
    *_DAYS,
    group="work",
    examples=("explore cost-overview", "explore cost-overview --start 2026-01-01 by=region"),
    faces=(NOTEBOOK,),
)
def explore(state: State, arguments: Namespace) -> Result:
    given = options(arguments.options, arguments.name)
    return Result(state.session.explore(arguments.name, arguments.start, arguments.end, **given))


@command(
    "report",
    "write dashboards as one HTML file that needs nothing else",
    argument("path", metavar="FILE", completes="files"),
    argument("dashboards", nargs="*", metavar="DASHBOARD", completes="dashboards", help="default: every loaded one"),
    *_DAYS,
    argument("--title", metavar="TEXT", default="FinOps report", help="default: FinOps report"),
    argument("--outside", action="store_true", faces=(NOTEBOOK,), help="FILE may lie outside of the working folder"),
    group="work",
    examples=("report report.html", "report march.html cost-overview --start 2026-03-01 --end 2026-04-01"),
)
def report(state: State, arguments: Namespace) -> Result:
    target = Path(arguments.path)
    if state.face == NOTEBOOK and not arguments.outside:
        refuse_outside(target, "report")
    names, given = names_and_options(arguments.dashboards)
    written = state.session.report(target, names or None, arguments.start, arguments.end, title=arguments.title, **given)
    return Result(written, f"{shown_path(written)}: {written.stat().st_size / 1024:,.0f} kB")


def names_and_options(words: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
    """Names of dashboards, and the ``key=value`` among them."""
    words = list(words)
    names = [word for word in words if "=" not in word]
    return names, options([word for word in words if "=" in word], names[0] if names else "dashboard")


def told_drawn(drawn: Any) -> str:
    """How many were drawn, and which were not."""
    failed = f"; not drawn: {listed(drawn.failed)}" if drawn.failed else ""
    return f"{count(len(drawn) - len(drawn.failed), 'dashboard')}{failed}"


def told_run(session: Any, run: dict[str, Any]) -> str:
    """One run in a line: rows stored, quarantined and duplicate, seconds, and what the checks found."""
    counts = (
        f"{run['plugin']}: {count(run['rows_stored'], 'row')} stored, {run['rows_quarantined'] or 0:,} quarantined, "
        f"{count(run['rows_duplicate'], 'duplicate')} in {run['seconds'] or 0:.1f} s"
    )
    if run.get("restated"):
        counts += f"; restated: {run['restated']}"
    found = session.findings(run["run_id"], frames="arrow").to_pylist()
    return f"{counts}; findings: {listed(_told_findings(found), 12) or 'none'}"


def _told_findings(found: list[dict[str, Any]]) -> list[str]:
    """A text for each rule, what was left as it is before what was repaired."""
    rules: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for finding in sorted(found, key=lambda finding: finding["action"] == "repaired"):
        rules.setdefault((finding["rule"], finding["action"]), []).append(finding)
    return [_told_rule(rule, action, members) for (rule, action), members in rules.items()]


def _told_rule(rule: str, action: str, members: list[dict[str, Any]]) -> str:
    rows = sum(member["rows"] or 0 for member in members)
    where = members[0]["column"] if len(members) == 1 else count(len(members), "column")
    parts = (f"{rows:,}" if rows else "", visible(rule), f"in {visible(where)}" if where else "")
    text = " ".join(filter(None, parts))
    return text if action == "kept" else f"{text} ({action})"


def _told_since(session: Any, before: int) -> str:
    new = [run for run in session.runs(frames="arrow").to_pylist() if run["run_id"] > before]
    return "\n".join(_told(session, run) for run in sorted(new, key=lambda run: run["run_id"]))


def _told(session: Any, run: dict[str, Any]) -> str:
    if run["verb"] == "collect":
        return told_run(session, run)
    rows = f"{count(run['rows_stored'], 'row')} stored in " if run["rows_stored"] else ""
    return f"{run['plugin']}: {run['verb']}, {rows}{run['seconds'] or 0:.1f} s"


def _newest(session: Any) -> int:
    last = session.last_run
    return int(last["run_id"]) if last else 0


def made_ready(state: State, names: Iterable[str], pairs: list[str], arguments: Namespace) -> None:
    """In the shell nothing is loaded yet: load what is named. In the notebook settings are given to ``load``."""
    names = list(names)
    if pairs and (state.face == NOTEBOOK or len(names) != 1):
        name = names[0] if names else "NAME"
        raise CommandError(
            f"{pairs[0]} is a setting, and collect takes names of plugins.",
            hint=f"%finops load {name} {' '.join(pairs)}",
        )
    if state.face == SHELL:
        for name in names:
            given = {**from_file(arguments.config, name), **settings(state, name, pairs)}
            state.session.load(name, given)


def payload_of(arguments: Namespace) -> dict[str, Any]:
    """What the handlers are given: the JSON, and the pairs over it."""
    return {**_json_object(arguments.json), **options(arguments.payload, arguments.event)}


def _json_object(text: str | None) -> dict[str, Any]:
    import json

    if text is None:
        return {}
    hint = '--payload \'{"month": "2025-03"}\''
    try:
        payload = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError("The payload is not JSON.", why=f"{error}.", hint=hint) from error
    if not isinstance(payload, dict):
        raise CommandError("The payload is not a JSON object.", hint=hint)
    return payload


def refuse_outside(target: Path, command: str) -> None:
    """A notebook that came from somewhere else should not write over files beyond its folder unasked."""
    here = Path.cwd().resolve()
    resolved = (here / target).resolve()
    if not resolved.is_relative_to(here):
        raise CommandError(
            f"{visible(target)} lies outside of the working folder {visible(here)}.",
            why="A command in a notebook writes there only when it is told so.",
            hint=f"%finops {command} {visible(resolved)} --outside",
        )
