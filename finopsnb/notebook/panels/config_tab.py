"""The Config tab: the settings of one plugin in a form; they are checked before the plugin that runs is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from finopsnb.commands.cards import signed, told
from finopsnb.commands.texts import count
from finopsnb.commands.writing import Code, loading
from finopsnb.errors import FinopsError, PluginConfigError
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.form import Form
from finopsnb.notebook.panels.parts import area, button, entry, show, table
from finopsnb.notebook.panels.pasting import settings_in_file, settings_in_text
from finopsnb.plugins.config import SETTINGS_FILE, ConfigDict, hidden
from finopsnb.plugins.secrets import masker

if TYPE_CHECKING:
    from finopsnb.notebook.panels.panel import Panel

__all__ = ["ConfigTab"]

_NAMES = 200
_EXAMPLE = 'days = 30\napi_key = "env:NAME"\n\nor as in finopsnb.toml, under the [name] of the plugin'
_COLUMNS = ("setting", "value", "type", "default", "description")


class ConfigTab:
    """One plugin's form at a time."""

    title = "Config"

    def __init__(self, panel: Panel) -> None:
        self.panel, self.session = panel, panel.session
        self._form: Form | None = None
        self._instance: Any = None
        self._head, self._room = widgets.HTML(), widgets.VBox()
        self._name = widgets.Combobox(
            description="Plugin", placeholder="its name", continuous_update=False,
            style={"description_width": "auto"}, layout={"width": "24em"},
        )  # fmt: skip
        self._name.observe(lambda change: self._chosen(change["new"]), "value")
        self._text = area(
            "TOML",
            5,
            placeholder='days = 30\napi_key = "env:NAME"\n\nor as in finopsnb.toml, under [the plugin\'s name]',
            continuous_update=False,
        )
        self._file = entry("or the file", "finopsnb.toml", continuous_update=False)
        fill = button("Fill the form", "show these settings in the form; nothing is applied", lambda: self._do(self._fill, changes=False))
        self._toml = widgets.VBox([self._text, widgets.HBox([self._file, fill])], layout={"display": "none"})
        self._code = area("Settings as code", 8, layout={"display": "none", "width": "98%"})
        self._buttons = widgets.HBox(
            [
                button("Apply", "check the settings and reload the plugin with them", lambda: self._do(self._apply)),
                button("Test", "check the settings; nothing is changed", lambda: self._do(self._test, changes=False)),
                button("Reset", "show the settings as they are now", self._reset),
                button("Load from TOML", "fill the form from pasted text or a file; nothing is applied", self._toggle_toml),
                button("Show code", "the Python and the magic that load the plugin with these settings", self._show_code),
            ],
            layout={"display": "none", "flex_flow": "row wrap"},
        )
        self.widget = widgets.VBox([self._name, self._head, self._room, self._buttons, self._toml, self._code])

    def open(self, name: str) -> None:
        """Show the settings of a plugin."""
        if self._name.value == name:
            self._chosen(name)
        else:
            self._name.value = name

    def draw(self) -> None:
        """Offer the plugins, tell how the chosen one is, and show its settings anew where somebody else changed them."""
        names = tuple(record.name for record in self.session.plugins.registry.records())[:_NAMES]
        if names != self._name.options:
            self._name.options = names
        if self._form is None:
            return
        if self._record().instance is not self._instance and not self._form.is_changed:
            self._build(self._form.name)
        show(self._head, self._told())

    def static(self) -> Html:
        """The settings without controls."""
        if self._form is None:
            return tag("div", "No plugin is chosen.")
        now = self._record().describe()["config"]
        rows = [(f.key, told(_at(now, f.key)), f.type, told(f.default), f.description) for f in self._abouts()]
        return tag("div", self._told(), table(_COLUMNS, rows, f"settings of {self._form.name}"))

    def _chosen(self, name: str) -> None:
        try:
            if name:
                self._build(name)
        except FinopsError as error:
            self.panel.fail(error)

    def _build(self, name: str) -> None:
        """A new form in place of the old one, whose controls are given up."""
        registry = self.session.plugins.registry
        fields, record = registry.form(name), registry.record(name)
        given = (record.config or {}) if record.is_loaded else {}
        form = Form(name, fields, given, record.describe()["config"])
        before, self._form, self._instance = self._form, form, record.instance
        self._room.children = (form.widget,)
        if before is not None:
            before.close()
        self._buttons.layout.display = "flex"
        self._code.layout.display = "none"
        show(self._head, self._told())

    def _do(self, act: Callable[[Form], tuple[str, Code]], *, changes: bool = True) -> None:
        form = self._form
        if form is not None:
            self.panel.do(lambda: self._telling(form, act), changes=changes)

    def _telling(self, form: Form, act: Callable[[Form], tuple[str, Code]]) -> tuple[str, Code]:
        """What is wrong with a setting stands beside it; the line of status only counts."""
        try:
            return act(form)
        except PluginConfigError as error:
            if not error.problems:
                raise
            form.fail(error)
            raise PluginConfigError(error.what, hint="see beside the fields", plugin=form.name, problems=error.problems) from None

    def _apply(self, form: Form) -> tuple[str, Code]:
        self.session._jobs.refuse_busy(form.name)
        was_loaded, code, config = self._record().is_loaded, *self._checked(form)
        self.session.plugins.reload(form.name, config)
        self._build(form.name)
        return f"{form.name} is ready with these settings" if was_loaded else f"{form.name} is ready", code

    def _test(self, form: Form) -> tuple[str, Code]:
        code, _ = self._checked(form)
        return f"{form.name} takes these settings; nothing was changed", code

    def _checked(self, form: Form) -> tuple[Code, ConfigDict]:
        """The settings of the form, which the plugin would take, and their code. Raises PluginConfigError."""
        config = form.config()
        self.session.plugins.registry.check(form.name, config)
        return loading(form.name, hidden(config), loaded=self._record().is_loaded), config

    def _toggle_toml(self) -> None:
        self._toml.layout.display = "flex" if self._toml.layout.display == "none" else "none"

    def _fill(self, form: Form) -> tuple[str, Code]:
        """Show the settings of the text, or of the file, in the form, and beside its fields what is wrong with them."""
        text = self._text.value
        given = (
            settings_in_text(text, form.name) if text.strip() else settings_in_file(self._file.value.strip() or SETTINGS_FILE, form.name)
        )
        self._text.value = ""  # it may have held a secret: the form keeps that where nothing shows it
        self._toml.layout.display = "none"
        problems = form.fill(given)
        try:
            code, _ = self._checked(form)
        except PluginConfigError as error:
            problems = {**error.problems, **problems}
        if problems:
            raise PluginConfigError(f"{count(len(problems), 'setting')} cannot be used.", plugin=form.name, problems=problems)
        return f"the form of {form.name} is filled; Apply makes it so", code

    def _reset(self) -> None:
        if self._form is not None:
            self._chosen(self._form.name)

    def _show_code(self) -> None:
        """Show the code of what stands in the form, to be copied; again to hide it."""
        if self._code.layout.display == "flex":
            self._code.layout.display = "none"
        else:
            self._do(self._coded, changes=False)

    def _coded(self, form: Form) -> tuple[str, Code]:
        code, _ = self._checked(form)
        self._code.value, self._code.layout.display = masker.mask(str(code)), "flex"
        return f"the code of the settings of {form.name}; nothing was changed", code

    def _record(self) -> Any:
        assert self._form is not None  # noqa: S101 - asked only while a form is shown
        return self.session.plugins.registry.record(self._form.name)

    def _abouts(self) -> list[Any]:
        return [field.about for field in self._form.fields.values()] if self._form is not None else []

    def _told(self) -> Html:
        record = self._record()
        meta, parts = record.metadata, [f" {signed(record.state)} "]
        if record.instance is not self._instance and self._form is not None and self._form.is_changed:
            parts.append("(changed elsewhere meanwhile: Reset shows it) ")
        empty = () if self._abouts() else (tag("div", "It has no settings."),)
        return tag(
            "div", tag("strong", f"{meta.name} {meta.version}"), *parts, tag("div", meta.description), *empty, style="padding: 0.3em 0"
        )


def _at(config: Any, key: str) -> Any:
    for part in key.split("."):
        config = config.get(part) if isinstance(config, dict) else None
    return config
