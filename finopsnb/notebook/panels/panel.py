"""The panel: the tabs as one widget, beside it a static copy for readers without a kernel, and the code of what was clicked.

A session has one panel: showing it again shows the same one, so that what listens on the bus does not grow with every run of a cell.
Tabs are built when they are first looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets as widgets

from finopsnb import notebook
from finopsnb.commands.texts import shown_path
from finopsnb.commands.writing import Code
from finopsnb.errors import CommandError, FinopsError, StoreClosed, nearest
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.config_tab import ConfigTab
from finopsnb.notebook.panels.data_tab import DataTab
from finopsnb.notebook.panels.hooks_tab import HooksTab
from finopsnb.notebook.panels.live import MOMENT, Follower
from finopsnb.notebook.panels.parts import Status, area, button
from finopsnb.notebook.panels.plugins_tab import PluginsTab
from finopsnb.notebook.panels.rows import last_runs
from finopsnb.notebook.panels.runs_tab import RunsTab
from finopsnb.plugins.secrets import masker

if TYPE_CHECKING:
    from finopsnb.session import Session
    from finopsnb.verbs.jobs import Job

__all__ = ["Panel", "panel_of"]

#: what changes what a panel shows; the events about rows are left out, since somebody who listens there has them read
EVENTS = ("plugin_loaded", "plugin_failed", "plugin_unloaded", "plugins_changed", "run_started", "run_finished")
_KEPT = 30


class Tab(Protocol):
    """What a tab can do: draw itself as things are, and give a copy without controls."""

    title: str
    widget: Any

    def draw(self) -> None: ...

    def static(self) -> Html: ...


TABS: tuple[Callable[[Any], Tab], ...] = (PluginsTab, ConfigTab, RunsTab, DataTab, HooksTab)


class Panel:
    """The widget of a session; ``close()`` ends it, and so does closing the session."""

    def __init__(self, session: Session, *, moment: float = MOMENT) -> None:
        self.session, self.code = session, []  # type: tuple[Session, list[Code]]
        self._status = Status()
        self._tabs: dict[int, Tab] = {}
        self._rooms = [widgets.VBox() for _ in TABS]
        self._tab = widgets.Tab(children=self._rooms, titles=[_title(kind) for kind in TABS], selected_index=0)
        self._shown = area("Code", 6, layout={"display": "none", "width": "98%"}, disabled=False)
        self._copy = button("Copy as code", "the Python and the magic of what was done here", self._show_code)
        self.widget = widgets.VBox([self._tab, self._status.widget, widgets.HBox([self._copy]), self._shown])
        self._runs: dict[str, dict[str, Any]] | None = None
        #: how often something was run: what was read before is not what is stored now
        self.changes = 0
        self._undo = [session.hooks.on(event, self._ran, owner="panel", priority=999) for event in ("run_started", "run_finished")]
        self._follower = Follower(session.hooks, EVENTS, self.draw, moment=moment)
        self._deaf = session._jobs.listen(self._worked)
        self._tab.observe(lambda _: self.redraw(), "selected_index")
        self._closed = False
        self.redraw()

    @property
    def tab(self) -> Tab:
        """The tab that is looked at, built when it is first looked at."""
        number = self._tab.selected_index or 0
        if number not in self._tabs:
            self._tabs[number] = TABS[number](self)
            self._rooms[number].children = (self._tabs[number].widget,)
        return self._tabs[number]

    @property
    def runs(self) -> dict[str, dict[str, Any]]:
        """The newest run of each plugin, read again when one began or ended."""
        if self._runs is None:
            self._runs = last_runs(self.session)
        return self._runs

    def open(self, title: str) -> Tab:
        """Turn to the tab of that title; raises CommandError with the near one."""
        titles = [_title(kind).lower() for kind in TABS]
        if title.lower() not in titles:
            near = nearest(title.lower(), titles)
            raise CommandError(
                f"The panel has no tab {title}.", why=f"Its tabs are {', '.join(titles)}.", hint=f"%finops panel {near or titles[0]}"
            )
        self._tab.selected_index = titles.index(title.lower())
        return self.tab

    def draw(self) -> None:
        """Draw the tab that is looked at."""
        if self.session.is_open:
            self.tab.draw()

    def redraw(self) -> None:
        """Draw it now, as when something else is asked for; no two threads draw at a time."""
        self._follower.draw()

    def do(self, act: Callable[[], tuple[str, Code]], *, changes: bool = True) -> None:
        """Do what a button says, tell what came of it, and keep its code: what changes something for ``%finops code``, too."""

        def told() -> str:
            said, code = act()
            self.code.append(code)
            del self.code[:-_KEPT]
            state = notebook.state()
            if changes and state is not None and state.open_session is self.session:  # the code is of the session that is open
                state.remember(masker.mask(code.python))
            return said

        self._status.trying(told)
        self._follower.happened()

    def configure(self, name: str) -> None:
        """Turn to the settings of a plugin."""
        tab = self.open(ConfigTab.title)
        if isinstance(tab, ConfigTab):
            tab.open(name)

    def attempt(self, act: Callable[[], None]) -> None:
        """Do something that has no code of its own; what goes wrong is told."""
        self._status.trying(act)

    def fail(self, error: FinopsError) -> None:
        """Tell of an error."""
        self._status.fail(error)

    def close(self) -> None:
        """Hear no more, and take the controls away; the static copy stays where it was saved."""
        if self._closed:
            return
        self._closed = True
        self._follower.close()
        for undo in (*self._undo, self._deaf):
            undo()
        note = widgets.HTML(value=tag("div", "This panel is closed: run the cell again."))
        self.widget.children = (note,)
        _open.pop(id(self.session), None)

    def _worked(self, _: Job) -> None:
        """A job went on: the other tabs show none of it, and would ask the store for nothing."""
        if isinstance(self.tab, PluginsTab):
            self._follower.happened()

    def _ran(self, **_: Any) -> None:
        self._runs, self.changes = None, self.changes + 1

    def _show_code(self) -> None:
        """Show the code, to be copied; again to hide it."""
        hidden = self._shown.layout.display == "none"
        told = masker.mask("\n\n".join(map(str, self.code))) or "# nothing was done here yet"
        self._shown.value = told if hidden else self._shown.value
        self._shown.layout.display = "flex" if hidden else "none"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The widget for who has a kernel, and what it shows as HTML and as text for who has not."""
        bundle = dict(self.widget._repr_mimebundle_() or {})
        return {**bundle, "text/plain": repr(self), "text/html": self.static()}

    def static(self) -> Html:
        """What the panel shows now, without controls."""
        when = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
        note = tag("div", f"as of {when}; run the cell again for the controls", style="opacity: 0.75")
        return tag("div", tag("strong", f"finopsnb {shown_path(self.session.path)}: {self.tab.title}"), note, self.tab.static())

    def __repr__(self) -> str:
        statistics = self.session.plugins.get_statistics()
        state = "closed" if self._closed else "open"
        return f"<finopsnb Panel {self.session.path} ({state}): {statistics['loaded']} of {statistics['total']} plugins loaded>"


def panel_of(session: Session, tab: str | None = None) -> Panel:
    """The panel of a session, turned to a tab. Raises StoreClosed, and CommandError for a tab that there is not."""
    if not session.is_open:
        raise StoreClosed(f"The session on {session.path} is closed.", hint=f'session = finopsnb.open("{session.path}")')
    panel = _open.get(id(session))
    if panel is None:
        panel = _open[id(session)] = Panel(session)
        session._when_closed.append(panel.close)
    if tab is not None:
        panel.open(tab)
    return panel


#: the panels of the open sessions
_open: dict[int, Panel] = {}


def _title(kind: Any) -> str:
    return str(kind.title)
