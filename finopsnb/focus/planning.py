"""From a schema to a Plan: what becomes of each incoming column, and the table expression that does it.

    raw  ──clean──▶  _Ni   the cells, nulls written as text made null, white space off
         ──read───▶  _No   the same in the type of their FOCUS column; null where they cannot be read
         ──judge──▶        the columns under their names, _reason why a row is quarantined, _raw what it was

Each step is a select of its own, so that nothing is computed twice.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow as pa

from finopsnb.errors import FocusError
from finopsnb.focus import forms, names, repairing
from finopsnb.focus._engine import null, to_json
from finopsnb.focus.cells import Cell
from finopsnb.focus.columns import COLUMNS, VERSIONS, columns_of, known
from finopsnb.focus.counting import Execute, Tally
from finopsnb.focus.finding import Finding, merge
from finopsnb.focus.instants import next_month, start_of_month

__all__ = ["Execute", "Plan", "plan"]

_EXAMPLE_LENGTH = 80
_STARTS = {"ChargePeriodStart", "BillingPeriodStart"}
_PERIOD = ("BillingPeriodStart", "BillingPeriodEnd")
_KINDS = {"Decimal": "a decimal number", "Date/Time": "an ISO 8601 time", "JSON": "JSON"}


@dataclass(frozen=True)
class Plan:
    """What will be done with tables of one schema; made by :func:`plan`.

    ``version`` is the FOCUS version the table is taken for, ``cells`` says for each incoming column what becomes of it.
    """

    version: str
    cells: tuple[Cell, ...]
    noticed: tuple[Finding, ...] = ()
    ready: bool = False
    _normalised: dict[str, ibis.Table] = field(default_factory=dict, repr=False, compare=False)
    _repairs: dict[str, Tally] = field(default_factory=dict, repr=False, compare=False)

    @property
    def findings(self) -> list[Finding]:
        """What the names and types of the columns tell, whatever is in them."""
        return list(self.noticed)

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the normalised table with their DuckDB types, helpers aside.

        JSON is text here, Tags too: an object whose members are the tags.
        """
        types = {cell.target: self._type(cell) for cell in self.cells if not cell.helper}
        return types | dict.fromkeys(self._derived, "TIMESTAMP WITH TIME ZONE")

    def normalised(self, source: str) -> ibis.Table:
        """The expression that normalises the table called ``source``, which must have the schema of this plan.

        Beside :attr:`columns` and the incoming columns that begin with ``_`` it has ``_reason``, null where the row is
        fine, else the first reason to quarantine it, and ``_raw``, the incoming row as JSON text where there is one.
        Where the table brings these two columns itself, what they say comes first.
        """
        if source not in self._normalised:
            self._normalised[source] = self._steps(self._unbound(source))
        return self._normalised[source]

    def _steps(self, raw: Any) -> Any:
        clean = raw.select(**{f"_{i}i": cell.clean(raw) for i, cell in self._numbered}, **self._kept(raw))
        read = clean.select(**{f"_{i}o": cell.read(clean[f"_{i}i"]) for i, cell in self._numbered}, **self._held(clean))
        outputs = {cell.target: read[f"_{i}o"] for i, cell in self._numbered}
        said, raw = outputs.pop("_reason", null("string")), outputs.pop("_raw", null("string"))
        reason = ibis.coalesce(said, self._reason(read))
        raw = ibis.coalesce(raw, self._original(read, reason))
        return read.select(**outputs, **self._periods(outputs), _reason=reason, _raw=raw)

    def repairs(self, source: str, execute: Execute) -> list[Finding]:
        """What :meth:`normalised` changes in the table called ``source``, counted by rule and column."""
        if self.ready:
            return []
        if source not in self._repairs:
            self._repairs[source] = repairing.repairs(self._unbound(source), self.cells)
        return merge(self._repairs[source].findings(execute))

    def _unbound(self, source: str) -> Any:
        return ibis.table({cell.incoming: cell.kind for cell in self.cells}, name=source)

    @functools.cached_property
    def _numbered(self) -> list[tuple[int, Cell]]:
        return list(enumerate(self.cells))

    def _kept(self, raw: Any) -> dict[str, Any]:
        """The incoming cells as they are, for _raw; they become text only in the rows that need it."""
        return {f"_{i}r": raw[cell.incoming] for i, cell in self._numbered if not cell.helper}

    def _held(self, clean: Any) -> dict[str, Any]:
        kept = {name: clean[name] for name in clean.columns if name.endswith("r")}
        return kept | {f"_{i}i": clean[f"_{i}i"] for i, cell in self._numbered if cell.typed and not cell.passes}

    def _reason(self, read: Any) -> Any:
        unread = [self._unread(read, i, cell) for i, cell in self._numbered if cell.typed and not cell.passes]
        return ibis.coalesce(*unread, self._no_period(read))

    def _original(self, read: Any, reason: Any) -> Any:
        texts = {cell.incoming: read[f"_{i}r"].cast("string") for i, cell in self._numbered if not cell.helper}
        return ibis.ifelse(reason.notnull(), to_json(ibis.struct(texts)), null("string"))

    @staticmethod
    def _unread(read: Any, i: int, cell: Cell) -> Any:
        kind = _KINDS[cell.column.kind] if cell.column else ""
        value = read[f"_{i}r"].cast("string").left(_EXAMPLE_LENGTH)
        lost = read[f"_{i}i"].notnull() & read[f"_{i}o"].isnull()
        return ibis.ifelse(lost, f"{cell.target}: '" + value + f"' is not {kind}", null("string"))

    def _no_period(self, read: Any) -> Any:
        starts = [read[f"_{i}o"] for i, cell in self._numbered if cell.target in _STARTS]
        nowhere = ibis.and_(*[start.isnull() for start in starts]) if starts else ibis.literal(True)
        return ibis.ifelse(nowhere, "ChargePeriodStart: neither it nor BillingPeriodStart says when", null("string"))

    @property
    def _derived(self) -> list[str]:
        targets = {cell.target for cell in self.cells}
        return [name for name in _PERIOD if name not in targets and targets & _STARTS]

    def _periods(self, outputs: dict[str, Any]) -> dict[str, Any]:
        """The billing period of a table that does not say one: the month of the charge."""
        if not self._derived:
            return {}
        start = start_of_month(outputs.get("BillingPeriodStart", outputs.get("ChargePeriodStart")))
        period = dict(zip(_PERIOD, (start, next_month(start)), strict=True))
        return {name: period[name] for name in self._derived}

    @staticmethod
    def _type(cell: Cell) -> str:
        if cell.column is None:
            return forms.duckdb_type(cell.kind)
        return "VARCHAR" if cell.column.kind == "JSON" else cell.column.sql_type


