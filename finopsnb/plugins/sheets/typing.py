"""Texts of a sheet as what they stand for, where somebody says so: nothing is guessed, so that account ids stay what they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from finopsnb.errors import SourceError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KINDS", "Kind", "typed"]

Kind = Literal["text", "number", "whole", "date", "time", "boolean"]
#: what a column can be said to hold: number is an exact decimal, time is in UTC unless it says otherwise
KINDS: tuple[Kind, ...] = get_args(Kind)
_SAID = {"text": "a text", "number": "a number", "whole": "a whole number", "date": "a day", "time": "a time", "boolean": "true or false"}


def typed(table: pa.Table, columns: Mapping[str, Kind], said: str) -> pa.Table:
    """The table with these columns in the types that their kinds stand for; blank cells of them are null.

    Raises SourceError, with the near name, for a column that is not there, and for a cell that is not of its kind, quoting it.
    """
    for name, kind in columns.items():
        if name not in table.column_names:
            near = nearest(name, table.column_names)
            raise SourceError(
                f"{said} has no column {name}.",
                why=f"Its columns are {', '.join(table.column_names)}.",
                hint=f'columns={{"{near}": "{kind}"}}' if near else "",
            )
        table = table.set_column(table.column_names.index(name), name, _read(table[name], kind, name, said))
    return table


def _read(column: pa.ChunkedArray, kind: Kind, name: str, said: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    if kind == "text":
        return column.cast(pa.string())
    filled = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    try:
        return _cast(filled, kind)
    except pa.ArrowInvalid as error:
        wrong = next((text for text in filled.to_pylist() if text is not None and not _fits(text, kind)), "")
        raise SourceError(
            f"The column {name} of {said} has {wrong!r}, which is not {_SAID[kind]}.", why=str(error).split("\n")[0]
        ) from error


def _fits(text: str, kind: Kind) -> bool:
    import pyarrow as pa

    try:
        _cast(pa.array([text]), kind)
    except pa.ArrowInvalid:
        return False
    return True


def _cast(texts: Any, kind: Kind) -> Any:
    import pyarrow as pa

    if kind == "number":
        return texts.cast(pa.decimal128(38, 18))
    if kind == "whole":
        return texts.cast(pa.int64())
    if kind == "boolean":
        return texts.cast(pa.bool_())
    return _moments(texts) if kind == "time" else _moments(texts).cast(pa.date32())


def _moments(texts: Any) -> Any:
    """Times in UTC; those that name no zone are in it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    zoned = pc.match_substring_regex(texts, r"(?i)(z|[+-]\d\d:?\d\d)$")
    told = pc.match_substring(texts, ":")
    whole = pc.if_else(told, texts, pc.binary_join_element_wise(texts, "00:00:00", " "))
    return pc.if_else(pc.and_(zoned, told), whole, pc.binary_join_element_wise(whole, "Z", "")).cast(pa.timestamp("us", "UTC"))
