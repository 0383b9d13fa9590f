"""Tables and other results as text for a shell: aligned, CSV or JSON."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

from finopsnb.commands.texts import count, visible

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "print_value"]

_ROWS, _WIDTH = 100, 60


def print_value(value: Any, kind: str, out: IO[str]) -> None:
    """Write a command's value: an Arrow table in the format asked for, anything else as its text."""
    if hasattr(value, "to_batches"):
        FORMATS[kind](value, out)
    elif kind == "json" and isinstance(value, dict | list):
        out.write(json.dumps(value, default=_as_text, ensure_ascii=False, indent=2) + "\n")
    elif value is not None:
        out.write(f"{value!r}\n" if not isinstance(value, str) else f"{value}\n")


def _print_aligned(table: pa.Table, out: IO[str]) -> None:
    """The first hundred rows and, on a terminal, the columns that it has room for; numbers to the right."""
    columns = [_column(name, table.column(name).slice(0, _ROWS)) for name in table.column_names]
    fitting = columns[: _fitting(columns, out)]
    for row in zip(*fitting, strict=True):
        out.write("  ".join(row).rstrip() + "\n")
    for more, noun in ((table.num_rows - _ROWS, "row"), (len(columns) - len(fitting), "column")):
        if more > 0:
            out.write(f"... and {count(more, 'more ' + noun)}; --format csv prints all\n")


def _column(name: str, values: Any) -> list[str]:
    """A column as cells of one width, with its heading."""
    cells = [visible(name), *(_cell(value) for value in values.to_pylist())]
    width = max(map(len, cells))
    padded = [cell.rjust(width) if _is_number(values.type) else cell.ljust(width) for cell in cells]
    return [padded[0], "-" * width, *padded[1:]]


def _fitting(columns: list[list[str]], out: IO[str]) -> int:
    """How many columns the terminal has room for; all of them where the output goes elsewhere."""
    if not out.isatty():
        return len(columns)
    room, used = shutil.get_terminal_size().columns, 0
    for number, column in enumerate(columns):
        used += len(column[0]) + 2
        if used - 2 > room and number:
            return number
    return len(columns)


def _print_csv(table: pa.Table, out: IO[str]) -> None:
    import csv

    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.column_names)
    for batch in table.to_batches():
        columns = [[_plain(value) for value in column.to_pylist()] for column in batch.columns]
        writer.writerows(zip(*columns, strict=True))


def _print_json(table: pa.Table, out: IO[str]) -> None:
    """A list of objects; decimals are text, so that no digit is lost."""
    rows = table.to_pylist(maps_as_pydicts="lossy")
    out.write(json.dumps(rows, default=_as_text, ensure_ascii=False, indent=2) + "\n")


FORMATS: Mapping[str, Callable[[Any, IO[str]], None]] = {
    "table": _print_aligned,
    "csv": _print_csv,
    "json": _print_json,
}


def _cell(value: Any) -> str:
    text = visible(_plain(value))
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.6g}"
        case dict() | list() | tuple():
            return json.dumps(_without_tuples(value), default=_as_text, ensure_ascii=False)
        case _:
            return _as_text(value)


def _without_tuples(value: Any) -> Any:
    """Arrow gives a map as a list of pairs."""
    pairs = isinstance(value, list) and value and all(isinstance(one, tuple) and len(one) == 2 for one in value)
    return dict(value) if pairs else value


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _is_number(kind: Any) -> bool:
    import pyarrow.types as types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))
