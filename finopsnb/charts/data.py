"""From a small table to the values of a chart, under field names of our own.

Vega-Lite reads a field name as a path (``a.b[0]``) and may read text as an expression, so column names of the data
never reach a chart: the builders name the fields they draw, and the data gives the values.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from finopsnb.errors import FinopsError, nearest

__all__ = ["Records", "base", "columns_of", "milliseconds", "plain", "seen", "shared", "shown"]

#: rows as a chart takes them
Records = list[dict[str, Any]]

_LONGEST = 200
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(table: Any, fields: Mapping[str, str]) -> Records:
    """The rows of ``table`` (pyarrow, pandas, polars or a list of dicts) with ``fields``: field name to column name.

    Decimals become floats, days and times milliseconds since 1970 in UTC, and text is made safe to show.
    Raises FinopsError when a column is missing.

    >>> plain([{"a.b": Decimal("1.5"), "x": 1}], {"cost": "a.b"})
    [{'cost': 1.5}]
    """
    columns = columns_of(table)
    for column in fields.values():
        if column not in columns:
            near = nearest(column, columns)
            raise FinopsError(
                f"The chart's data has no column {column}.",
                why=f"It has {', '.join(columns) or 'no columns'}.",
                hint=f'"{near}"' if near else "name one of these columns",
            )
    values = (map(_value, columns[column]) for column in fields.values())
    return [dict(zip(fields, row, strict=True)) for row in zip(*values, strict=True)]


def base(source: Any) -> Any:
    """A chart without a mark over records; a chart that has its data already (and perhaps transforms) as it is."""
    import altair as alt

    return alt.Chart(shared(alt.InlineData)(values=source)) if isinstance(source, list) else source


@functools.cache
def shared(kind: type[Any]) -> type[Any]:
    """That kind of part of a chart, to be the same in all copies of it: Altair copies a chart at each step, and with it every cell of its
    data and every property of its axes. Such a part is not changed once it is made.
    """
    return type(kind.__name__, (kind,), {"__deepcopy__": lambda self, _memo=None: self})


def columns_of(table: Any) -> dict[str, list[Any]]:
    """The columns of a table (pyarrow, pandas, polars or a list of dicts) by their names."""
    if isinstance(table, list):
        names = list(dict.fromkeys(name for row in table for name in row))
        return {name: [row.get(name) for row in table] for name in names}
    if hasattr(table, "to_pydict"):
        found: dict[str, list[Any]] = table.to_pydict()
        return found
    return {str(name): list(table[name]) for name in table.columns}


def _value(value: Any) -> Any:
    return next((convert(value) for kind, convert in _CONVERTED if isinstance(value, kind)), value)


def shown(text: str) -> str:
    """Text as it may be shown: at most 200 characters, and what cannot be seen (bidirectional marks, controls) named.

    >>> shown("a" + chr(0x202E) + "b")
    'a<U+202E>b'
    """
    return seen(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def seen(text: str) -> str:
    """A line of text, however long, in which what cannot be seen is named."""
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _UNSEEN else c for c in text)


def milliseconds(day: date) -> int:
    """A day, or a time (naive is UTC), in milliseconds since 1970.

    >>> milliseconds(date(1970, 1, 2))
    86400000
    """
    when = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC)
    return round((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)


def _number(value: Decimal | float) -> float | None:
    """Six significant places beyond the point are enough for a picture; no NaN and no infinity."""
    return round(float(value), 6) if math.isfinite(value) else None


_CONVERTED: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (str, shown),
    (Decimal, _number),
    (float, _number),
    (date, milliseconds),
)
