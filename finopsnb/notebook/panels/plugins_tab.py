"""The Plugins tab: find plugins, see how they are, load, unload, reload, run and cancel them.

A page has one pool of rows, which are filled anew: however many plugins there are, there are ten rows of controls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from finopsnb.commands.cards import SIGNS
from finopsnb.commands.texts import count
from finopsnb.commands.writing import Code, called
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import Pages, button, choice, entry, show
from finopsnb.notebook.panels.rows import Wanted, fitting, job_html, plugin_html, plugins_html

if TYPE_CHECKING:
    from finopsnb.notebook.panels.panel import Panel
    from finopsnb.verbs.jobs import Job

__all__ = ["PluginsTab"]

PAGE = 10
_TAGS = 100
_TYPES = ("telemetry", "attribution", "recommendation", "dashboard", "integration", "notification", "policy")
_IN_THE_BACKGROUND = ("telemetry", "attribution", "recommendation", "policy")


class PluginsTab:
    """Draws itself from ``registry.describe()``, the newest runs and the jobs."""

    title = "Plugins"

    def __init__(self, panel: Panel) -> None:
        self.panel, self.session = panel, panel.session
        self._offered: tuple[str, ...] = ()
        self._rows = [_Row(self) for _ in range(PAGE)]
        self._heading, self._log = widgets.HTML(), widgets.HTML()
        self._pages = Pages(PAGE, panel.redraw)
        self._search = entry("Search", "name, description or tag", self._asked)
        self._kind = choice("Type", [("any", ""), *((kind, kind) for kind in _TYPES)], self._asked)
        self._state = choice("State", [("any", ""), *((f"{sign} {state}", state) for state, sign in SIGNS.items())], self._asked)
        self._tag = widgets.Combobox(description="Tag", placeholder="any", style={"description_width": "auto"}, layout={"width": "14em"})
        self._tag.observe(self._asked, "value")
        filters = widgets.HBox([self._search, self._kind, self._state, self._tag], layout={"flex_flow": "row wrap"})
        pool = widgets.VBox([row.widget for row in self._rows])
        self.widget = widgets.VBox([self._heading, filters, pool, self._pages.widget, self._log])

    def draw(self) -> None:
        """Show the page that is wanted as things are now."""
        described = self.session.plugins.registry.describe()
        found = fitting(described, Wanted(self._search.value, self._kind.value, self._state.value, self._tag.value))
        page, runs = found[self._pages.cut(len(found))], self.panel.runs
        for row, plugin in zip(self._rows, [*page, *[None] * (PAGE - len(page))], strict=True):
            row.fill(plugin, runs, self.session._jobs.of(plugin["name"]) if plugin else None)
        show(self._heading, self._told(described, found))
        self._offer_tags(described)
        show(self._log, tag("div", *(job_html(job) for job in self._recent_jobs())))

    def static(self) -> Html:
        """The plugins without controls."""
        return plugins_html(fitting(self.session.plugins.registry.describe(), Wanted()), self.panel.runs)

    def _told(self, described: list[dict[str, Any]], found: list[Any]) -> Html:
        loaded = sum(plugin["loaded_order"] is not None for plugin in described)
        hidden = f", {len(found):,} of them shown" if len(found) < len(described) else ""
        return tag("div", tag("strong", f"{loaded:,} of {count(len(described), 'plugin')} loaded"), hidden)

    def _recent_jobs(self) -> list[Job]:
        """What is under way, or the last that ended."""
        jobs = self.session._jobs.all()
        return [job for job in jobs if not job.is_over][:3] or jobs[-1:]

    def _offer_tags(self, described: list[dict[str, Any]]) -> None:
        """The commonest tags; the others may be typed."""
        names = tuple(plugin["name"] for plugin in described)
        if names == self._offered:
            return
        self._offered = names
        common = Counter(name for plugin in described for name in plugin["tags"]).most_common(_TAGS)
        self._tag.options = tuple(sorted(name for name, _ in common if len(name) <= 80))

    def _asked(self, _: Any) -> None:
        self._pages.first()
        self.panel.redraw()


class _Row:
    """One row of the pool: what is told of a plugin, and its buttons."""

    def __init__(self, tab: PluginsTab) -> None:
        self._tab, self._panel, self._session = tab, tab.panel, tab.session
        self._name = self._kind = self._act = ""
        self._html = widgets.HTML(layout={"flex": "1 1 30em", "min_width": "0"})
        self._main = button("Load", "load", self._clicked_main)
        self._others: dict[str, widgets.Button] = {
            "Configure": button("Configure", "configure", lambda: self._panel.configure(self._name)),
            "Reload": button("Reload", "reload", lambda: self._do(self._reload)),
            "Run": button("Run", "run", self._clicked_run),
            "Health": button("Health", "health", lambda: self._do(self._health, changes=False)),
        }
        buttons = widgets.HBox([self._main, *self._others.values()], layout={"flex": "0 0 auto"})
        border = {"border_top": "1px solid var(--jp-border-color2, #ddd)", "padding": "2px 0", "flex_flow": "row wrap"}
        self.widget = widgets.HBox([self._html, buttons], layout=border)

    def fill(self, plugin: Mapping[str, Any] | None, runs: Mapping[str, Any], job: Job | None) -> None:
        """Show a plugin, or nothing."""
        self.widget.layout.display = "flex" if plugin is not None else "none"
        if plugin is None:
            return
        self._name, self._kind = plugin["name"], plugin["type"]
        show(self._html, plugin_html(plugin, runs.get(self._name), job))
        loaded, usable = plugin["loaded_order"] is not None, plugin["state"] != "unusable"
        self._act = "Cancel" if job else "Unload" if loaded else "Retry" if plugin["state"] == "error" else "Load"
        self._main.description, self._main.disabled = self._act, not usable
        self._main.tooltip = f"{self._act} {self._name}"
        shown = {"Reload": loaded, "Configure": usable, "Run": loaded, "Health": loaded}
        for word, other in self._others.items():
            other.layout.visibility = "visible" if shown[word] else "hidden"
            other.disabled = job is not None or not shown[word]
            other.tooltip = f"{word} {self._name}"

    def _clicked_main(self) -> None:
        self._do({"Load": self._load, "Retry": self._load, "Unload": self._unload, "Cancel": self._cancel}[self._act])

    def _do(self, act: Callable[[str], tuple[str, Code]], *, changes: bool = True) -> None:
        """On the plugin that the row shows now; when it is done, the row may show another."""
        name = self._name
        self._panel.do(lambda: act(name), changes=changes)

    def _load(self, name: str) -> tuple[str, Code]:
        self._session.load(name)
        return f"{name} is ready", called("load", name)

    def _unload(self, name: str) -> tuple[str, Code]:
        self._session.unload(name)
        return f"{name} is unloaded", called("unload", name)

    def _reload(self, name: str) -> tuple[str, Code]:
        self._session.reload(name)
        return f"{name} is ready again", called("reload", name)

    def _cancel(self, name: str) -> tuple[str, Code]:
        job = self._session._jobs.of(name)
        if job is None:
            return f"{name} has ended already", Code("session.jobs()", "%finops jobs")
        job.cancel()
        return f"job {job.number} is asked to stop", Code(f"session.job({job.number}).cancel()", f"%finops jobs --cancel {job.number}")

    def _clicked_run(self) -> None:
        if self._kind in _IN_THE_BACKGROUND:
            self._do(self._run)
        else:
            self._do(self._tell_how, changes=False)

    def _tell_how(self, name: str) -> tuple[str, Code]:
        code = _by_hand(name, self._kind)
        return f"{name} shows its result in a cell: {code.magic}", code

    def _run(self, name: str) -> tuple[str, Code]:
        job = self._session.run(name, background=True)
        code = called("run", name, magic=f"run {name} --background", background=True)
        return f"job {job.number}: {job.what}", code

    def _health(self, name: str) -> tuple[str, Code]:
        check = self._session.plugins.health_check(name)[name]
        told = f"{name} is well, for {check['uptime_seconds']:.0f} s now" if check["healthy"] else f"{name} is not well: {check['error']}"
        return told, called("health")


def _by_hand(name: str, kind: str) -> Code:
    """How a plugin is run whose result is to be seen, or which has to be told something."""
    calls = {
        "dashboard": called("render", name, magic=f"show {name}"),
        "notification": called("notify", name, "a message", magic=f"notify {name} 'a message'"),
        "integration": called("sync", name),
    }
    return calls.get(kind, called("run", name))
