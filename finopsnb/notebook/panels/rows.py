"""What the Plugins tab says of each plugin, from plain data: which are wanted, a row in HTML, and the table of the static copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finopsnb.commands.cards import SIGNS
from finopsnb.commands.texts import count
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import muted, table

if TYPE_CHECKING:
    from finopsnb.session import Session
    from finopsnb.verbs.jobs import Job

__all__ = ["Wanted", "fitting", "job_html", "last_runs", "megabytes", "plugin_html", "plugins_html", "told_job"]

Plugin = Mapping[str, Any]

_GRID = "display: grid; grid-template-columns: 7.5em minmax(9em, 15em) minmax(9em, 13em) 1fr; gap: 0 0.8em"
_LONGEST = 220
_STATIC_ROWS = 50


@dataclass(frozen=True)
class Wanted:
    """What is looked for: a text in name, description or tags; a type, a state, a tag; "" is any."""

    text: str = ""
    kind: str = ""
    state: str = ""
    tag: str = ""

    def has(self, plugin: Plugin) -> bool:
        said = " ".join([plugin["name"], plugin["description"], *plugin["tags"]]).casefold()
        return (
            all(word in said for word in self.text.casefold().split())
            and self.kind in ("", plugin["type"])
            and self.state in ("", plugin["state"])
            and (not self.tag or self.tag in plugin["tags"])
        )


def fitting(plugins: Iterable[Plugin], wanted: Wanted) -> list[Plugin]:
    """The plugins that are wanted, by name: a row stays where it is when its plugin is loaded, under the pointer that did it."""
    return sorted((plugin for plugin in plugins if wanted.has(plugin)), key=lambda plugin: str(plugin["name"]))


def last_runs(session: Session) -> dict[str, dict[str, Any]]:
    """The newest run of each plugin by its name."""
    runs = session.table("runs")
    newest = runs.group_by("plugin").aggregate(run_id=runs.run_id.max()).select("run_id")
    chosen = runs.semi_join(newest, "run_id").select("run_id", "plugin", "status", "rows_stored", "started_at", "verb")
    return {row["plugin"]: row for row in session.frame(chosen, frames="arrow").to_pylist()}


def plugin_html(plugin: Plugin, run: Mapping[str, Any] | None, job: Job | None) -> Html:
    """One row: state by sign and word, name, type and version, and what happened last; below it what it is for, or why it failed."""
    state, sign = (job.told_state, "◔") if job is not None else (plugin["state"], SIGNS.get(plugin["state"], "○"))
    said = tag("div", muted(f"{plugin['type']} {plugin['version']}"), _tier(plugin))
    cells = (tag("span", f"{sign} {state}"), tag("strong", _short(plugin["name"], 64)), said)
    return tag(
        "div",
        tag("div", *cells, _news(plugin, run, job), style=_GRID),
        _below(plugin),
        style="overflow-wrap: anywhere; line-height: 1.5; padding: 0.2em 0",
    )


def plugins_html(plugins: Sequence[Plugin], runs: Mapping[str, Mapping[str, Any]]) -> Html:
    """The plugins as a table without controls, those that are loaded or failed first."""
    shown = sorted(plugins, key=lambda plugin: plugin["state"] in ("not loaded", "unusable"))[:_STATIC_ROWS]
    loaded = sum(plugin["state"] == "ready" for plugin in plugins)
    more = f"; the first {_STATIC_ROWS}" if len(plugins) > _STATIC_ROWS else ""
    rows = [
        (_signed(p), p["name"], p["type"], p["version"], p["tier"], _told_run(runs.get(p["name"])), p["reason"] or p["description"])
        for p in shown
    ]
    headings = ("state", "plugin", "type", "version", "tier", "last run", "")
    return table(headings, rows, f"{loaded:,} of {count(len(plugins), 'plugin')} ready{more}")


def job_html(job: Job, lines: int = 6) -> Html:
    """A job: how far it is, and its last lines."""
    head = tag("div", tag("strong", f"job {job.number}: {job.what}"), f" {told_job(job)}")
    bar = () if job.is_over else (tag("progress", **{"aria-label": f"{job.what} is under way"}),)
    log = tag("pre", "\n".join(job.lines[-lines:]), style="margin: 0.2em 0; max-height: 9em; overflow: auto; opacity: 0.8")
    return tag("div", head, *bar, log, style="padding: 0.3em 0")


def told_job(job: Job) -> str:
    """State and counts of a job in a line."""
    row = job.as_row()
    batches = count(row["batches"], "batch", "batches")
    why = f"; {row['said']}" if job.error is not None else ""
    sign = {"done": "✓", "failed": "✕", "cancelled": "✕"}.get(row["state"], "◔")
    return f"{sign} {row['state']}: {count(row['rows'], 'row')}, {batches}, {megabytes(row['bytes'])}, {row['seconds']:.1f} s{why}"


def megabytes(size: int) -> str:
    """
    >>> megabytes(4_200_000), megabytes(900)
    ('4.2 MB', '0.9 kB')
    """
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


def _news(plugin: Plugin, run: Mapping[str, Any] | None, job: Job | None) -> Html:
    if job is not None:
        return tag(
            "span", f"{count(job.rows, 'row')}, {count(job.batches, 'batch', 'batches')}, {megabytes(job.bytes)}, {job.seconds:.1f} s"
        )
    seconds = [plugin["seconds_import"], plugin["seconds_initialize"]]
    ready = f"ready in {sum(s or 0 for s in seconds):.2f} s" if plugin["loaded_order"] else ""
    return muted("; ".join(part for part in (_told_run(run), ready) if part))


def _told_run(run: Mapping[str, Any] | None) -> str:
    if run is None:
        return ""
    rows = f"{count(run['rows_stored'], 'row')} " if run["rows_stored"] is not None else ""
    ended = "" if run["status"] == "succeeded" else f" {run['status']}"
    return f"{run['verb']}{ended}: {rows}{run['started_at']:%Y-%m-%d %H:%M}"


def _below(plugin: Plugin) -> Html:
    if not plugin["reason"]:
        return tag("div", muted(_short(plugin["description"], _LONGEST)))
    hint = plugin["error"]["hint"] if plugin["error"] else ""
    inner = tag("div", plugin["reason"], *((tag("div", "Hint: ", tag("code", hint)),) if hint else ()), style="padding-left: 1em")
    return tag("details", tag("summary", f"why: {_short(plugin['reason'], 110)}"), inner)


def _tier(plugin: Plugin) -> Html:
    """How good it is known to be, and why when it is pointed at."""
    return tag("div", plugin["tier"], title=plugin["tier_reason"], style="opacity: 0.75; font-style: italic")


def _signed(plugin: Plugin) -> str:
    return f"{SIGNS.get(plugin['state'], '○')} {plugin['state']}"


def _short(text: str, most: int) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[:most]}…"
