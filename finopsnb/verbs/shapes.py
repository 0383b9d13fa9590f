"""What the six types that are not telemetry may return, and how it becomes rows of their table.

attribution     allocations        owner and amount are required
recommendation  recommendations    title is required
policy          violations         policy and message are required
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finopsnb.errors import PluginOutputError, nearest
from finopsnb.plugins import tabular

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["SHAPES", "Shape", "conform"]


@dataclass(frozen=True)
class Shape:
    """The table that a type's output goes to: what must be there, and what makes a row the same row next time."""

    table: str
    required: tuple[str, ...]
    identity: str = ""
    identified_by: tuple[str, ...] = ()
    #: stands in for a rule that is not named; the text of a violation may have figures in it that move from run to run
    in_place_of_rule: str = ""


SHAPES = {
    "attribution": Shape("allocations", ("owner", "amount")),
    "recommendation": Shape("recommendations", ("title",), "recommendation_id", ("category", "ResourceId", "SubAccountId", "title")),
    "policy": Shape(
        "violations", ("policy", "message"), "violation_id", ("policy", "rule", "ResourceId", "SubAccountId", "BillingCurrency"), "message"
    ),
}


def conform(output: Any, shape: Shape, columns: Sequence[str], plugin: str) -> pa.Table:
    """``output`` as Arrow with columns of the table only; raises PluginOutputError that names what is wrong.

    An empty list, or a table without rows, is a good answer: there is nothing to say.
    """
    expected = f"rows with {', '.join(shape.required)} (and any of: {', '.join(columns)})"
    if isinstance(output, list | tuple) and not output:
        return _empty(columns)
    table = tabular.to_arrow(output, what=f"the output of {plugin}")
    if not table.num_rows:
        return _empty(columns)
    missing = [name for name in shape.required if name not in table.column_names]
    strange = [name for name in table.column_names if name not in columns]
    if missing or strange:
        raise PluginOutputError(
            f"The output of {plugin} does not fit the table {shape.table}: {_misfit(missing, strange, columns)}.",
            why=f"Expected {expected}.",
            hint=f"rename or drop the columns in {plugin}",
            plugin=plugin,
            phase="run",
        )
    return _identified(table, shape, plugin)


def _misfit(missing: Iterable[str], strange: Iterable[str], columns: Sequence[str]) -> str:
    said = [f"{name} is missing" for name in missing]
    for name in strange:
        near = nearest(name, columns)
        said.append(f"{name} is not one of its columns" + (f" (did you mean {near}?)" if near else ""))
    return "; ".join(said)


def _identified(table: pa.Table, shape: Shape, plugin: str) -> pa.Table:
    """Give every row the id that it will have again when the plugin finds the same thing in a later run."""
    import pyarrow as pa

    if not shape.identity:
        return table
    given = table.column(shape.identity).to_pylist() if shape.identity in table.column_names else [None] * len(table)
    parts = [_values(table, column, shape) for column in shape.identified_by if column in table.column_names or shape.in_place_of_rule]
    rows = zip(*parts, strict=True) if parts else iter([()] * len(table))
    ids = [one or _digest(plugin, row) for one, row in zip(given, rows, strict=True)]
    rest = table.drop_columns([shape.identity]) if shape.identity in table.column_names else table
    return rest.append_column(shape.identity, pa.array(ids, pa.string()))


def _values(table: pa.Table, column: str, shape: Shape) -> list[Any]:
    """What a column says of each row; a column that is not there is empty, so that one that is filled later changes nothing else."""
    values = table.column(column).to_pylist() if column in table.column_names else [None] * len(table)
    if column != "rule" or not shape.in_place_of_rule:
        return values
    others = table.column(shape.in_place_of_rule).to_pylist()
    return [rule or other for rule, other in zip(values, others, strict=True)]


def _digest(plugin: str, values: Iterable[Any]) -> str:
    text = json.dumps([plugin, *values], default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _empty(columns: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array([], pa.string()) for name in columns[:1]})
