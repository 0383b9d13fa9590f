"""What files in FOCUS columns write in their own way: the names of columns, and dates and amounts as a spreadsheet put them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_written", "focus_columns"]


def focus_columns(names: Sequence[str]) -> dict[str, str]:
    """The FOCUS columns that a table with these names has, each with the name that it has there, as the store finds them.

    >>> focus_columns(["billed_cost", "Region", "BilledCost", "charge period start"])
    {'BilledCost': 'BilledCost', 'ChargePeriodStart': 'charge period start'}
    """
    from finopsnb.focus.names import EXACT, RENAMED, match

    return {one.target: name for name, one in zip(names, match(names), strict=True) if one.how in (EXACT, RENAMED)}


def as_written(table: pa.Table, date_format: str, amounts: str) -> pa.Table:
    """The table with the texts of its times read by ``date_format``, and without the signs of ``amounts`` in its numbers.

    What cannot be read so stays as it is, for the checks to tell. Columns are those of FOCUS by their kind.
    """
    from finopsnb.focus import COLUMNS

    for column, name in focus_columns(table.column_names).items():
        place, kind = table.column_names.index(name), COLUMNS[column].kind
        if str(table.schema.types[place]) != "string":
            continue
        if kind == "Date/Time" and date_format:
            table = table.set_column(place, name, _times(table[place], date_format))
        elif kind == "Decimal" and amounts:
            table = table.set_column(place, name, _numbers(table[place], amounts))
    return table


def _times(texts: Any, date_format: str) -> Any:
    import pyarrow.compute as pc

    read = pc.strptime(texts, format=date_format, unit="s", error_is_null=True)
    return pc.coalesce(pc.strftime(read, format="%Y-%m-%dT%H:%M:%SZ"), texts)


def _numbers(texts: Any, signs: str) -> Any:
    import re

    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(pc.replace_substring_regex(texts, pattern=f"[{re.escape(signs)}]", replacement=""))
