"""The Hooks tab: who hears which event, in which order, what failed last; and an event can be fired with a payload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from finopsnb.commands.settings import options
from finopsnb.commands.texts import count
from finopsnb.commands.words import split
from finopsnb.commands.writing import Code, called, word
from finopsnb.errors import CommandError
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import area, button, show, table
from finopsnb.plugins.hooks import EVENTS, describe_error

if TYPE_CHECKING:
    from finopsnb.notebook.panels.panel import Panel

__all__ = ["HooksTab"]

_MOST = 200
_LISTED = ("event", "order", "owner", "handler", "priority", "last failure")
_ANSWERED = ("owner", "handler", "result", "seconds", "error")


class HooksTab:
    """Draws itself from the bus; the answers of the last event that was fired here stay below."""

    title = "Hooks"

    def __init__(self, panel: Panel) -> None:
        self.panel, self.session = panel, panel.session
        self._table, self._about, self._answers = widgets.HTML(), widgets.HTML(), widgets.HTML()
        style = {"description_width": "5em"}
        self._event = widgets.Combobox(description="Event", placeholder="every event", style=style, layout={"width": "28em"})
        self._event.observe(lambda _: panel.redraw(), "value")
        self._payload = area("Payload", 2, placeholder='key=value, or JSON: {"month": "2025-03"}', style=style)
        fire = button("Trigger", "fire the event with this payload", lambda: self.panel.do(self._fire))
        self.widget = widgets.VBox([self._event, self._about, self._table, self._payload, widgets.HBox([fire]), self._answers])

    def draw(self) -> None:
        """Show who listens as things are now."""
        events = tuple(self.session.hooks.events())[:_MOST]
        if events != self._event.options:
            self._event.options = events
        name = self._event.value.strip()
        show(self._about, tag("div", EVENTS.get(name, "an event of your own") if name else f"{count(len(events), 'event')}"))
        show(self._table, self._listed(name or None))

    def static(self) -> Html:
        """Who listens, and what failed."""
        return self._listed(None)

    def _listed(self, event: str | None) -> Html:
        rows = self.session.hooks.listing(event)
        failed = {(f.event, f.owner, f.handler): describe_error(f.error) for f in self.session.hooks.failures}
        said = [(r["event"], r["order"], r["owner"], r["handler"], f"{r['priority']:g}", _failure(failed, r)) for r in rows[:_MOST]]
        more = f", the first {_MOST}" if len(rows) > _MOST else ""
        return table(_LISTED, said, f"{count(len(rows), 'handler')}{more}", ("order", "priority"))

    def _fire(self) -> tuple[str, Code]:
        event = self._event.value.strip()
        if not event:
            raise CommandError("Which event?", why="An event of your own may have any name.", hint="choose one above")
        payload = self._given(event)
        answers = self.session.trigger(event, frames="arrow", **payload).to_pylist()
        rows = [(a["owner"], a["handler"], a["result"], f"{a['seconds']:.3f}", a["error"] or "") for a in answers]
        show(self._answers, table(_ANSWERED, rows, f"answers to {event}", ("seconds",)))
        # between single quotes nothing is read but the quote itself
        written = json.dumps(payload, default=str).replace("'", "\\u0027")
        magic = f"trigger {word(event)}" + (f" --payload '{written}'" if payload else "")
        failed = sum(a["error"] is not None for a in answers)
        told = f"{event}: heard by {count(len(answers), 'handler')}" + (f", {failed} failed" if failed else "")
        return told, called("trigger", event, magic=magic, **payload)

    def _given(self, event: str) -> dict[str, Any]:
        text = self._payload.value.strip()
        if not text.startswith("{"):
            return options([word for line in text.splitlines() for word in split(line)], event)
        try:
            payload: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError as error:
            raise CommandError("The payload is not JSON.", why=f"{error}.", hint='{"month": "2025-03"}') from error
        return payload


def _failure(failed: dict[tuple[str, str, str], str], row: dict[str, Any]) -> str:
    return failed.get((row["event"], row["owner"], row["handler"]), "")
