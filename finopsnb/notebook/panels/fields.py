"""One setting as a control: which one fits its kind, what stands in it, and what is read out of it.

text, path, decimal, datetime, any      a line of text              choice          a list to choose from
int, number                             a line of text, so that     bool            a box to tick, or yes, no and not set
                                        what is no number is told   date            a calendar
list                                    one item a line, or JSON    dict, json      key=value lines, or JSON
a secret                                dots; empty again as soon as it was taken
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import ipywidgets as widgets

from finopsnb.commands.words import literal
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import muted, show
from finopsnb.plugins.config import FormField
from finopsnb.plugins.secrets import Secret, is_reference

__all__ = ["Field"]

_STYLE = {"description_width": "11em"}
_WIDE = {"width": "34em", "max_width": "98%"}
_COVER = "****"


class Field:
    """A setting with its control, what it is for, and, beside it, what is wrong with it."""

    def __init__(self, about: FormField, value: Any) -> None:
        self.about = about
        self.control = _secret(about, value) if about.secret else _CONTROLS.get(about.kind, _line)(about, value)
        self._typed: Secret | None = None
        self._before = self.control.value
        self._wrong = widgets.HTML()
        self._help = widgets.HTML(value=_help(about), layout={"margin": "0 0 0 11.5em"})
        line = widgets.HBox([self.control, self._wrong], layout={"flex_flow": "row wrap", "align_items": "center"})
        self.widget = widgets.VBox([line, self._help], layout={"padding": "0 0 0.4em 0"})

    @property
    def is_changed(self) -> bool:
        return self.control.value != self._before or self._typed is not None

    def take(self) -> None:
        """Take a typed secret out of the control, which the front end sees and saves; it is kept here, where nothing shows it."""
        if self.about.secret and self.control.value:
            self._typed = Secret(self.control.value)
            self.control.value = ""
            self.control.placeholder = "taken; kept in memory until it is applied"

    def read(self) -> Any:
        """The value, None where there is none. Raises ValueError where the text cannot be read."""
        self.take()
        if self.about.secret:
            return None if self._typed is None else _reference_or_secret(self._typed)
        value = self.control.value
        if not isinstance(value, str):
            return value
        if _COVER in value and value != self._before:
            raise ValueError("has a secret in it, shown as ****: type it whole")
        return _READ.get(self.about.kind, _text)(value)

    def fail(self, problem: str) -> None:
        """Say beside the control what is wrong, or, with "", nothing."""
        told = tag("span", f"✕ {problem}", role="alert", style="color: var(--jp-error-color1, #b00020)") if problem else Html("")
        show(self._wrong, told)


def _line(about: FormField, value: Any) -> Any:
    default = about.default
    placeholder = "required" if about.required else "" if default in (None, "", [], {}) else f"default: {default}"
    return widgets.Text(_as_text(value), placeholder=placeholder, description=_label(about), style=_STYLE, layout=_WIDE)


def _secret(about: FormField, value: Any) -> Any:
    where = f"from {value}" if is_reference(value) else "stored"
    placeholder = f"{where}; type to replace" if value else "required" if about.required else "not set"
    label, style = _label(about), _STYLE
    return widgets.Password(placeholder=placeholder, description=label, style=style, layout=_WIDE, continuous_update=False)


def _lines(about: FormField, value: Any) -> Any:
    hint = "one a line, or JSON" if about.kind == "list" else "key=value, one a line, or JSON" if about.kind == "dict" else "JSON"
    return widgets.Textarea(_as_text(value), placeholder=hint, rows=3, description=_label(about), style=_STYLE, layout=_WIDE)


def _choice(about: FormField, value: Any) -> Any:
    options = [(str(one), one) for one in about.choices]
    if about.optional or value is None:
        options.insert(0, ("not set", None))
    return _dropdown(about, options, value)


def _dropdown(about: FormField, options: list[tuple[str, Any]], value: Any) -> Any:
    """By place: a value of None would choose nothing, and not the option that says "not set"."""
    place = next((n for n, (_, one) in enumerate(options) if one == value and type(one) is type(value)), 0)
    return widgets.Dropdown(options=options, index=place, description=_label(about), style=_STYLE, layout=_WIDE)


def _switch(about: FormField, value: Any) -> Any:
    if about.optional or not isinstance(value, bool):
        options = [("not set", None), ("yes", True), ("no", False)]
        return _dropdown(about, options, value)
    return widgets.Checkbox(value, description=_label(about), indent=False, layout={**_WIDE, "margin": "0 0 0 11.5em"})


def _day(about: FormField, value: Any) -> Any:
    try:
        known = date.fromisoformat(str(value)) if value is not None else None
    except ValueError:
        return _line(about, value)
    return widgets.DatePicker(value=known, description=_label(about), style=_STYLE, layout=_WIDE)


def _label(about: FormField) -> str:
    return f"{about.key} *" if about.required else about.key


_CONTROLS: Mapping[str, Callable[[FormField, Any], Any]] = {
    "bool": _switch,
    "choice": _choice,
    "date": _day,
    "list": _lines,
    "dict": _lines,
    "json": _lines,
}


def _help(about: FormField) -> Html:
    known = about.default not in (None, "", [], {}) and not about.secret
    kind = "secret: a reference env:NAME, file:PATH or keyring:SERVICE/USER, or its text, which is kept in memory only"
    parts = [about.description, kind if about.secret else about.type, about.limits, f"default {_as_text(about.default)}" if known else ""]
    return tag("div", muted("; ".join(part for part in parts if part)), style="line-height: 1.3; max-width: 52em")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) and "\n" not in item for item in value):
        return "\n".join(value)
    if isinstance(value, bool | int | float | str):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _reference_or_secret(typed: Secret) -> str:
    """A reference is none of the secret's text, and may be shown."""
    plain = str.__str__(typed)
    return plain if is_reference(plain) else typed


def _text(text: str) -> str | None:
    return text or None


def _number(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return kind(text) if text.strip() else None
        except ValueError:
            return text  # the check says what is wrong with it

    return read


def _items(text: str) -> Any:
    if text.lstrip().startswith("["):
        return _json(text)
    return [line.strip() for line in text.splitlines() if line.strip()] or None


def _pairs(text: str) -> Any:
    if not text.strip() or text.lstrip().startswith("{"):
        return _json(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if wrong := [line for line in lines if "=" not in line]:
        raise ValueError(f"{wrong[0]} is no key=value")
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg} at character {error.pos + 1}") from None


_READ: Mapping[str, Callable[[str], Any]] = {
    "int": _number(int),
    "number": _number(lambda text: int(text) if text.strip().lstrip("+-").isdecimal() else float(text)),
    "any": lambda text: literal(text) if text else None,
    "list": _items,
    "dict": _pairs,
    "json": _json,
}
