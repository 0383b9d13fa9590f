"""The events of all series as a table: what cost more or less than expected, since when, and by how much money."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from finopsnb.analysis.anomalies.kinds import Told, told
from finopsnb.analysis.anomalies.settings import Limits
from finopsnb.analysis.anomalies.watching import watch

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.analysis.anomalies.costs import Costs

__all__ = ["COLUMNS", "events_of", "table_of"]

#: the columns of an event after its dimensions and BillingCurrency
COLUMNS = (
    "event",
    "kind",
    "direction",
    "state",
    "start",
    "end",
    "noticed",
    "days",
    "expected",
    "actual",
    "impact",
    "score",
    "siblings",
    "drivers",
)
_DIGITS = Decimal("0.000001")


def events_of(series: Costs, by: Sequence[str], limits: Limits, minimum: Decimal) -> list[dict[str, Any]]:
    """The events in the costs of one currency that come to ``minimum`` or more, the largest first."""
    import pyarrow as pa

    found, memory = watch(series.costs, series.days, limits)
    dates = series.rows["day"].cast(pa.date32()).cast(pa.int32()).to_numpy().astype("int64")
    first = int(np.datetime64(series.first, "D").astype("int64"))
    ends = np.append(series.starts[1:], series.rows.num_rows)
    rows = []
    for event in found:
        one = told(memory, event)
        begin, end = int(series.starts[event.series]), int(ends[event.series])
        inside = begin + np.flatnonzero(np.isin(dates[begin:end] - first, one.days))
        rows.append(_row(series, by, one, _sum(series.rows, inside)))
    return _worth_telling(_with_siblings(rows, by), minimum)


def _worth_telling(rows: list[dict[str, Any]], minimum: Decimal) -> list[dict[str, Any]]:
    """Of siblings it is the sum that counts."""
    impact: dict[str, Decimal] = {}
    for row in rows:
        impact[row["event"]] = impact.get(row["event"], Decimal(0)) + row["impact"]
    return [row for row in rows if abs(impact[row["event"]]) >= minimum]


def _sum(rows: pa.Table, places: Any) -> Decimal:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.sum(rows["cost"].take(pa.array(places))).as_py() or Decimal(0)


def _row(series: Costs, by: Sequence[str], one: Told, actual: Decimal) -> dict[str, Any]:
    event = one.event
    expected = Decimal(str(one.expected)).quantize(_DIGITS)
    key = series.keys[event.series]
    up = actual >= expected if event.kind == "launch" else event.direction > 0
    return {
        **dict(zip(by, key, strict=True)),
        "BillingCurrency": series.currency,
        "kind": one.kind,
        "direction": "up" if up else "down",
        "state": "under way" if event.ongoing else "settled" if event.settled else "over",
        "start": series.day(event.start),
        "end": series.day(event.end),
        "noticed": series.day(event.noticed),
        "days": event.end - event.start + 1,
        "expected": expected,
        "actual": actual,
        "impact": actual - expected,
        "score": round(event.score, 2),
        "drivers": "[]",
    }


def _with_siblings(rows: list[dict[str, Any]], by: Sequence[str]) -> list[dict[str, Any]]:
    """Series with one parent (all dimensions but the last) that go the same way from the same day on are one event."""
    count: dict[str, int] = {}
    for row in rows:
        parent = [row[name] for name in by[:-1]]
        row["event"] = _digest([row["BillingCurrency"], *parent, row["start"].isoformat(), row["direction"]])
        count[row["event"]] = count.get(row["event"], 0) + 1
    for row in rows:
        row["siblings"] = count[row["event"]] - 1
    return sorted(rows, key=lambda row: (-abs(row["impact"]), *(row[name] for name in by), row["start"], row["direction"]))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def table_of(rows: Iterable[dict[str, Any]], by: Sequence[str]) -> pa.Table:
    """The events as Arrow: the dimensions, BillingCurrency and COLUMNS; money is decimal, score a number, drivers JSON."""
    import pyarrow as pa

    money, day, whole = pa.decimal128(38, 18), pa.date32(), pa.int64()
    kinds = {"start": day, "end": day, "noticed": day, "days": whole, "siblings": whole, "score": pa.float64()}
    kinds |= dict.fromkeys(("expected", "actual", "impact"), money)
    names = [*by, "BillingCurrency", *COLUMNS]
    given = list(rows)
    return pa.table({name: pa.array([row[name] for row in given], kinds.get(name, pa.string())) for name in names})
