"""The Runs tab: what ran, the newest first, with its rows, findings, duration and error; and what a run stored can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from finopsnb.commands.texts import count
from finopsnb.commands.writing import Code
from finopsnb.errors import CommandError
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import Pages, button, choice, entry, show, table

if TYPE_CHECKING:
    from finopsnb.notebook.panels.panel import Panel

__all__ = ["RunsTab"]

PAGE = 15
_HEADINGS = ("run", "plugin", "verb", "status", "started", "seconds", "rows in", "stored", "quarantined", "duplicate", "findings", "")
_NUMBERS = ("run", "seconds", "rows in", "stored", "quarantined", "duplicate", "findings")
_COUNTS = ("rows_in", "rows_stored", "rows_quarantined", "rows_duplicate", "findings")
#: a status is told by a sign and a word
_SIGNS = {"succeeded": "✓", "running": "◔", "forgotten": "○"}
_STATES = ("succeeded", "failed", "cancelled", "running", "interrupted", "forgotten")


class RunsTab:
    """Pages and filters are worked out in the engine; a page is one table."""

    title = "Runs"

    def __init__(self, panel: Panel) -> None:
        self.panel, self.session = panel, panel.session
        self._table = widgets.HTML()
        self._pages = Pages(PAGE, panel.redraw)
        self._plugin = entry("Plugin", "part of its name", self._asked)
        self._status = choice("Status", [("any", ""), *((_signed(state), state) for state in _STATES)], self._asked)
        self._run = entry("Run", "its number")
        self._run.layout.width = "11em"
        self._forget = button("Forget", "delete what this run stored; its row stays", self._ask_again)
        self._sure = button("Yes, forget it", "delete it now", self._forgotten, button_style="danger")
        self._not = button("No", "keep it", self._spare)
        self._question = widgets.HTML()
        self._answer = widgets.HBox([self._question, self._sure, self._not], layout={"display": "none", "align_items": "center"})
        filters = widgets.HBox([self._plugin, self._status], layout={"flex_flow": "row wrap"})
        forget = widgets.HBox([self._run, self._forget, self._answer], layout={"flex_flow": "row wrap"})
        self.widget = widgets.VBox([filters, self._table, self._pages.widget, forget])

    def draw(self) -> None:
        """Show the page that is wanted as things are now."""
        runs = self._wanted()
        total = int(self.session.frame(runs.aggregate(n=runs.count()), frames="arrow")["n"][0].as_py())
        show(self._table, self._rows(runs, self._pages.cut(total), total))

    def static(self) -> Html:
        """The newest runs."""
        runs = self.session.table("runs")
        total = int(self.session.frame(runs.aggregate(n=runs.count()), frames="arrow")["n"][0].as_py())
        return self._rows(runs, slice(0, PAGE), total)

    def _wanted(self) -> Any:
        runs = self.session.table("runs")
        if self._plugin.value:
            runs = runs.filter(runs.plugin.lower().contains(self._plugin.value.lower()))
        return runs.filter(runs.status == self._status.value) if self._status.value else runs

    def _rows(self, runs: Any, page: slice, total: int) -> Html:
        import ibis

        wanted = runs.order_by(ibis.desc("run_id")).limit(page.stop - page.start, offset=page.start)
        found = self.session.table("findings").group_by("run_id").aggregate(findings=ibis._.count())
        rows = wanted.left_join(found, "run_id").order_by(ibis.desc("run_id"))
        said = [_row(row) for row in self.session.frame(rows, frames="arrow").to_pylist()]
        return table(_HEADINGS, said, f"{count(total, 'run')}, the newest first", _NUMBERS)

    def _asked(self, _: Any) -> None:
        self._pages.first()
        self.panel.redraw()

    def _ask_again(self) -> None:
        """What cannot be undone is asked for twice."""
        self.panel.attempt(self._ask)

    def _ask(self) -> None:
        number = self._number()
        runs = self.session.table("runs")
        found = self.session.frame(runs.filter(runs.run_id == number), frames="arrow").to_pylist()
        if not found:
            raise CommandError(f"There is no run {number}.", hint="the first column has their numbers")
        row = found[0]
        told = f"Forget run {number} of {row['plugin']}: {count(row['rows_stored'], 'row')}?"
        show(self._question, tag("strong", told, style="padding: 0 0.7em"))
        self._answer.layout.display = "flex"

    def _forgotten(self) -> None:
        self._answer.layout.display = "none"
        self.panel.do(self._forget_it)

    def _forget_it(self) -> tuple[str, Code]:
        number = self._number()
        if busy := [job for job in self.session._jobs.all() if not job.is_over]:
            why = "It would have to be waited for, and the notebook would not answer."
            raise CommandError(
                f"Job {busy[0].number} ({busy[0].what}) is at work.", why=why, hint=f"%finops jobs --cancel {busy[0].number}"
            )
        removed = self.session.forget(number)
        self.panel.changes += 1
        told = f"run {number} is forgotten: {count(removed, 'row')} removed"
        return told, Code(f"session.forget({number})", f"%finops runs --forget {number}")

    def _spare(self) -> None:
        self._answer.layout.display = "none"

    def _number(self) -> int:
        text = self._run.value.strip()
        if not text.isdecimal():
            raise CommandError(f"{text or 'Nothing'} is no number of a run.", hint="the first column has their numbers")
        return int(text)


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    seconds = f"{row['seconds']:.1f}" if row["seconds"] is not None else ""
    counts = (f"{row[name]:,}" if row[name] is not None else "" for name in _COUNTS)
    started = f"{row['started_at']:%Y-%m-%d %H:%M:%S}" if row["started_at"] else ""
    return (row["run_id"], row["plugin"], row["verb"], _signed(row["status"]), started, seconds, *counts, row["error"] or "")


def _signed(status: str) -> str:
    return f"{_SIGNS.get(status, '✕')} {status}"
