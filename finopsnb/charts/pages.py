"""Dashboards as HTML: one self-contained page whose charts answer to the pointer, and pieces for a notebook that need no script.

The page carries its libraries. Its content security policy lets only the scripts run whose hashes it names and connects to nothing; Vega
evaluates expressions with its interpreter instead of ``eval``, and each specification stands in a block of JSON that no text in it can
close. A reader without scripts sees a picture. Each chart is followed by its words and the tables of its figures, folded.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from finopsnb.charts.composing import Drawn
from finopsnb.charts.data import seen
from finopsnb.charts.rendering import VEGA_LITE
from finopsnb.charts.tables import Figures

__all__ = ["heading_html", "static_html", "to_html", "words_html"]

_START = """
for (const place of document.querySelectorAll(".chart")) {
  const spec = JSON.parse(place.nextElementSibling.textContent);
  const options = {mode: "vega-lite", ast: true, actions: false, renderer: "svg", tooltip: true};
  vegaEmbed(place, spec, options).catch(error => { place.textContent = String(error); });
}
"""

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
body { margin: 2rem auto; max-width: 1120px; padding: 0 1rem; }
h1 { font-size: 1.5rem; } figure { margin: 2rem 0; overflow-x: auto; } pre { white-space: pre-wrap; font: inherit; }
figcaption { margin-top: .5rem; } summary { cursor: pointer; } img { max-width: 100%; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px; } caption { text-align: left; font-weight: 600; }
th, td { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top; } thead th { border-bottom: 1px solid GrayText; }
#vg-tooltip-element { background: Canvas; color: CanvasText; border: 1px solid GrayText; border-radius: 4px; }
#vg-tooltip-element { font-size: 12px; padding: 6px 8px; position: fixed; visibility: hidden; z-index: 1000; }
#vg-tooltip-element.visible { visibility: visible; }
#vg-tooltip-element td.key { color: GrayText; padding-right: 8px; text-align: right; }
"""


def to_html(charts: Iterable[Any], *, title: str = "FinOps report", text: str = "") -> str:
    """One self-contained page of charts (or of the parts of :class:`Dashboards`, under their headings), with ``text`` before them.

    It needs no network. Everything that comes from data is escaped. The page may run only its own two scripts.
    """
    parts = (one if isinstance(one, Drawn) else Drawn("", one) for one in charts)
    sections = "\n".join(map(_section, parts))
    scripts = (_library(), _START)
    introduction = f"<pre>{_escaped(text)}</pre>" if text else ""
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_escaped(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{_escaped(title)}</h1>\n{introduction}\n{sections}",
            *(f"<script>{script}</script>" for script in scripts),
            "</body>\n</html>\n",
        ]
    )


def heading_html(part: Drawn, level: int = 3) -> str:
    """The name of a dashboard as a heading; under it, of one that could not be drawn, what went wrong."""
    heading = f"<h{level}>{_escaped(part.heading)}</h{level}>" if part.name else ""
    return heading if part.error is None else f"{heading}\n<pre>✕ {_escaped(part.text)}</pre>"


def words_html(part: Drawn) -> str:
    """What a dashboard finds in words, and its figures as tables, folded."""
    tables = "".join(map(_table, part.picture.figures))
    return f"<details><summary>In words and figures</summary><pre>{_escaped(part.text)}</pre>{tables}</details>"


def static_html(part: Drawn) -> str:
    """A dashboard that needs neither a script nor a kernel: heading, picture, words and figures."""
    heading = heading_html(part)
    return heading if part.error is not None else f"{heading}\n{_image(part)}\n{words_html(part)}"


def _section(part: Drawn) -> str:
    heading = heading_html(part, 2)
    if part.error is not None:
        return f"<section>{heading}</section>"
    return (
        f'<section>{heading}<figure><div class="chart" role="img" aria-label="{_escaped(part.text)}"></div>'
        f'<script type="application/json">{_embedded(part.picture.spec)}</script><noscript>{_image(part)}</noscript>'
        f"<figcaption>{words_html(part)}</figcaption></figure></section>"
    )


def _image(part: Drawn) -> str:
    data = base64.b64encode(part.picture.png()).decode()
    return f'<img alt="{_escaped(part.text)}" src="data:image/png;base64,{data}">'


def _table(figures: Figures) -> str:
    head = "".join(f'<th scope="col">{_escaped(name)}</th>' for name in figures.columns)
    rows = "".join("<tr>" + "".join(f"<td>{_escaped(cell)}</td>" for cell in row) + "</tr>" for row in figures.rows)
    more = f"<p>... and {figures.more:,} more.</p>" if figures.more else ""
    return f"<table><caption>{_escaped(figures.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _escaped(text: str) -> str:
    """Text as HTML that shows it, with what cannot be seen written out."""
    return html.escape("\n".join(map(seen, text.split("\n"))), quote=True)


def _embedded(spec: dict[str, Any]) -> str:
    """JSON that can neither end the script it stands in nor begin a comment or another one."""
    text = json.dumps(spec, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(scripts: Iterable[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    nothing_else = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {hashes}; {nothing_else}"


@cache
def _library() -> str:
    """Vega, Vega-Lite and the embedding, as one script."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VEGA_LITE)
    return bundle.replace("</script", "<\\/script")
