"""The parts that every tab is made of: labelled controls, a table in HTML, a line of status, and pages.

A ``Layout`` is a widget too, and one that two controls share hides both when one is hidden: layouts are given as dicts here, so that
each control has its own. Text reaches HTML through :func:`finopsnb.notebook.display.tag` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ipywidgets as widgets

from finopsnb.errors import FinopsError
from finopsnb.notebook.display import Html, tag
from finopsnb.plugins.secrets import masker

__all__ = ["Pages", "Status", "area", "button", "choice", "discard", "entry", "muted", "page_of", "show", "table"]

_CELL = "text-align: left; vertical-align: top; padding: 0.1em 1em 0.1em 0; white-space: pre-wrap; overflow-wrap: anywhere"
_HEAD = "opacity: 0.75; font-weight: normal; white-space: nowrap; overflow-wrap: normal"
_NUMBER = "text-align: right; vertical-align: top; padding: 0.1em 1em 0.1em 0; font-variant-numeric: tabular-nums"
_LONGEST = 400


def button(text: str, tooltip: str, act: Callable[[], None], **about: Any) -> widgets.Button:
    """A button that says what it does in words."""
    made = widgets.Button(description=text, tooltip=tooltip, layout={"width": "auto", "min_width": "5.2em"}, **about)
    made.on_click(lambda _: act())
    return made


def entry(label: str, placeholder: str, heard: Callable[[str], None] | None = None, **about: Any) -> widgets.Text:
    """A line of text under its label; ``heard`` is told what is in it when it changes."""
    return _labelled(widgets.Text, label, heard, placeholder=placeholder, **about)


def area(label: str, rows: int, **about: Any) -> widgets.Textarea:
    """Several lines of text under their label."""
    made = _labelled(widgets.Textarea, label, None, rows=rows, **about)
    made.layout.width = "98%"
    return made


def choice(label: str, options: Sequence[Any], heard: Callable[[Any], None] | None = None, **about: Any) -> widgets.Dropdown:
    """One of a few values."""
    return _labelled(widgets.Dropdown, label, heard, options=list(options), **about)


def _labelled(kind: type, label: str, heard: Callable[[Any], None] | None, **about: Any) -> Any:
    made = kind(description=label, **{"style": {"description_width": "auto"}, "layout": {"width": "auto"}, **about})
    if heard is not None:
        made.observe(lambda change: heard(change["new"]), "value")
    return made


def discard(widget: Any) -> None:
    """Close a widget and all that belongs to it, so that its state is saved no more."""
    for child in getattr(widget, "children", ()):
        discard(child)
    for part in (getattr(widget, "layout", None), getattr(widget, "style", None), widget):
        if isinstance(part, widgets.Widget):
            part.close()


class Status:
    """What happened last, in a sentence; a screen reader says it."""

    def __init__(self) -> None:
        self.widget = widgets.HTML(value=self._told("", ""))
        self._failed = False

    def say(self, text: str) -> None:
        """Tell of something that went well."""
        self.widget.value, self._failed = self._told("✓", text), False

    def fail(self, error: FinopsError) -> None:
        """Tell of an error: what, why, and the hint."""
        self.widget.value, self._failed = self._told("✕", masker.mask(str(error))), True

    def trying(self, act: Callable[[], str | None]) -> None:
        """Do something and say what it returns; a user's mistake is told, and anything else is a fault of ours and shows."""
        try:
            said = act()
        except FinopsError as error:
            self.fail(error)
        else:
            if said is not None:
                self.say(said)
            elif self._failed:  # what is right now is no longer told to be wrong
                self.widget.value, self._failed = self._told("", ""), False

    @staticmethod
    def _told(sign: str, text: str) -> Html:
        live = {"role": "status", "aria-live": "polite"}
        return tag("div", f"{sign} {text}" if text else "", style="white-space: pre-wrap; min-height: 1.4em; line-height: 1.4", **live)


class Pages:
    """Which page of how many; two buttons lead on and back."""

    def __init__(self, size: int, turned: Callable[[], None]) -> None:
        self.size, self.number, self._total, self._turned = size, 0, 0, turned
        self._back = button("◂ Back", "the page before", lambda: self._turn(-1))
        self._on = button("On ▸", "the next page", lambda: self._turn(1))
        self._where = widgets.HTML()
        self.widget = widgets.HBox([self._back, self._where, self._on], layout={"align_items": "center"})

    def cut(self, total: int) -> slice:
        """The rows of the page out of ``total``; the page moves back where there are fewer than before."""
        last = max(0, (total - 1) // self.size)
        self.number = min(self.number, last)
        self._total = total
        self._back.disabled, self._on.disabled = self.number == 0, self.number == last
        show(self._where, tag("span", f"page {self.number + 1:,} of {last + 1:,}", style="padding: 0 0.7em"))
        return page_of(self.number, self.size)

    def first(self) -> None:
        """Begin at the first page again, as when what is asked for changed."""
        self.number = 0

    def _turn(self, by: int) -> None:
        self.number = max(0, self.number + by)
        self._turned()


def page_of(number: int, size: int) -> slice:
    """The place of a page in a list.

    >>> page_of(2, 10)
    slice(20, 30, None)
    """
    return slice(number * size, (number + 1) * size)


def show(widget: widgets.HTML, html: Html) -> None:
    """Put HTML of ours into a widget; the type says that it was escaped."""
    if widget.value != html:
        widget.value = html


def muted(text: str) -> Html:
    """Text of less weight."""
    return tag("span", text, style="opacity: 0.75")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str, numbers: Sequence[str] = ()) -> Html:
    """Rows as a table with headings; those named in ``numbers`` stand to the right. Long text is cut at 400 characters."""
    styles = [_NUMBER if name in numbers else _CELL for name in headings]
    head = (tag("th", name, scope="col", style=f"{style}; {_HEAD}") for name, style in zip(headings, styles, strict=True))
    body = (tag("tr", *(tag("td", _cut(cell), style=style) for cell, style in zip(row, styles, strict=True))) for row in rows)
    said = tag("caption", caption, style="text-align: left; opacity: 0.75; padding: 0.3em 0")
    return tag("table", said, tag("thead", tag("tr", *head)), tag("tbody", *body), style="border-collapse: collapse; line-height: 1.5")


def _cut(cell: object) -> object:
    if isinstance(cell, Html):
        return cell
    text = "" if cell is None else masker.mask(str(cell))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
