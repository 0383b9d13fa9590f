"""Amounts as floats beside what they are, for rules that only ask whether they are about the same.

A DECIMAL(38,18) becomes a float in a third of a microsecond in DuckDB, and in a twentieth of one in Arrow. So it is done while a table
still is one of Arrow, and a rule that meets a table without the floats makes them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FLOATS", "as_float", "with_floats"]

#: the column that holds an amount as a float
FLOATS = {name: f"_{name}_float" for name in ("PricingQuantity", "ListUnitPrice", "ListCost", "ContractedUnitPrice", "ContractedCost")}


def with_floats(table: pa.Table) -> pa.Table:
    """The table, and each of its decimals that :data:`FLOATS` names as a float too."""
    import pyarrow as pa

    for name, beside in FLOATS.items():
        if name in table.column_names and pa.types.is_decimal(table.schema.field(name).type):
            table = table.append_column(beside, table.column(name).cast(pa.float64()))
    return table


def as_float(row: Any, name: str) -> Any:
    """An amount of a row of a table as a float; null where the amount is."""
    import ibis

    made = row[name].cast("float64")
    return ibis.coalesce(row[FLOATS[name]], made) if FLOATS[name] in row.columns else made
