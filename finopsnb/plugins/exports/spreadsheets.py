"""Dates and amounts as a spreadsheet wrote them into a CSV file, back in the form that FOCUS asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_written"]


def as_written(table: pa.Table, date_format: str, amounts: str) -> pa.Table:
    """The table with the texts of its times read by ``date_format``, and without the signs of ``amounts`` in its numbers.

    What cannot be read so stays as it is, for the checks to tell. Columns are those of FOCUS by their kind.
    """
    from finopsnb.focus import COLUMNS

    kinds = {name.casefold(): column.kind for name, column in COLUMNS.items()}
    for place, field in enumerate(table.schema):
        kind = kinds.get(field.name.casefold()) if str(field.type) == "string" else None
        if kind == "Date/Time" and date_format:
            table = table.set_column(place, field, _times(table[place], date_format))
        elif kind == "Decimal" and amounts:
            table = table.set_column(place, field, _numbers(table[place], amounts))
    return table


def _times(texts: Any, date_format: str) -> Any:
    import pyarrow.compute as pc

    read = pc.strptime(texts, format=date_format, unit="s", error_is_null=True)
    return pc.coalesce(pc.strftime(read, format="%Y-%m-%dT%H:%M:%SZ"), texts)


def _numbers(texts: Any, signs: str) -> Any:
    import re

    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, pattern=f"[{re.escape(signs)}]", replacement=""))
