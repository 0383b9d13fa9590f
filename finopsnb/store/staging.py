# ruff: noqa: S608  names reach SQL through quote() only, and values are bound
"""The stage: incoming batches, gathered into chunks and normalised by their focus.Plan, in a temporary table.

    batches ──gather──▶ chunks of one schema ──Plan.normalised──▶ _stage      (one row per row that came, good or not)

No more than a chunk is held in Python. The stage is a DuckDB temporary table: what does not fit into memory spills into
the private folder beside the file, and all of it goes with the cursor, whatever ends the ingest.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow as pa

from finopsnb import focus
from finopsnb.engines import PIECE_ROWS, Incoming
from finopsnb.focus.characters import normalised
from finopsnb.focus.floats import FLOATS, with_floats
from finopsnb.store.sql import arrow, engine_errors, folded, listed, quote, run, storable

__all__ = ["CHUNK_BYTES", "CHUNK_ROWS", "Batch", "Stage", "gathered"]

CHUNK_ROWS = 260_000
CHUNK_BYTES = 256 * 2**20

#: a row group of DuckDB: what a thread inserts of less than one is copied once more, by one thread. Rows that are ready are only inserted,
#: and more threads than that would not help
_GROUP_ROWS = 122_880

#: what plugins may send beside the data: which file or page a row is of, its line there, and, of a row that cannot be
#: read, why and what it was
_SENT = {"_part": "VARCHAR", "_line": "BIGINT", "_reason": "VARCHAR", "_raw": "VARCHAR"}

#: columns of the stage that are not stored; _n is the order of arrival
HELPERS = {**_SENT, "_n": "BIGINT", **dict.fromkeys(FLOATS.values(), "DOUBLE")}


@dataclass(frozen=True)
class Batch:
    """Rows of a source, as an Arrow table or a reader of record batches; ``part`` is the file or page they are of.

    ``ready`` rows were made by a conversion of ours: nothing in them is to be mended.
    """

    data: pa.Table | pa.RecordBatchReader
    part: str | None = None
    ready: bool = False


@dataclass(frozen=True)
class _Way:
    """How chunks of one schema go into the stage: the table ``source`` is ``incoming``, and ``insert`` puts what it holds there."""

    plan: focus.Plan
    source: str
    incoming: Incoming
    insert: str


@dataclass
class Stage:
    """The temporary table ``_stage``, its columns with their types, and what was noticed while it was filled."""

    cursor: Any
    path: str
    version: str | None = None
    rows: int = 0
    parts: set[str] = field(default_factory=set)
    columns: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, Any] = field(default_factory=dict)
    plans: list[focus.Plan] = field(default_factory=list)
    findings: list[focus.Finding] = field(default_factory=list)
    _ways: dict[tuple[pa.Schema, bool], _Way] = field(default_factory=dict)
    _prepared: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._create({})

    def _create(self, columns: dict[str, str]) -> None:
        described = ", ".join(f"{quote(name)} {kind}" for name, kind in {**HELPERS, **columns}.items())
        run(self.cursor, f"create or replace temporary table _stage ({described})")

    def fill(self, batches: Iterable[Batch], on_progress: Callable[[int], None] | None) -> None:
        """Take in all batches; ``on_progress`` is told the number of rows so far."""
        for chunk, ready in gathered(batches, self.parts):
            self.add(chunk, ready=ready)
            if on_progress is not None:
                on_progress(self.rows)

    def add(self, chunk: pa.Table, *, ready: bool = False) -> None:
        """Take in one chunk."""
        chunk, found = normalised(chunk)
        self.findings += found
        with engine_errors(self.path, "storing the costs"), self._holding(with_floats(chunk), ready) as way:
            self.findings += way.plan.repairs(way.source, self.execute)
            run(self.cursor, self._statement(way.insert))
        self.rows += chunk.num_rows
        self.findings = focus.merge(self.findings)

    def execute(self, expression: ibis.Table) -> pa.Table:
        """Run an expression over this cursor's tables."""
        return arrow(self.cursor, self._statement(focus.sql(expression)))

    def _statement(self, sql: str) -> str:
        """The same statement as a prepared one: what is asked of a chunk is asked of the next one too."""
        if sql not in self._prepared:
            name = f"_statement_{len(self._prepared)}"
            run(self.cursor, f"prepare {name} as {sql}")
            self._prepared[sql] = f"execute {name}"
        return self._prepared[sql]

    def table(self) -> ibis.Table:
        """The stage as an expression, without the helpers but the floats."""
        floats = dict.fromkeys(FLOATS.values(), ibis.dtype("float64"))
        return ibis.table({name: self.kinds[name] for name in self.columns} | floats, name="_stage")

    @contextlib.contextmanager
    def _holding(self, chunk: pa.Table, ready: bool) -> Iterator[_Way]:
        """How chunks of this schema go in, with this one at its start."""
        way = self._ways.get((chunk.schema, ready))
        if way is None:
            way = self._ways[chunk.schema, ready] = self._way(chunk, ready)
        way.incoming.table = chunk
        try:
            yield way
        finally:
            way.incoming.table = chunk.schema.empty_table()

    def _way(self, chunk: pa.Table, ready: bool) -> _Way:
        plan = _planned(chunk.schema, self.version, ready)
        self.plans.append(plan)
        self.findings = focus.merge([*self.findings, *plan.findings])
        source, incoming = f"_incoming_{len(self._ways)}", Incoming(chunk)
        self.cursor.register(source, incoming)
        expression = plan.normalised(source)
        self._make_room(plan.columns, expression)
        names = [*plan.columns, *(name for name in HELPERS if name in expression.columns)]
        select = focus.sql(expression)
        insert = f"insert into _stage ({listed(names)}) select {listed(names)} from ({select})"
        return _Way(plan, source, incoming, insert)

    def _make_room(self, columns: dict[str, str], expression: ibis.Table) -> None:
        if not self.columns:  # at once, for one statement per column takes a while
            self._create(columns)
            self.columns, self.kinds = dict(columns), {name: expression.schema()[name] for name in columns}
        present = {folded(name): name for name in self.columns}
        for name, kind in columns.items():
            before = present.get(folded(name))
            if before is None:
                run(self.cursor, f"alter table _stage add column {quote(name)} {kind}")
                self.columns[name], self.kinds[name] = kind, expression.schema()[name]
            elif self.columns[before] not in (kind, "VARCHAR"):
                self._widen(before, kind)

    def _widen(self, name: str, kind: str) -> None:
        self.findings.append(widened(name, self.columns[name], kind))
        run(self.cursor, f"alter table _stage alter column {quote(name)} set data type varchar")
        self.columns[name], self.kinds[name] = "VARCHAR", ibis.dtype("string")


