"""The settings of a plugin as a form: built from their description, read as one config, wrong values told beside their field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import ipywidgets as widgets

from finopsnb.errors import PluginConfigError
from finopsnb.notebook.display import tag
from finopsnb.notebook.panels.fields import Field
from finopsnb.notebook.panels.parts import discard
from finopsnb.plugins.config import FormField
from finopsnb.plugins.config.values import ConfigDict

__all__ = ["Form"]


class Form:
    """The fields of one plugin. ``given`` is what it was loaded with, ``now`` what its settings are (secrets covered)."""

    def __init__(self, name: str, fields: list[FormField], given: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        self.name, self._given = name, given
        self.fields = {about.key: Field(about, _start(about, now), removable=_at(given, about.key) is not None) for about in fields}
        self._whole = widgets.HTML()
        self.widget = widgets.VBox([*self._rooms(), self._whole])

    @property
    def is_changed(self) -> bool:
        return any(field.is_changed for field in self.fields.values())

    def config(self) -> ConfigDict:
        """What the plugin is to be loaded with: what it was given, and what was changed here.

        Raises PluginConfigError with what cannot be read at all; every field is tried.
        """
        config, problems = _copied(self._given), {}
        for key, field in self.fields.items():
            field.fail("")
            try:
                value = field.read()
            except ValueError as error:
                problems[key] = str(error)
                continue
            if field.is_changed:
                _put(config, key.split("."), value, field.about)
        if problems:
            raise PluginConfigError(_count(len(problems)), plugin=self.name, problems=problems)
        return ConfigDict(config)

    def fill(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Show these settings in the fields, to be applied; those that are not named stay. Returns by key what could not be shown."""
        problems = {}
        for key, field in self.fields.items():
            field.fail("")
            if (value := _at(settings, key)) is not None:
                try:
                    field.put(value)
                except ValueError as error:
                    problems[key] = str(error)
        unknown = "is no setting of this plugin, and was left out"
        return problems | {key: unknown for key in _leaves(settings) if self._field(key) is None}

    def fail(self, error: PluginConfigError) -> None:
        """Tell each problem beside its field, and those of no field below."""
        others = []
        for key, problem in error.problems.items():
            field = self._field(key)
            if field is None:
                others.append(f"{key}: {problem}")
            else:
                field.fail(problem)
        self._whole.value = tag("div", *(tag("div", f"✕ {text}") for text in others), role="alert")

    def close(self) -> None:
        """Give up the controls; what is not shown need not be saved."""
        discard(self.widget)

    def _field(self, key: str) -> Field | None:
        """The field of a problem's key: ``targets[0].url`` is told at ``targets``."""
        parts = re.split(r"\.|\[", key)
        heads = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.fields[head] for head in heads if head in self.fields), None)

    def _rooms(self) -> list[Any]:
        """The fields, those of a nested model in a box under its name."""
        rooms: list[Any] = []
        for above, members in groupby(self.fields.values(), key=lambda field: field.about.key.rpartition(".")[0]):
            inner = [field.widget for field in members]
            if above:
                title = widgets.HTML(value=tag("strong", above))
                inner = [widgets.VBox([title, *inner], layout={"border": "1px solid var(--jp-border-color2, #ddd)", "padding": "0.4em"})]
            rooms += inner
        return rooms


def _start(about: FormField, now: Mapping[str, Any]) -> Any:
    """The value that a field begins with: as it is now, else the default."""
    value = _at(now, about.key)
    return about.default if value is None and not about.secret else value


def _at(settings: Mapping[str, Any], key: str) -> Any:
    """The value of a dotted key, None where there is none."""
    value: Any = settings
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _leaves(settings: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def _put(config: dict[str, Any], path: list[str], value: Any, about: FormField) -> None:
    """Set or take away one setting; None is said where something else would come in its place."""
    *above, last = path
    for part in above:
        inner = config.get(part)
        config[part] = inner if isinstance(inner, dict) else {}
        config = config[part]
    if value is None and not (about.optional and about.default is not None):
        config.pop(last, None)
    else:
        config[last] = value


def _copied(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy to change: the tables are copied, the values, secrets among them, stay what they are."""
    return {key: _copied(value) if isinstance(value, Mapping) else value for key, value in config.items()}


def _count(number: int) -> str:
    return "One setting cannot be read." if number == 1 else f"{number} settings cannot be read."
