"""Python values of one column to one Arrow array, losing nothing.

one type            its Arrow type: bool, int64, double, string, decimal128, timestamp (aware: UTC), date, ...
int and float       double where every int is exact in it, otherwise text
int and Decimal     decimal128
anything mixed      text: Decimal by its digits, float by its shortest exact form, times in ISO 8601
dict, list, ...     JSON text
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from finopsnb.plugins.tabular.values import SIMPLE, simple, text

if TYPE_CHECKING:
    import pyarrow as pa

    Array: TypeAlias = pa.Array | pa.ChunkedArray

__all__ = ["storable", "to_array"]

_EXACT_IN_DOUBLE = 2**53


def to_array(values: list[Any]) -> Array:
    """``values`` as Arrow; only None gives the null type. Raises NoTextError for a value that has no form as text."""
    import pyarrow as pa

    kinds = set(map(type, values))
    if not kinds <= SIMPLE:
        values = [simple(value) for value in values]
        kinds = set(map(type, values))
    kinds.discard(type(None))
    if kinds == {float, str} and all(math.isnan(v) for v in values if type(v) is float):
        values, kinds = [None if type(v) is float else v for v in values], {str}  # NaN is how pandas says missing
    return _builder(kinds)(values) if kinds else pa.nulls(len(values))


def storable(column: Array, null_type: pa.DataType | None = None) -> Array:
    """``column`` in a type that DuckDB reads: dictionaries decoded, wide decimals as text, nulls as ``null_type``."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return storable(column.cast(kind.value_type), null_type)
    if pa.types.is_null(kind):
        return column.cast(null_type or pa.string())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    return _narrowed(column) if pa.types.is_decimal256(kind) else column


def _narrowed(column: Array) -> Array:
    import pyarrow as pa

    try:
        return column.cast(pa.decimal128(38, column.type.scale))
    except pa.ArrowInvalid:  # more than 38 digits: text keeps every one of them
        return column.cast(pa.string())


def _builder(kinds: set[type]) -> Callable[[list[Any]], Array]:
    if len(kinds) == 1:
        return _BUILDERS[next(iter(kinds))]
    if kinds == {int, float}:
        return _numbers
    return _decimals if kinds == {int, Decimal} else _texts


def _typed(values: list[Any]) -> Array:
    import pyarrow as pa

    return pa.array(values)


def _integers(values: list[Any]) -> Array:
    try:
        return _typed(values)
    except OverflowError:
        return _decimals(values)


def _numbers(values: list[Any]) -> Array:
    if any(type(v) is int and abs(v) > _EXACT_IN_DOUBLE for v in values):
        return _texts(values)
    return _typed([None if v is None else float(v) for v in values])


def _decimals(values: list[Any]) -> Array:
    import pyarrow as pa

    try:
        made = pa.array([Decimal(v) if type(v) is int else v for v in values])
    except pa.ArrowInvalid:  # NaN, infinity, or more digits than any Arrow decimal has
        return _texts(values)
    return made if pa.types.is_decimal128(made.type) else _texts(values)


def _moments(values: list[Any]) -> Array:
    """Aware times become UTC; naive ones stay naive, and are not mixed with aware ones."""
    import pyarrow as pa

    aware = {v.utcoffset() is not None for v in values if v is not None}
    if len(aware) > 1:
        return _texts(values)
    if False in aware:
        return pa.array(values, pa.timestamp("us"))
    try:
        return pa.array([v and v.astimezone(dt.UTC) for v in values], pa.timestamp("us", tz="UTC"))
    except OverflowError:  # the first hours of the year 1, east of Greenwich
        return _texts(values)


def _texts(values: list[Any]) -> Array:
    return _strings([None if v is None else text(v) for v in values])


def _strings(values: list[Any]) -> Array:
    import pyarrow as pa

    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # lone surrogates: kept readable, as \udc80
        return pa.array([t and t.encode("utf-8", "backslashreplace").decode() for t in values], pa.string())


_BUILDERS: dict[type, Callable[[list[Any]], Array]] = {
    bool: _typed,
    int: _integers,
    float: _typed,
    str: _strings,
    bytes: _typed,
    Decimal: _decimals,
    dt.datetime: _moments,
    dt.date: _typed,
    dt.time: _typed,
    dt.timedelta: _typed,
}
