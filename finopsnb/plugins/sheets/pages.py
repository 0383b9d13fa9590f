"""A table as one HTML page that needs nothing else and runs nothing."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_page"]

_MOST_ROWS = 10_000
_STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; margin: 2rem; }
table { border-collapse: collapse; } th, td { border-bottom: 1px solid GrayText; padding: .2rem .6rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


def write_page(table: pa.Table, path: Path, title: str) -> None:
    """Write the rows, every text of them escaped; raises FinopsError for more rows than a page is good for."""
    if table.num_rows > _MOST_ROWS:
        why = f"A page has up to {_MOST_ROWS:,}."
        raise FinopsError(f"{table.num_rows:,} rows do not go on a page.", why=why, hint=f'"{title}.parquet"')
    head = "".join(f"<th>{html.escape(name)}</th>" for name in table.column_names)
    body = "\n".join(f"<tr>{''.join(map(_cell, row.values()))}</tr>" for row in table.to_pylist())
    told = html.escape(title)
    path.write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{told}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{told}</h1>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</body>\n</html>\n",
        encoding="utf-8",
    )


def _cell(value: Any) -> str:
    if value is None:
        return "<td></td>"
    kind = "" if isinstance(value, str | bool) else ' class="number"'
    return f"<td{kind}>{html.escape(str(value))}</td>"
