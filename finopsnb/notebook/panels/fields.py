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
from datetime import date, time
from typing import Any

import ipywidgets as widgets

from finopsnb.commands.words import literal
from finopsnb.notebook.display import Html, tag
from finopsnb.notebook.panels.parts import button, muted, show
from finopsnb.plugins.config import FormField
from finopsnb.plugins.secrets import Secret, is_reference, masker

__all__ = ["Field"]

_STYLE = {"description_width": "11em"}
_WIDE = {"width": "34em", "max_width": "98%"}
_COVER = "****"


class Field:
    """A setting with its control, what it is for, and, beside it, what is wrong with it."""

    def __init__(self, about: FormField, value: Any, *, removable: bool = False) -> None:
        self.about = about
        self.control = _secret(about, value) if about.secret else _CONTROLS.get(about.kind, _line)(about, value)
        self._typed: Secret | None = None
        self._before = self.control.value
        #: a value that was put in, and what the control shows of it: while it shows that, the value is meant as it was given
        self._put: tuple[Any, Any] | None = None
        self._is_removed, self._beside = False, self.control.placeholder if about.secret else ""
        self._remove = button("Remove", f"take away what is stored of {about.key}", self._toggle_removed)
        self._remove.layout.display = "flex" if about.secret and removable else "none"
        self._wrong = widgets.HTML()
        self._help = widgets.HTML(value=_help(about), layout={"margin": "0 0 0 11.5em"})
        line = widgets.HBox([self.control, self._remove, self._wrong], layout={"flex_flow": "row wrap", "align_items": "center"})
        self.widget = widgets.VBox([line, self._help], layout={"padding": "0 0 0.4em 0"})

    @property
    def is_changed(self) -> bool:
        shown = self.control.value
        covered = self._put is not None and shown == self._put[0] and _COVER in str(shown)
        return shown != self._before or covered or self._typed is not None or self._is_removed

    def put(self, value: Any) -> None:
        """Show a value that comes from elsewhere, to be applied. Raises ValueError for one that the control has no place for."""
        if self.about.secret:
            self._keep(Secret(value if isinstance(value, str) else _as_text(value)))
            return
        _show_in(self.control, value)
        self._put = (self.control.value, value)

    def take(self) -> None:
        """Take a typed secret out of the control, which the front end sees and saves; it is kept here, where nothing shows it."""
        if self.about.secret and self.control.value:
            self._keep(Secret(self.control.value))

    def read(self) -> Any:
        """The value, None where there is none. Raises ValueError where the text cannot be read."""
        self.take()
        if self.about.secret:
            return None if self._typed is None else _reference_or_secret(self._typed)
        value = self.control.value
        if self._put is not None and value == self._put[0]:
            return self._put[1]
        if not isinstance(value, str):
            return value
        if _COVER in value and value != self._before:
            raise ValueError("has a secret in it, shown as ****: type it whole")
        return _READ.get(self.about.kind, _text)(value)

    def _keep(self, secret: Secret) -> None:
        """A secret to be applied: of a reference it is told which, of another that it is there."""
        self._typed, self.control.value = secret, ""
        self._is_removed, self._remove.description = False, "Remove"
        told = _reference_or_secret(secret)
        where = "taken; kept in memory" if told is secret else f"from {told}"
        self.control.placeholder = f"{where} until it is applied"

    def _toggle_removed(self) -> None:
        """What is stored is taken away when the form is applied; once more, and it stays."""
        self._is_removed, self._typed, self.control.value = not self._is_removed, None, ""
        self.control.placeholder = "is removed when it is applied" if self._is_removed else self._beside
        self._remove.description = "Keep" if self._is_removed else "Remove"

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


def _show_in(control: Any, value: Any) -> None:
    """Put a value into a control as the control has it. Raises ValueError where that cannot be."""
    if isinstance(control, widgets.Dropdown):
        known = [one for _, one in control.options]
        if not any(one == value and type(one) is type(value) for one in known):
            raise ValueError(f"{_as_text(value)} is none of {', '.join(str(one) for one in known if one is not None)}")
        control.index = next(n for n, one in enumerate(known) if one == value and type(one) is type(value))
    elif isinstance(control, widgets.Checkbox):
        if not isinstance(value, bool):
            raise ValueError(f"{_as_text(value)} is neither true nor false")
        control.value = value
    elif isinstance(control, widgets.DatePicker):
        try:
            control.value = date.fromisoformat(str(value))
        except ValueError:
            raise ValueError(f"{_as_text(value)} is no day: write 2026-01-31") from None
    else:
        control.value = masker.mask(_as_text(value))


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
    default = f"default {_as_text(about.default)}" if known else ""
    parts = [about.description.rstrip("."), kind if about.secret else about.type, about.limits, default]
    return tag("div", muted("; ".join(part for part in parts if part)), style="line-height: 1.3; max-width: 52em")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) and "\n" not in item for item in value):
        return "\n".join(value)
    if isinstance(value, bool | int | float | str):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
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
