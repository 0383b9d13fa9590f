"""How values look in a notebook: charts that are drawn offline, and cards in HTML.

Every piece of text reaches HTML through :func:`escape`, called by :func:`tag` for each child and attribute that is not
:class:`Html` already; nothing else in this package writes ``<``. Names, descriptions and errors come from plugins and
from bills, that is, from strangers.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from finopsnb.commands.cards import Details, Overview, details_rows, field_row, overview_rows, signed
from finopsnb.commands.texts import shown_path, visible

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Html", "details_html", "escape", "overview_html", "register", "tag", "unregister"]

_CHART = "altair.vegalite.v6.api.TopLevelMixin"
_CELL = "text-align: left; padding: 0.1em 1em 0.1em 0"


class Html(str):
    """Text that is HTML already, made by :func:`tag`."""


def escape(value: object) -> Html:
    """Any text as HTML that shows it: markup is shown and not obeyed, hidden characters are written out."""
    return value if isinstance(value, Html) else Html(html.escape(visible(value, keep="\n"), quote=True))


def tag(name: str, *children: object, **attributes: str) -> Html:
    """An element with its children, escaped where they are not Html; ``attributes`` are constants of this module.

    >>> tag("b", "a < b")
    '<b>a &lt; b</b>'
    """
    inner = "".join(escape(child) for child in children)
    outer = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{outer}>{inner}</{name}>")


def overview_html(overview: Overview) -> str:
    """The card of ``%finops``."""
    parts = [_title("finopsnb", shown_path(overview["path"]) if overview["path"] else "no session is open")]
    for title, rows in overview_rows(overview):
        parts += [_heading(title), _rows(row.values() for row in rows)]
    parts += [_heading("next"), tag("div", *(tag("div", tag("code", step)) for step in overview["next"]))]
    return tag("div", *parts)


def details_html(details: Details) -> str:
    """The card of ``%finops info``."""
    known = _rows(row.values() for row in details_rows(details))
    parts = [_title(f"{details['name']} {details['version']}", signed(details["state"])), known]
    if details.get("fields"):
        parts += [_heading("settings"), _rows(field_row(field).values() for field in details["fields"])]
    return tag("div", *parts)


def register(shell: InteractiveShell) -> None:
    """Teach a shell to show charts offline, and the cards; imports neither Altair nor anything else heavy."""
    for formatter, type_name, function in _formatters(shell):
        module, _, name = type_name.rpartition(".")
        formatter.for_type_by_name(module, name, function)


def unregister(shell: InteractiveShell) -> None:
    """Take off what :func:`register` put on."""
    for formatter, type_name, _ in _formatters(shell):
        formatter.pop(type_name, None)


def _formatters(shell: InteractiveShell) -> list[tuple[Any, str, Callable[[Any], Any]]]:
    display = shell.display_formatter
    if display is None:
        return []
    text_html = display.formatters["text/html"]
    return [
        (display.mimebundle_formatter, _CHART, _chart),
        (text_html, f"{Overview.__module__}.Overview", overview_html),
        (text_html, f"{Details.__module__}.Details", details_html),
    ]


def _chart(chart: Any) -> Mapping[str, Any]:
    from finopsnb.charts.rendering import to_mimebundle

    bundle: Mapping[str, Any] = to_mimebundle(chart)
    return bundle


def _title(name: str, told_of_it: str) -> Html:
    return tag("div", tag("strong", name), " ", told_of_it)


def _heading(text: str) -> Html:
    return tag("div", text, style="margin-top: 0.5em; opacity: 0.75")


def _rows(rows: Iterable[Iterable[object]]) -> Html:
    return tag("table", *(tag("tr", *(tag("td", cell, style=_CELL) for cell in row)) for row in rows))
