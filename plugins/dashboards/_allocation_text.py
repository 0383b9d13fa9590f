"""The allocations in words and as the records that the charts draw."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation import UNALLOCATED
from finopsnb.charts import money
from finopsnb.charts.data import Records, shown

from ._overview_text import COSTS
from ._periods import day_named, numbered, period_records
from ._settings import others_told

if TYPE_CHECKING:
    from ._allocation_data import Allocated

__all__ = ["datasets", "description", "finding", "links", "measure", "series", "shares", "subtitle"]


def measure(found: Allocated) -> str:
    """What was allocated: "Effective cost"."""
    return COSTS.get(found.metric, "Cost")


def finding(found: Allocated) -> str:
    """How much of the last full month has an owner, and who pays most."""
    whole, lost = sum(found.bills.values(), Decimal(0)), found.bills.get(UNALLOCATED) or Decimal(0)
    what, month = measure(found).lower(), found.month.name
    owners = {name: cost for name, cost in found.bills.items() if name != UNALLOCATED}
    most = max(sorted(owners), key=lambda name: owners[name], default="")
    pays = f"; {shown(most)} pays most, {money(owners[most], found.currency)}" if most else ""
    if not lost:
        return f"All of the {what} in {month} has an owner{pays}"
    if whole <= 0:
        return f"{money(lost, found.currency)} of the {what} in {month} has no owner{pays}"
    return f"{lost / whole:.1%} of the {what} in {month} has no owner, {money(lost, found.currency)}{pays}"


def subtitle(found: Allocated) -> list[str]:
    """Whose allocations, of which months, in which currency, and the currencies that are not in it."""
    last = date.fromordinal(found.until.toordinal() - 1)
    by = "billing months" if found.grain == "month" else "days"
    shows = f"Allocations of {found.plugin}, {by} {day_named(found.since)} to {day_named(last)}, all amounts in {found.currency}"
    lines = [f"{shows}. Drag over the trend to narrow the rankings; click a bar to follow it; double click to go back."]
    return [*lines, told] if (told := others_told(found.others)) else lines


def description(found: Allocated) -> str:
    """The finding, the largest bills, and what the pools handed on, as sentences."""
    bills = sorted(found.bills, key=lambda name: (-found.bills[name], name))[:6]
    told = "; ".join(f"{shown(name)} {money(found.bills[name], found.currency)}" for name in bills)
    pools: dict[str, Decimal] = {}
    for row in found.flows.to_pylist():
        pools[row["pool"]] = pools.get(row["pool"], Decimal(0)) + row["cost"]
    handed = "; ".join(f"{shown(name)} {money(cost, found.currency)}" for name, cost in pools.items())
    return f"{finding(found)}. {found.month.name}: {told}." + (f" Pools handed on, over all months shown: {handed}." if handed else "")


def series(found: Allocated) -> int:
    """How many colours there are; what has no owner is grey."""
    return len(found.named) + 1


def _rank(found: Allocated, owner: str) -> int:
    if owner == UNALLOCATED:
        return series(found)
    return found.named.index(owner) if owner in found.named else len(found.named)


def datasets(found: Allocated) -> dict[str, Records]:
    """costs (period, key, cost), keys (series, rank, method) and periods, as the charts look them up."""
    rows = found.trend.to_pylist()
    days = numbered(row["period"] for row in rows)
    keys = {key: number for number, key in enumerate(dict.fromkeys((row["owner"], row["method"]) for row in rows))}
    return {
        "costs": [
            {"period": days[row["period"]], "key": keys[row["owner"], row["method"]], "cost": round(float(row["cost"]), 4)}
            for row in rows
            if row["cost"]
        ],
        "keys": [
            {"key": number, "series": shown(owner), "rank": _rank(found, owner), "method": shown(method)}
            for (owner, method), number in keys.items()
        ],
        "periods": period_records(days, found.grain, found.since, found.until),
    }


def shares(found: Allocated) -> Records:
    """The part of each period that has no owner; none where the period's cost is not above zero."""
    whole: dict[date, Decimal] = {}
    lost: dict[date, Decimal] = {}
    for row in found.trend.to_pylist():
        for sums in (whole, lost) if row["owner"] == UNALLOCATED else (whole,):
            sums[row["period"]] = sums.get(row["period"], Decimal(0)) + (row["cost"] or 0)
    numbers = numbered(whole)
    told = {row["period"]: row for row in period_records(numbers, found.grain, found.since, found.until)}
    return [{**told[numbers[day]], "cost": float(lost.get(day, 0)), "share": _share(lost.get(day), whole[day])} for day in numbers]


def _share(part: Decimal | None, whole: Decimal) -> float | None:
    return float((part or Decimal(0)) / whole) if whole > 0 else None


def links(found: Allocated) -> Records:
    """What each pool handed on to whom, the pools with most first, and beside each what came through others."""
    rows = found.flows.to_pylist()
    size: dict[str, Any] = {}
    for row in rows:
        size[row["pool"]] = size.get(row["pool"], 0) + abs(row["cost"])
    order = sorted(size, key=lambda pool: (-max(size[p] for p in size if p.split(" > ")[-1] == pool.split(" > ")[-1]), pool))
    return [
        {
            "source": shown(row["pool"]),
            "target": shown(row["owner"]),
            "rank": _rank(found, row["owner"]),
            "cost": round(float(row["cost"]), 4),
        }
        for row in sorted(rows, key=lambda row: order.index(row["pool"]))
    ]
