"""Totals of a source, from its raw amounts: what the stored costs are held against.

This adds up digits, and shares nothing with how costs are read on their way into the store, so that a mistake there
shows here. Nothing passes through a float.

    -0.0000000000000000025   whole "0", decimals 1 to 18, decimals 19 to 38
            │
            ├──▶ rounded half to even at 18 decimals    -0.000000000000000002     (total)
            └──▶ what that took away                    -0.0000000000000000005    (residue)     raw = total + residue
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from finopsnb.engines import in_pieces, private_engine
from finopsnb.errors import SourceError
from finopsnb.plugins.telemetry import KEYS, MEASURES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["KEYS", "MEASURES", "READ", "STORED", "TOLD", "summed", "summing"]

#: decimals that costs are stored with, that the residue is told with, and that are read
STORED, TOLD, READ = 18, 28, 38
_LIMIT = Decimal(10) ** 20


def summed(tables: Iterable[pa.Table]) -> pa.Table:
    """The totals of a source by account, period, currency and measure.

    Each table has KEYS and MEASURES as text, or in the types of a Parquet file; a column that is missing is null. Without a
    BillingPeriodStart, the month of ChargePeriodStart is the period. The answer has KEYS (BillingPeriodStart as UTC
    timestamp), ``measure``, ``total`` (decimal(38,18), each row rounded half to even to 18 decimals), ``residue``
    (decimal(38,28), what the rounding took away: raw = total + residue), ``rows``, and ``unreadable``: how many of the rows
    have an amount that is no number, or one of more than 20 digits before the point. These are in no total. Decimals 29 to
    38 are added up, and their sum rounded; later ones only tell a half from more. Raises SourceError for a sum that no
    cost could be stored as.

    >>> import pyarrow as pa
    >>> bill = {"BillingAccountId": ["0012"], "BillingPeriodStart": ["2026-10-01"], "BillingCurrency": ["USD"]}
    >>> rows = summed([pa.table({**bill, "BilledCost": ["0.0000000000000000025"], "EffectiveCost": ["1,5"]})]).to_pylist()
    >>> [(one["measure"], str(one["total"]), str(one["residue"]), one["unreadable"]) for one in rows]
    [('BilledCost', '2E-18', '5.000000000E-19', 0), ('EffectiveCost', '0E-18', '0E-28', 1)]
    """
    with summing() as add_up:
        return add_up(tables)


@contextmanager
def summing() -> Iterator[Callable[[Iterable[pa.Table]], pa.Table]]:
    """:func:`summed`, for many totals in one engine."""
    with _engine() as sums_of:
        yield lambda tables: _summed(tables, sums_of)


def _summed(tables: Iterable[pa.Table], sums_of: Callable[[pa.Table], list[dict[str, Any]]]) -> pa.Table:
    found: dict[tuple[Any, ...], _Sum] = {}
    for table in tables:
        measures = [measure for measure in MEASURES if measure in table.column_names]
        for row in sums_of(table):
            for measure in measures:
                key = (*(row[name] for name in KEYS), measure)
                found.setdefault(key, _Sum()).add(row, measure)
    return _as_table(found)


@dataclass
class _Sum:
    """Whole numbers: what stands before the point, up to 18 decimals after it, and beyond, in units of the 38th."""

    whole: int = 0
    decimals: int = 0
    residue: int = 0
    rows: int = 0
    unreadable: int = 0

    def add(self, row: dict[str, Any], measure: str) -> None:
        for name in ("whole", "decimals", "residue", "unreadable"):
            setattr(self, name, getattr(self, name) + int(row[f"{measure}_{name}"]))
        self.rows += int(row["rows"])

    @property
    def total(self) -> Decimal:
        return _scaled(self.whole * 10**STORED + self.decimals, STORED)


@contextmanager
def _engine() -> Iterator[Callable[[pa.Table], list[dict[str, Any]]]]:
    """A private engine that gives the sums of a table."""
    statements: dict[pa.Schema, str] = {}

    def add_up(table: pa.Table) -> list[dict[str, Any]]:
        statement = statements.get(table.schema) or statements.setdefault(table.schema, _statement(table.schema))
        connection.register("_amounts", in_pieces(table))
        rows: list[dict[str, Any]] = connection.sql(statement).to_arrow_table().to_pylist()
        connection.unregister("_amounts")
        return rows

    with closing(private_engine()) as connection:
        yield add_up


def _statement(schema: pa.Schema) -> str:
    """The sums of one table by its keys."""
    import ibis

    from finopsnb import focus
    from finopsnb.plugins.exports.digits import added_up

    return focus.sql(added_up(ibis.table(ibis.schema(ibis.Schema.from_pyarrow(schema)), name="_amounts"), MEASURES))


def _scaled(number: int, decimals: int, told: int | None = None) -> Decimal:
    """A whole number of units of that decimal; with ``told`` decimals, a half going to even."""
    with localcontext(prec=100):
        exact = Decimal(number).scaleb(-decimals)
        return exact if told is None else exact.quantize(Decimal(1).scaleb(-told), ROUND_HALF_EVEN)


def _as_table(found: dict[tuple[Any, ...], _Sum]) -> pa.Table:
    """A row per key and measure, sorted."""
    import pyarrow as pa

    sums = list(found.values())
    if any(one.total.copy_abs() >= _LIMIT for one in sums):
        raise SourceError("The source adds up to more than can be stored.", why="A total has at most 20 digits before the point.")
    kinds = (pa.string(), pa.timestamp("us", tz="UTC"), pa.string(), pa.string())
    names = (*KEYS, "measure")
    columns = {name: pa.array([key[i] for key in found], kinds[i]) for i, name in enumerate(names)}
    columns["total"] = pa.array([one.total for one in sums], pa.decimal128(38, STORED))
    columns["residue"] = pa.array([_scaled(one.residue, READ, TOLD) for one in sums], pa.decimal128(38, TOLD))
    columns |= {name: pa.array([getattr(one, name) for one in sums], pa.int64()) for name in ("rows", "unreadable")}
    return pa.table(columns).sort_by([(name, "ascending") for name in names])