# making these takes longer than running them on some thousand rows; sources send the same schemas again
@functools.lru_cache(maxsize=64)
def _planned(schema: pa.Schema, version: str | None, ready: bool) -> focus.Plan:
    return focus.plan(schema, version=version, ready=ready)


def widened(name: str, one: str, other: str) -> focus.Finding:
    """An x_ column that came with two types."""
    message = f"it came as {one} and as {other}; it is kept as text"
    return focus.Finding("type-widened", name, 0, "", "warning", "repaired", message)


def gathered(batches: Iterable[Batch], parts: set[str]) -> Iterator[tuple[pa.Table, bool]]:
    """Chunks of some CHUNK_ROWS rows of one schema, each row with its _part and place _n, and whether they are ready.

    ``parts`` takes the names of the parts.
    """
    pending: list[pa.RecordBatch] = []
    place = taken = size = 0
    kind = False
    for piece, ready in _pieces(batches, parts):
        numbered = piece.append_column("_n", _numbers(place, piece.num_rows))
        full = place - taken >= CHUNK_ROWS or size >= CHUNK_BYTES
        if pending and (full or ready != kind or numbered.schema != pending[0].schema):
            yield pa.Table.from_batches(pending), kind
            pending, taken, size = [], place, 0
        kind = ready
        pending.append(numbered)
        place, size = place + piece.num_rows, size + piece.nbytes
    if pending:
        yield pa.Table.from_batches(pending), kind


def _numbers(start: int, count: int) -> pa.Array:
    import numpy as np

    return pa.array(np.arange(start, start + count, dtype="int64"))


def _pieces(batches: Iterable[Batch], parts: set[str]) -> Iterator[tuple[pa.RecordBatch, bool]]:
    for batch in batches:
        if batch.part is not None:
            parts.add(storable(batch.part) or "")
        for whole in _record_batches(batch.data):
            labelled = _labelled(whole, storable(batch.part))
            size = _GROUP_ROWS if batch.ready else PIECE_ROWS
            for start in range(0, whole.num_rows, size):
                yield labelled.slice(start, size), batch.ready


def _record_batches(data: Any) -> Iterable[pa.RecordBatch]:
    if isinstance(data, pa.Table):
        return list(data.to_batches())
    reader: Iterable[pa.RecordBatch] = pa.RecordBatchReader.from_stream(data)
    return reader


def _labelled(batch: pa.RecordBatch, part: str | None) -> pa.RecordBatch:
    """With _part, and with other names that begin with _ kept out of the way of the helpers."""
    names = [name if name in _SENT or not name.startswith("_") else f"x_{name}" for name in batch.schema.names]
    renamed = batch.rename_columns(names).replace_schema_metadata(None)
    if "_part" in names:
        return renamed
    return renamed.append_column("_part", pa.repeat(pa.scalar(part, pa.string()), batch.num_rows))
