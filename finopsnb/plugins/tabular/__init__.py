"""What counts as rows or a table, and how it becomes Arrow: the one door through which plugin output comes in.

rows      a list, or a generator, of dicts, dataclasses, pydantic models, named tuples
a table   pandas, polars (lazy too), pyarrow, a DuckDB relation, an Ibis table, a dict of columns,
          anything with ``__arrow_c_stream__``; a list or a generator of tables
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from finopsnb.errors import PluginOutputError
from finopsnb.plugins.tabular.columns import storable, to_array
from finopsnb.plugins.tabular.marks import is_ready, mark_ready, no_rows
from finopsnb.plugins.tabular.sources import IBIS, Source, sliced, source_of, united
from finopsnb.plugins.tabular.values import NoTextError, plain

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["chunks", "is_expression", "is_ready", "is_tabular", "mark_ready", "no_rows", "rows", "to_arrow"]

_EXPECTED: Final = (
    "Expected rows (a list of dicts, dataclasses or pydantic models) or a table (pandas, polars, pyarrow, a DuckDB "
    "relation, an Ibis table, a dict of columns), or a generator of these."
)
_CELLS: Final = "use numbers, text, times, or dicts and lists of these"
_WHAT: Final = "the plugin's output"
_ROWS: Final = 131_072


def is_expression(obj: Any) -> bool:
    """Whether ``obj`` is an Ibis table, to be run in the engine that holds its data."""
    return IBIS.made(obj)


def is_tabular(obj: Any) -> bool:
    """Whether ``obj`` looks like rows or a table; a generator does, whatever it will yield.

    >>> is_tabular([{"BilledCost": 1}]), is_tabular({"BilledCost": [1, 2]}), is_tabular(42), is_tabular("a,b")
    (True, True, False, False)
    """
    if isinstance(obj, list | tuple):
        return not _is_row(obj) and all(_is_row(item) or source_of(item) is not None for item in obj[:1])
    return isinstance(obj, Iterator) or source_of(obj) is not None or _is_columns(obj)


def to_arrow(obj: Any, *, what: str = _WHAT) -> pa.Table:
    """``obj`` as one Arrow table; an empty list gives a table without columns.

    Rows: the union of their keys, in order of appearance; a column of mixed types becomes text, exact for Decimal;
    nested values become JSON text, an Enum its value. pandas: the index is dropped unless it is named.
    Raises PluginOutputError, naming what was expected and what came, when ``obj`` is neither rows nor a table.

    >>> to_arrow([{"Service": "EC2", "Cost": 1}, {"Service": "S3", "Owner": "web"}]).column_names
    ['Service', 'Cost', 'Owner']
    """
    if source := source_of(obj):
        return _whole(_checked(source, obj, what, _ROWS))
    return _whole(_chunks(obj, what, _ROWS))


def chunks(obj: Any, *, rows: int = _ROWS, what: str = _WHAT) -> Iterator[pa.Table]:
    """``obj`` as Arrow tables of at most ``rows`` rows, read as they are asked for; a chunk has at least one row.

    Raises what :func:`to_arrow` raises, when the chunk in question is asked for.
    """
    return (chunk for chunk in _chunks(obj, what, rows) if chunk.num_rows)


def rows(obj: Any, *, what: str = _WHAT) -> Iterator[dict[str, Any]]:
    """The rows of ``obj`` one by one, each a new dict; values that are Python objects already stay as they are.

    >>> list(rows([{"a": 1}, {"b": 2}]))
    [{'a': 1}, {'b': 2}]
    """
    if source_of(obj) or _is_row(obj) or not isinstance(obj, list | tuple | Iterator):
        for chunk in chunks(obj, rows=8192, what=what):
            yield from chunk.to_pylist(maps_as_pydicts="lossy")
        return
    for item in obj:
        if _is_row(item) and (isinstance(obj, list | tuple) or not _is_columns(item)):
            yield plain(item)
        else:
            yield from rows(_inner(item, what), what=what)


def _chunks(obj: Any, what: str, size: int) -> Iterator[pa.Table]:
    if source := source_of(obj):
        for table in _checked(source, obj, what, size):
            yield from sliced(table, size)
    elif _is_columns(obj):
        yield from sliced(_of_columns(obj, what), size)
    elif isinstance(obj, list | tuple) and obj and all(map(_is_row, obj)) and not _is_row(obj):
        yield from sliced(_of_rows(list(obj), what), size)
    elif (isinstance(obj, list | tuple) and not _is_row(obj)) or isinstance(obj, Iterator):
        yield from _gathered(iter(obj), what, size)
    else:
        raise _refused(what, obj)


def _gathered(items: Iterator[Any], what: str, size: int) -> Iterator[pa.Table]:
    """Rows put together until there are ``size`` of them; a table among them is passed on in its place."""
    known: dict[str, pa.DataType] = {}
    waiting: list[Any] = []
    for item in items:
        if _is_row(item) and not _is_columns(item):
            waiting.append(item)
        elif isinstance(item, list | tuple) and all(map(_is_row, item)):
            waiting.extend(item)
        else:
            yield from _flushed(waiting, what, size, known)
            waiting = []
            yield from _chunks(_inner(item, what), what, size)
        if len(waiting) >= size:
            yield from _flushed(waiting, what, size, known)
            waiting = []
    yield from _flushed(waiting, what, size, known)


def _flushed(waiting: list[Any], what: str, size: int, known: dict[str, pa.DataType]) -> Iterator[pa.Table]:
    if waiting:
        table = _of_rows(waiting, what, known)
        known.update((field.name, field.type) for field in table.schema)
        yield from sliced(table, size)


def _of_rows(items: list[Any], what: str, known: Mapping[str, pa.DataType] | None = None) -> pa.Table:
    """``known`` has the types of earlier chunks, for columns that hold only None in this one."""
    import pyarrow as pa

    dicts = [plain(item) for item in items]
    names = list(dict.fromkeys(chain.from_iterable(dicts)))
    _check_names(names, what)
    types = known or {}
    columns = [storable(_column(name, [d.get(name) for d in dicts], what), types.get(name)) for name in names]
    return pa.Table.from_arrays(columns, names=names)


def _of_columns(obj: Mapping[str, Any], what: str) -> pa.Table:
    import pyarrow as pa

    names, lengths = list(obj), {name: len(values) for name, values in obj.items()}
    _check_names(names, what)
    if len(set(lengths.values())) > 1:
        raise _wrong(f"{what} is a dict of columns of different lengths: {lengths}", "make them equally long")
    return pa.Table.from_arrays([_column(name, list(obj[name]), what) for name in names], names=names)


def _column(name: str, values: list[Any], what: str) -> Any:
    try:
        return to_array(values)
    except NoTextError as error:
        raise _wrong(f"{what} has in column {name} {error}", _CELLS) from error


def _checked(source: Source, obj: Any, what: str, size: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    columns = getattr(obj, "columns", None) if source.module == "pandas" else None
    if columns is not None:
        _check_names([*(name for name in obj.index.names if name is not None), *columns], what)
    try:
        for table in source.batches(obj, size):
            _check_names(table.column_names, what)
            yield table
    except NoTextError as error:
        raise _wrong(f"{what} has {error}", _CELLS) from error
    except pa.ArrowException as error:
        raise _wrong(f"{what} is {_said(obj)}, which Arrow cannot read as a table", _hint(obj)) from error


def _check_names(names: list[Any], what: str) -> None:
    """A column has a name of its own that is text, and there is at least one."""
    if not names:
        raise _wrong(f"{what} has no columns", 'return rows such as [{"BilledCost": 1}], or [] when there is nothing')
    if strange := [name for name in names if not isinstance(name, str) or not name.strip()]:
        raise _wrong(f"{what} has a column named {strange[0]!r}", 'name every column by text, such as "BilledCost"')
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _wrong(f"{what} has the column {twice} twice", f"rename one {twice}")


def _whole(parts: Iterator[pa.Table]) -> pa.Table:
    import pyarrow as pa

    tables = list(parts)
    whole = tables[0] if len(tables) == 1 else united(tables) if tables else pa.table({})
    return pa.Table.from_arrays([storable(column) for column in whole.columns], names=whole.column_names)


def _is_row(obj: Any) -> bool:
    if isinstance(obj, type):
        return False
    return isinstance(obj, Mapping) or is_dataclass(obj) or any(hasattr(type(obj), mark) for mark in _ROW_MARKS)


def _is_columns(obj: Any) -> bool:
    """A dict whose values are all sequences; a dict of single values is a row."""
    return isinstance(obj, Mapping) and bool(obj) and all(_is_sequence(value) for value in obj.values())


def _is_sequence(value: Any) -> bool:
    if isinstance(value, list | tuple | range):
        return True
    is_array = any(hasattr(value, method) for method in ("tolist", "to_list", "to_pylist"))
    return is_array and hasattr(value, "__len__") and not isinstance(value, str | bytes)


def _inner(item: Any, what: str) -> Any:
    """What a list or generator of tables may hold: no single values."""
    if isinstance(item, Iterator | list | tuple) or source_of(item) or _is_columns(item):
        return item
    raise _refused(f"an item of {what}", item)


def _refused(what: str, obj: Any) -> PluginOutputError:
    if inspect.iscoroutine(obj):
        obj.close()
    return _wrong(f"{what} is {_said(obj)}, neither rows nor a table", _hint(obj))


def _wrong(said: str, hint: str) -> PluginOutputError:
    return PluginOutputError(f"{said[:1].upper()}{said[1:]}.", why=_EXPECTED, hint=hint, phase="run")


def _said(obj: Any) -> str:
    if obj is None:
        return "None"
    name = f"{type(obj).__module__}.{type(obj).__qualname__}".removeprefix("builtins.")
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _hint(obj: Any) -> str:
    if obj is None:
        return "end the method with: return rows"
    if inspect.iscoroutine(obj) or inspect.isasyncgen(obj):
        return "plugin methods are plain functions: return asyncio.run(...) instead of an async def"
    if inspect.isroutine(obj):
        return f"call it: return {getattr(obj, '__name__', 'it')}()"
    if isinstance(obj, str | bytes):
        return "read it first: return pandas.read_csv(...)"
    if hasattr(obj, "to_frame"):
        return "return series.to_frame()"
    return "return [row]" if _is_row(obj) and obj else "return [...] with one dict for each row"


_ROW_MARKS: Final = ("__pydantic_fields__", "_asdict", "__attrs_attrs__")