def plan(schema: pa.Schema, *, version: str | None = None, ready: bool = False) -> Plan:
    """What to do with tables of this Arrow schema to make FOCUS of them.

    ``version`` is the FOCUS version to hold them against; without it, the oldest one that has all their FOCUS columns.
    ``ready`` says that a conversion of ours made the cells: texts without what stands for null, values as FOCUS writes them.
    Raises FocusError for a table without columns, a version that is not known, and an Arrow type that cannot be read.

    >>> found = plan(pa.schema({"billedcost": pa.string(), "Id": pa.int64()}))
    >>> found.columns
    {'BilledCost': 'DECIMAL(38,18)', 'x_Id': 'BIGINT'}
    """
    if not schema.names:
        raise FocusError("The table has no columns.", hint="check the file: its first line must name the columns")
    return _plan(schema.remove_metadata(), version, ready)


@functools.lru_cache(maxsize=64)
def _plan(schema: pa.Schema, version: str | None, ready: bool) -> Plan:
    matches = names.match(schema.names)
    cells = tuple(_cell(one, field, ready) for one, field in zip(matches, schema, strict=True))
    held = known(version) if version else version_of(cell.target for cell in cells)
    made = Plan(held, cells)
    noticed = merge([*repairing.of_names(matches), *repairing.of_types(cells), *_absent(made)])
    return Plan(held, cells, tuple(noticed), ready)


def version_of(columns: Iterable[str]) -> str:
    """The oldest version that has all of these columns, or most of them.

    >>> version_of(["ProviderName", "InvoiceId"]), version_of(["BilledCost", "x_Id"])
    ('1.2', '1.0')
    """
    present = {name for name in columns if name in COLUMNS}
    return max(VERSIONS, key=lambda version: sum(version in COLUMNS[name].versions for name in present))


def _cell(one: names.Match, field: pa.Field, ready: bool) -> Cell:
    column = COLUMNS.get(one.target)
    return Cell(one.incoming, one.target, forms.form_of(field.type), forms.ibis_type(field), column, ready)


def _absent(made: Plan) -> list[Finding]:
    derived = [repairing.derived(name) for name in made._derived]
    missing = [column for column in columns_of(made.version) if column.mandatory and column.name not in made.columns]
    return derived + [repairing.missing(column, made.version, set(made.columns)) for column in missing]
