"""In what form a column comes, seen from its Arrow type: what must be done to read it depends on nothing else."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as is_
from ibis.backends.sql.datatypes import DuckDBType
from ibis.common.exceptions import IbisError
from ibis.expr import datatypes as dt
from ibis.formats.pyarrow import PyArrowType

from finopsnb.errors import FocusError

__all__ = ["duckdb_type", "form_of", "ibis_type"]

TEXT, INTEGER, FLOAT, DECIMAL, NULL = "text", "integer", "float", "decimal", "null"
INSTANT, WALL, DATE = "instant", "wall", "date"
MAP, ENTRIES, STRUCT, OTHER = "map", "entries", "struct", "other"

_TESTS = (
    (TEXT, lambda t: is_.is_string(t) or is_.is_large_string(t) or is_.is_string_view(t)),
    (INTEGER, is_.is_integer),
    (FLOAT, is_.is_floating),
    (DECIMAL, is_.is_decimal),
    (NULL, is_.is_null),
    (INSTANT, lambda t: is_.is_timestamp(t) and t.tz is not None),
    (WALL, is_.is_timestamp),
    (DATE, is_.is_date),
    (MAP, is_.is_map),
    (STRUCT, is_.is_struct),
)


def form_of(kind: pa.DataType) -> str:
    """The form of an Arrow type; a dictionary has the form of its values.

    >>> form_of(pa.dictionary(pa.int8(), pa.string())), form_of(pa.timestamp("ns")), form_of(pa.bool_())
    ('text', 'wall', 'other')
    """
    if is_.is_dictionary(kind):
        return form_of(kind.value_type)
    if _is_entries(kind):
        return ENTRIES
    return next((form for form, test in _TESTS if test(kind)), OTHER)


def ibis_type(field: pa.Field) -> dt.DataType:
    """The Ibis type of an Arrow field; FocusError for one that DuckDB has no type for."""
    kind = field.type.value_type if is_.is_dictionary(field.type) else field.type
    try:
        return PyArrowType.to_ibis(kind)
    except (IbisError, NotImplementedError, KeyError, TypeError, ValueError) as error:
        raise FocusError(
            f"The column {field.name!r} has the Arrow type {field.type}, which cannot be read.",
            why=str(error),
            hint=f"cast {field.name!r} to text first",
        ) from error


def duckdb_type(kind: dt.DataType) -> str:
    """The name that DuckDB gives the type of an x_ column.

    >>> duckdb_type(dt.Map(dt.string, dt.float64)), duckdb_type(dt.null)
    ('MAP(VARCHAR, DOUBLE)', 'VARCHAR')
    """
    return "VARCHAR" if kind.is_null() else str(DuckDBType.to_string(kind)).replace("TEXT", "VARCHAR")


def _is_entries(kind: pa.DataType) -> bool:
    if not (is_.is_list(kind) or is_.is_large_list(kind)) or not is_.is_struct(kind.value_type):
        return False
    names = [kind.value_type.field(index).name.casefold() for index in range(kind.value_type.num_fields)]
    return names in (["key", "value"], ["k", "v"])
