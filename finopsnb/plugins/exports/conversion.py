"""What becomes of the rows of a native export, and the engine that does it, chunk by chunk.

    chunk of the file ──read_all──▶ every row that is not skipped ──▶ its row in FOCUS columns
                                  └▶ rows with more to say        ──▶ further rows (unused commitments, credits)

A conversion cannot lose a row by what it says: what it does not skip by name, with a reason that is counted and told,
is converted; what cannot be read goes on with its reason, into the quarantine.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from cachetools import LRUCache

from finopsnb.engines import Incoming, in_pieces, private_engine
from finopsnb.plugins.exports.raw import Raw, named_in, placed
from finopsnb.plugins.files import CHUNK_ROWS, SPELLED
from finopsnb.plugins.tabular import mark_ready

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Conversion", "Converter", "Further", "Noticed", "Skipped", "gathered"]

T = TypeVar("T")

#: columns that say whether a row is noticed, or has further ones
_MET = "_met"


@dataclass(frozen=True)
class Skipped:
    """Raw rows that become none, because another row says the same money; how many is a finding of the run."""

    where: Any
    rule: str
    message: str


@dataclass(frozen=True)
class Noticed:
    """Raw rows, not skipped, that a reader should know something about, as that they have no list price; a finding of the run."""

    where: Any
    rule: str
    column: str
    message: str
    severity: str = "info"


@dataclass(frozen=True)
class Further:
    """A further row of each raw row that is not skipped and that ``where`` holds for; the columns that it does not name
    are those of the first. With ``each``, a list of texts, there is one for each element, which ``columns`` is called with.
    """

    where: Any
    columns: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]
    each: Any = None

    def placed_in(self, table: Any) -> Further:
        """The same of a table that has what it is made of."""

        def of(columns: Mapping[str, Any]) -> dict[str, Any]:
            return {name: placed(value, table) for name, value in columns.items()}

        said = self.columns
        columns = (lambda item: of(said(item))) if callable(said) else of(said)
        return Further(placed(self.where, table), columns, None if self.each is None else placed(self.each, table))


@dataclass(frozen=True)
class Conversion:
    """``columns`` by their FOCUS names (others as ``x_Name``), of each raw row that is not ``skipped``."""

    columns: Mapping[str, Any]
    skipped: Sequence[Skipped] = ()
    further: Sequence[Further] = ()
    noticed: Sequence[Noticed] = ()

    def placed_in(self, table: Any) -> Conversion:
        """The same of a table that has what it is made of."""
        return Conversion(
            {name: placed(value, table) for name, value in self.columns.items()},
            [replace(one, where=placed(one.where, table)) for one in self.skipped],
            [one.placed_in(table) for one in self.further],
            [replace(one, where=placed(one.where, table)) for one in self.noticed],
        )


#: says of the columns of a file, and of what the plugin knows of it, what becomes of its rows
Convert = Callable[[Raw, str], Conversion]


@dataclass
class Converter:
    """Runs a conversion over chunks in an engine of its own; a context manager."""

    convert: Convert
    #: what :attr:`convert` depends on beside its arguments, so that its statements can be used again
    settings: str
    #: what was skipped and noticed so far, and in how many rows
    counted: dict[tuple[str, str], tuple[Skipped | Noticed, int]] = field(default_factory=dict)
    _connection: Any = field(default=None, repr=False)
    _engines: dict[pa.Schema, _Engine] = field(default_factory=dict, repr=False)

    def __enter__(self) -> Converter:
        self._connection = private_engine()
        self._connection.execute("set preserve_insertion_order = false")  # each row says its line
        return self

    def __exit__(self, *_: object) -> None:
        self._engines.clear()
        self._connection.close()

    def wanted(self, names: Sequence[str], variant: str = "") -> list[str]:
        """The columns of a file that the conversion reads."""
        return self._once(_wanted, tuple(names), variant)

    def tables(self, chunk: pa.Table, variant: str = "") -> Iterator[pa.Table]:
        """The rows that the rows of this chunk become; ``chunk`` has ``_line``, ``_reason`` and ``_raw``."""
        import pyarrow.compute as pc

        prepared = self._once(_prepare, chunk.schema, variant)
        placed = chunk.rename_columns(list(_places(chunk.column_names).values()))
        with self._holding(in_pieces(placed)) as engine:
            first = engine.run(prepared.first)
            yield mark_ready(first.drop_columns([name for name in first.column_names if name.startswith(_MET)]))
            self._count_skipped(engine, prepared, len(chunk) - len(first))
            met = [pc.sum(first[name]).as_py() or 0 for name in first.column_names if name.startswith(_MET)]
            self._count(zip(prepared.noticed, met, strict=False))
            for further, rows in zip(prepared.further, met[len(prepared.noticed) :], strict=True):
                if rows:
                    yield mark_ready(engine.run(further()))

    def _once(self, work: Callable[[Convert, Any, str], T], of: Any, variant: str) -> T:
        """What that makes of the conversion of these columns, made the first time that it is asked for."""
        plugin = type(getattr(self.convert, "__self__", None))  # another subclass may be asked for other things
        key = (work, plugin, getattr(self.convert, "__func__", self.convert), self.settings, of, variant)
        with _LOCK:
            made: T | None = _MADE.get(key)
        if made is None:
            made = work(self.convert, of, variant)
            with _LOCK:
                _MADE[key] = made
        return made

    @contextlib.contextmanager
    def _holding(self, chunk: pa.Table) -> Iterator[_Engine]:
        """The engine for chunks of this schema, with this one in it."""
        engine = self._engines.get(chunk.schema)
        if engine is None:
            engine = self._engines[chunk.schema] = _Engine(self._connection.cursor(), Incoming(chunk))
        engine.incoming.table = chunk
        try:
            yield engine
        finally:
            engine.incoming.table = chunk.schema.empty_table()

    def _count_skipped(self, engine: _Engine, prepared: _Prepared, rows: int) -> None:
        """Mostly none are, or all for one reason; only then the rows need not be looked at again."""
        if rows and len(prepared.skipped) == 1:
            self._count([(prepared.skipped[0], rows)])
        elif rows:
            counts = [column[0].as_py() for column in engine.run(prepared.skipped_counts()).columns]
            self._count(zip(prepared.skipped, map(int, counts), strict=True))

    def _count(self, counts: Iterable[tuple[Skipped | Noticed, int]]) -> None:
        for one, rows in counts:
            key = one.rule, getattr(one, "column", "")
            if rows:
                self.counted[key] = one, rows + self.counted.get(key, (one, 0))[1]


class _Engine:
    """A cursor on which statements are prepared once, and then asked of chunk after chunk of one schema."""

    def __init__(self, cursor: Any, incoming: Incoming) -> None:
        self.incoming = incoming
        self._cursor = cursor
        self._cursor.execute("set enable_progress_bar = false")
        self._cursor.register("_incoming", incoming)
        self._prepared: dict[str, str] = {}

    def run(self, statement: str) -> pa.Table:
        """What a statement says of the chunk that ``incoming`` holds."""
        name = self._prepared.get(statement)
        if name is None:
            name = f"statement_{len(self._prepared)}"
            self._cursor.execute(f"prepare {name} as {statement}")
            self._prepared[statement] = name
        table: pa.Table = self._cursor.sql(f"execute {name}").to_arrow_table()
        return table


@dataclass(frozen=True)
class _Prepared:
    """The statements for chunks of one schema; making them takes longer than running them on some thousand rows.

    Beside the columns ``first`` gives for each of ``noticed``, and then of ``further``, whether a row is one of those. What
    few chunks need is not compiled before.
    """

    first: str
    skipped: Sequence[Skipped]
    noticed: Sequence[Noticed]
    further: Sequence[Callable[[], str]]
    skipped_counts: Callable[[], str]


#: the same conversion of the same columns is asked for again with every file and collection, and takes up to a second to compile
_MADE: LRUCache[Any, Any] = LRUCache(maxsize=128)
_LOCK = threading.Lock()


def _wanted(convert: Convert, names: tuple[str, ...], variant: str) -> list[str]:
    raw = Raw(names)
    convert(raw, variant)
    read = {column for one in raw.reads for column in one.columns}
    return [name for name in names if name in read]


def _prepare(convert: Convert, schema: pa.Schema, variant: str) -> _Prepared:
    import ibis

    from finopsnb.plugins.exports.reading import HELPERS, read_all

    places = _places(schema.names)
    kinds = ibis.Schema.from_pyarrow(schema)
    table = ibis.table({places[name]: kinds[name] for name in schema.names}, name="_incoming")
    names = tuple(name for name in schema.names if name not in HELPERS)
    spelled = {one.name: one.metadata[SPELLED].decode() for one in schema if one.metadata and SPELLED in one.metadata}
    raw = Raw(names, {name: kinds[name] for name in names}, spelled)
    described = convert(raw, variant)
    read = _with_named(read_all(table, raw.reads, places), raw.given)
    made = described.placed_in(read)
    kept = _kept(read, made)
    further = [functools.cache(functools.partial(_further, kept, made, more)) for more in made.further]
    counts = functools.cache(functools.partial(_skipped_counts, read, made))
    return _Prepared(_first(kept, made), made.skipped, made.noticed, further, counts)


def _with_named(read: Any, given: Mapping[str, Any]) -> Any:
    """The table with the named values of a conversion, select by select: those first that no other one is in."""
    from finopsnb.plugins.exports.engine import worked_out

    needs = {name: named_in(value) for name, value in given.items()}
    while needs:
        ready = [name for name, others in needs.items() if not others & needs.keys()]
        values = {name: worked_out(placed(given[name], read)) for name in ready}
        read = read.select(*[read[name] for name in read.columns], **values)
        needs = {name: others for name, others in needs.items() if name not in ready}
    return read


def _places(names: Sequence[str]) -> dict[str, str]:
    """What the columns of a file are called in the engine."""
    from finopsnb.plugins.exports.reading import HELPERS

    return {name: name if name in HELPERS else f"_p{i}" for i, name in enumerate(names)}


def _holds(condition: Any) -> Any:
    return condition.fill_null(False)


def _kept(read: Any, made: Conversion) -> Any:
    """Rows that cannot be read are never skipped: whether they may be is not known."""
    import ibis

    skipped = [_holds(one.where) for one in made.skipped]
    return read.filter(read["_reason"].notnull() | ~ibis.or_(*skipped)) if skipped else read


def _first(kept: Any, made: Conversion) -> str:
    from finopsnb import focus

    readable = kept["_reason"].isnull()
    conditions = [one.where for one in made.noticed] + [more.where for more in made.further]
    met = {f"{_MET}{i}": readable & _holds(where) for i, where in enumerate(conditions)}
    return focus.sql(kept.select(**_named(made.columns), **_helpers(kept), **met))


def _skipped_counts(read: Any, made: Conversion) -> str:
    from finopsnb import focus

    sums = {f"_{i}": _holds(one.where).sum().fill_null(0) for i, one in enumerate(made.skipped)}
    return focus.sql(read.filter(read["_reason"].isnull()).aggregate(**sums))


def _further(kept: Any, made: Conversion, more: Further) -> str:
    from finopsnb import focus

    chosen = kept.filter(kept["_reason"].isnull() & _holds(more.where))
    if more.each is None:
        assert not callable(more.columns)  # noqa: S101 - for the type checker
        return focus.sql(chosen.select(**_named({**made.columns, **more.columns}), **_helpers(chosen)))
    items = chosen.select(*[chosen[name] for name in chosen.columns], _item=more.each.unnest())
    assert callable(more.columns)  # noqa: S101 - for the type checker
    columns = {**made.columns, **more.columns(items["_item"])}
    return focus.sql(items.select(**_named(columns), **_helpers(items)))


def _named(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of one table and type each, so that all the rows of a file have one schema."""
    import ibis

    return {name: value if hasattr(value, "name") else ibis.literal(value) for name, value in columns.items()}


def _helpers(read: Any) -> dict[str, Any]:
    return {name: read[name] for name in ("_line", "_reason", "_raw")}


def gathered(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables of one schema put together, so that each is worth a statement: planning one takes as long as some ten thousand rows."""
    import pyarrow as pa

    pending: list[pa.Table] = []
    for table in tables:
        if pending and (table.schema != pending[0].schema or sum(map(len, pending)) >= CHUNK_ROWS):
            yield pa.concat_tables(pending)
            pending = []
        pending.append(table)
    if pending:
        yield pa.concat_tables(pending)
