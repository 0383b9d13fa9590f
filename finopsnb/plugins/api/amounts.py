"""What an API said of money, day by day, kept so that the stored costs can be held against it when it is no longer asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.exports.totals import KEYS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_totals", "told"]

_SUMS = ("total", "residue", "rows", "unreadable")


def told(totals: pa.Table) -> list[dict[str, Any]]:
    """The sums of the raw amounts of a day (:func:`finopsnb.plugins.exports.totals.summed`), JSON-able."""
    return [{name: _plain(value) for name, value in row.items()} for row in totals.to_pylist()]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime) else value


def as_totals(days: Iterable[Iterable[Mapping[str, Any]]]) -> pa.Table:
    """The sums of all days, in the form of :func:`finopsnb.plugins.exports.totals.summed`."""
    import pyarrow as pa

    names = [*KEYS, "measure"]
    kinds = {"total": pa.decimal128(38, 18), "residue": pa.decimal128(38, 28), "rows": pa.int64(), "unreadable": pa.int64()}
    schema = pa.schema([*((name, pa.string()) for name in names), *kinds.items()])
    schema = schema.set(names.index("BillingPeriodStart"), pa.field("BillingPeriodStart", pa.timestamp("us", tz="UTC")))
    table = pa.Table.from_pylist([_read(one) for day in days for one in day], schema)
    sums = table.group_by(names).aggregate([(name, "sum") for name in _SUMS])
    columns = {name: sums[name] for name in names} | {name: sums[f"{name}_sum"].cast(kind) for name, kind in kinds.items()}
    return pa.table(columns).sort_by([(name, "ascending") for name in names])


def _read(one: Mapping[str, Any]) -> dict[str, Any]:
    start = one["BillingPeriodStart"]
    amounts = {name: Decimal(one[name]) for name in ("total", "residue")}
    return {**one, **amounts, "BillingPeriodStart": datetime.fromisoformat(start) if start else None}
