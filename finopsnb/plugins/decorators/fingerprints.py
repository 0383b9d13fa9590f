"""The content of any value as a hashable key: different content, different key.

Types count (1, 1.0 and True are three keys), and so does what equality overlooks: the sign of zero, the digits of a
Decimal, the zone of a time. Arrays and frames count by their bytes. What has no content that can be read (a
connection, a lazy query) counts as itself, and is kept alive by its key, so that its address is not used again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from finopsnb.plugins.base import PluginBase

__all__ = ["fingerprint"]


def fingerprint(value: Any) -> Hashable:
    """A key that equals another one only when type and content are the same."""
    kind = type(value)
    if value is None or isinstance(value, str | int):
        return kind, value
    makers = (cls.__module__.partition(".")[0] for cls in kind.__mro__)
    library = next((_LIBRARIES[maker] for maker in makers if maker in _LIBRARIES), None)
    content = library(value) if library is not None else None
    return kind, _content(value) if content is None else content


def _content(value: Any) -> Hashable:
    if isinstance(value, float | complex):
        return repr(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime | dt.time):
        return value.isoformat(), value.fold, fingerprint(value.tzinfo)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, list | tuple):
        return tuple(map(fingerprint, value))
    if isinstance(value, Mapping):
        return tuple((fingerprint(key), fingerprint(item)) for key, item in value.items())
    if isinstance(value, AbstractSet):
        return frozenset(map(fingerprint, value))
    return _fields(value)


def _fields(value: Any) -> Hashable:
    if isinstance(value, PluginBase):
        return _ByIdentity(value), fingerprint(value.config)
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(fingerprint(getattr(value, field.name)) for field in fields(value))
    if hasattr(type(value), "__pydantic_fields__"):
        return fingerprint([vars(value), value.__pydantic_extra__, value.__pydantic_private__])
    try:
        hash(value)
    except Exception:  # noqa: BLE001 - a stranger's __hash__ may do anything
        return _ByIdentity(value)
    return _ByValue(value)


class _ByIdentity:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


class _ByValue:
    """By the value's own equality; where that gives no yes or no (expressions build new ones), by identity."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByValue) and (self.value is other.value or (self.value == other.value) is True)

    def __hash__(self) -> int:
        return hash(self.value)


def _digest(data: Any) -> bytes:
    import hashlib

    return hashlib.blake2b(data, digest_size=32).digest()


def _of_numpy(value: Any) -> Hashable | None:
    import numpy as np

    if not isinstance(value, np.ndarray | np.generic):
        return None
    if isinstance(value, np.ma.MaskedArray):
        return fingerprint([np.asarray(value.data), np.ma.getmaskarray(value), value.fill_value])
    array = np.asarray(value)
    by_cell = array.dtype.hasobject or array.dtype.kind == "T"  # the bytes of these are addresses
    return repr(array.dtype), array.shape, fingerprint(array.tolist()) if by_cell else _digest(array.tobytes())


def _of_pandas(value: Any) -> Hashable | None:
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        columns = [_pandas_values(value.iloc[:, position].array) for position in range(value.shape[1])]
        return fingerprint(value.index), fingerprint(value.columns), tuple(columns), fingerprint(value.attrs)
    if isinstance(value, pd.Series):
        return fingerprint(value.name), fingerprint(value.index), _pandas_values(value.array), fingerprint(value.attrs)
    if isinstance(value, pd.MultiIndex):
        levels = [_pandas_values(value.get_level_values(level).array) for level in range(value.nlevels)]
        return fingerprint(list(value.names)), tuple(levels)
    if isinstance(value, pd.Index):
        return fingerprint(value.name), _pandas_values(value.array)
    return _pandas_values(value) if isinstance(value, pd.api.extensions.ExtensionArray) else None


def _pandas_values(array: Any) -> Hashable:
    import numpy as np
    import pyarrow as pa

    if isinstance(array.dtype, np.dtype) and array.dtype.kind not in "mM":
        return fingerprint(np.asarray(array))
    try:
        return repr(array.dtype), _of_arrow(pa.array(array))
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError):
        return repr(array.dtype), fingerprint(list(array))


def _of_polars(value: Any) -> Hashable | None:
    import polars as pl

    if isinstance(value, pl.DataFrame):
        return tuple(map(fingerprint, value.iter_columns())), value.height
    if not isinstance(value, pl.Series):
        return None
    foreign = value.dtype in (pl.Object, pl.Int128, pl.UInt128)
    content = fingerprint(value.to_list()) if foreign else _of_arrow(value.to_arrow())
    return value.name, repr(value.dtype), content


def _of_arrow(value: Any) -> Hashable | None:
    import pyarrow as pa

    if isinstance(value, pa.Array | pa.ChunkedArray):
        value = pa.table([value], names=["values"])
    if not isinstance(value, pa.Table | pa.RecordBatch):
        return None
    sink = _Sink()
    with pa.PythonFile(sink, mode="w") as file, pa.ipc.new_stream(file, value.schema) as stream:
        stream.write(value)
    return sink.hash.digest()


class _Sink:
    """A file that keeps the digest of what is written to it, and nothing else."""

    closed = False

    def __init__(self) -> None:
        import hashlib

        self.hash = hashlib.blake2b(digest_size=32)

    def write(self, data: Any) -> int:
        self.hash.update(data)
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True


_LIBRARIES: dict[str, Callable[[Any], Hashable | None]] = {
    "numpy": _of_numpy,
    "pandas": _of_pandas,
    "polars": _of_polars,
    "pyarrow": _of_arrow,
}
