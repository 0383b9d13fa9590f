"""Looking through a table: what is wanted of it, in which order, and a profile of its columns, as Ibis expressions for the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

__all__ = ["OPERATORS", "Look", "profile", "wanted"]

#: how a column is held against a text; those that compare read the text as the type of the column
OPERATORS = ("contains", "=", "≠", "≥", "≤", "is empty", "is not empty")


@dataclass(frozen=True)
class Look:
    """What is wanted: ``column operator text`` where a column is named, and the rows by ``sort``."""

    sort: str = ""
    descending: bool = False
    column: str = ""
    operator: str = "contains"
    text: str = ""


def wanted(table: ir.Table, look: Look) -> ir.Table:
    """The rows that are wanted, in order, those without a value last.

    A text that is no value of the column's type is an error of the engine when the rows are read.
    """
    if look.column and (look.text or look.operator.startswith("is")):
        table = table.filter(_condition(table[look.column], look))
    if not look.sort:
        return table
    column = _comparable(table[look.sort])
    return table.order_by(column.desc(nulls_first=False) if look.descending else column.asc(nulls_first=False))


def profile(table: ir.Table, columns: Sequence[str]) -> ir.Table:
    """One row: of each column, by its place, how many values are filled and distinct (about), the least, the greatest, the commonest."""
    measures: dict[str, Any] = {"rows": table.count()}
    for place, name in enumerate(columns):
        column = _comparable(table[name])
        measures |= {
            f"filled_{place}": table[name].notnull().sum().coalesce(0),
            f"distinct_{place}": column.approx_nunique(),
            f"least_{place}": column.min(),
            f"greatest_{place}": column.max(),
            f"commonest_{place}": column.mode(),
        }
    return table.aggregate(**measures)


def _condition(column: Any, look: Look) -> Any:
    import ibis

    if look.operator == "is empty":
        return column.isnull()
    if look.operator == "is not empty":
        return column.notnull()
    if look.operator == "contains":
        return column.cast("string").lower().contains(look.text.lower())
    comparable = _comparable(column)
    value = ibis.literal(look.text).cast(comparable.type())
    compare = {"=": comparable.__eq__, "≠": comparable.__ne__, "≥": comparable.__ge__, "≤": comparable.__le__}
    return compare[look.operator](value)


def _comparable(column: Any) -> Any:
    """Maps, lists and JSON are compared as their text."""
    return column.cast("string") if column.type().is_nested() or column.type().is_json() else column
