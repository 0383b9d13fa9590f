"""Charts without a network: in a notebook, and as one HTML file.

JupyterLab registers Vega-Lite up to 5, so a chart goes out as that, with a picture for readers without Vega and a text
for readers without eyes. The HTML file carries its libraries. Its content security policy lets only the scripts run
whose hashes it names and connects to nothing; Vega evaluates expressions with its interpreter instead of ``eval``, and
each specification stands in a block of JSON that no text in it can close.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from functools import cache
from typing import Any

__all__ = ["VEGA_LITE", "summary", "to_html", "to_mimebundle", "to_pdf", "to_png", "to_spec"]

#: the Vega-Lite that compiles all charts, here and (nearly) in the notebook
VEGA_LITE = "5.8"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.8.0.json"

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
figcaption { margin-top: .5rem; } summary { cursor: pointer; }
#vg-tooltip-element { background: Canvas; color: CanvasText; border: 1px solid GrayText; border-radius: 4px; }
#vg-tooltip-element { font-size: 12px; padding: 6px 8px; position: fixed; visibility: hidden; z-index: 1000; }
#vg-tooltip-element.visible { visibility: visible; }
#vg-tooltip-element td.key { color: GrayText; padding-right: 8px; text-align: right; }
"""


def to_spec(chart: Any) -> dict[str, Any]:
    """The Vega-Lite specification of a chart, marked as version 5."""
    spec: dict[str, Any] = chart.to_dict()
    return {**spec, "$schema": _SCHEMA}


def to_png(chart: Any, *, scale: float = 1.0) -> bytes:
    """A picture of a chart; nothing is fetched to make it."""
    return _png(to_spec(chart), scale)


def _png(spec: dict[str, Any], scale: float) -> bytes:
    import vl_convert

    picture: bytes = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=scale, allowed_base_urls=[])
    return picture


def to_pdf(chart: Any) -> bytes:
    """A chart as one page of PDF; nothing is fetched to make it."""
    import vl_convert

    page: bytes = vl_convert.vegalite_to_pdf(to_spec(chart), vl_version=VEGA_LITE, allowed_base_urls=[])
    return page


def to_mimebundle(chart: Any, *, scale: float = 1.0) -> dict[str, Any]:
    """What a notebook shows: the live chart (Vega-Lite 5), a picture, and words; each front end takes what it can."""
    spec = to_spec(chart)
    return {
        "application/vnd.vegalite.v5+json": spec,
        "image/png": base64.b64encode(_png(spec, scale)).decode(),
        "text/plain": summary(spec),
    }


def summary(chart: Any) -> str:
    """A chart in words: its title, subtitle and description."""
    spec = chart if isinstance(chart, dict) else chart.to_dict()
    title = spec.get("title") or ""
    parts = [title] if isinstance(title, (str, list)) else [title.get("text", ""), title.get("subtitle", "")]
    parts.append(spec.get("description", ""))
    told = (" ".join(part) if isinstance(part, list) else str(part) for part in parts)
    return "\n".join(dict.fromkeys(line for line in told if line)) or "A chart without a title."


def to_html(charts: Iterable[Any], *, title: str = "FinOps report", text: str = "") -> str:
    """One self-contained page with charts, the words of each folded under it, and ``text`` before them.

    It needs no network. Everything that comes from data is escaped. The page may run only its own two scripts.
    """
    figures = "\n".join(_figure(to_spec(chart)) for chart in charts)
    scripts = (_library(), _START)
    introduction = f"<pre>{html.escape(text)}</pre>" if text else ""
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{html.escape(title)}</h1>\n{introduction}\n{figures}",
            *(f"<script>{script}</script>" for script in scripts),
            "</body>\n</html>\n",
        ]
    )


def _figure(spec: dict[str, Any]) -> str:
    words = html.escape(summary(spec))
    return (
        f'<figure><div class="chart" role="img"></div><script type="application/json">{_embedded(spec)}</script>'
        f"<figcaption><details><summary>In words</summary><pre>{words}</pre></details></figcaption></figure>"
    )


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
