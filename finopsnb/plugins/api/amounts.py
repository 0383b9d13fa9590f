"""What an API said of money, day by day, kept so that the stored costs can be held against it when it is no longer asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["as_totals", "told"]

_KEYS = ("BillingAccountId", "BillingPeriodStart", "BillingCurrency")
_MEASURES = ("BilledCost", "EffectiveCost")
_STORED = Decimal("1e-18")


def told(table: pa.Table) -> list[dict[str, Any]]:
    """The sums of the raw amounts of some replies by account, period, currency and measure, JSON-able.

    The table has the columns of :func:`finopsnb.plugins.exports.totals.summed`; the sums are those of that function.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    with localcontext(prec=100):
        for row in table.to_pylist():
            for measure in _MEASURES:
                _add(found.setdefault((*(str(row.get(name) or "") for name in _KEYS), measure), _nothing()), row.get(measure))
    named = [dict(zip((*_KEYS, "measure"), key, strict=True)) | values for key, values in sorted(found.items())]
    return [{name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in one.items()} for one in named]


def as_totals(days: Iterable[Iterable[Mapping[str, Any]]]) -> pa.Table:
    """The sums of all days, in the form of :func:`finopsnb.plugins.exports.totals.summed`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = [{**one, "total": Decimal(one["total"]), "residue": Decimal(one["residue"])} for day in days for one in day]
    kinds = {"total": pa.decimal128(38, 18), "residue": pa.decimal128(38, 28), "rows": pa.int64(), "unreadable": pa.int64()}
    texts = [(name, pa.string()) for name in (*_KEYS, "measure")]
    table = pa.Table.from_pylist(rows, pa.schema([*texts, *kinds.items()]))
    names = [name for name, _ in texts]
    sums = table.group_by(names).aggregate([(name, "sum") for name in kinds])
    columns = {name: sums[name] for name in names} | {name: sums[f"{name}_sum"].cast(kind) for name, kind in kinds.items()}
    columns["BillingPeriodStart"] = pc.strptime(sums["BillingPeriodStart"], "%Y-%m-%d %H:%M:%S%z", "us").cast(pa.timestamp("us", tz="UTC"))
    return pa.table(columns).sort_by([(name, "ascending") for name in names])


def _nothing() -> dict[str, Any]:
    return {"total": Decimal(0), "residue": Decimal(0), "rows": 0, "unreadable": 0}


def _add(sums: dict[str, Any], said: str | None) -> None:
    sums["rows"] += 1
    if said is None or not said.strip():
        return
    try:
        exact = Decimal(said)
        total = exact.quantize(_STORED, ROUND_HALF_EVEN)
    except InvalidOperation:
        sums["unreadable"] += 1
        return
    sums["total"] += total
    sums["residue"] += exact - total
