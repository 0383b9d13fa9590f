"""What explains an event: the accounts, services, regions, SKUs and resources whose costs changed, by one aggregate for all events.

An event's days are held against the same weekdays of the four weeks before it. What changed most comes first: the contribution
analysis of Bhagwan et al., "Adtributor: Revenue debugging in advertising systems" (NSDI 2014), without its test for surprise.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import UNKNOWN, amount, dimension
from finopsnb.analysis.days import day_number

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["LEVELS", "changes", "explained"]

#: what is looked at, from the largest to the smallest; what events are told by already is left out
LEVELS = ("account", "service", "region", "SkuId", "ResourceId")
_BEFORE, _TOP, _LEAST_SHARE = 28, 3, 0.1
_SAME = {"account": ("account", "SubAccountId", "SubAccountName"), "service": ("service", "ServiceName")}
#: as daily_costs calls it
_NO_CURRENCY = "(no currency)"


def changes(costs: ir.Table, events: Sequence[dict[str, Any]], by: Sequence[str], metric: str = "EffectiveCost") -> ir.Table:
    """For each event (its number) and level the values that changed most: number, level, value, now, before and change.

    ``now`` is what the event's days cost, ``before`` what as many of the same weekdays in the four weeks before it cost.
    """
    import ibis

    levels = [name for name in LEVELS if not set(_SAME.get(name, (name,))) & set(by)]
    asked = ibis.memtable(_asked(events, by))
    day = day_number(costs.ChargePeriodStart)
    first, last = min(_number(event["start"]) for event in events) - _BEFORE, max(_number(event["end"]) for event in events)
    rows = costs.mutate(_day=day, _amount=amount(costs, metric), **{f"_by_{name}": dimension(costs, name) for name in by})
    rows = rows.mutate(**{f"_level_{name}": dimension(rows, name) for name in levels}).filter(rows._day >= first, rows._day <= last)
    same = [rows[f"_by_{name}"] == asked[f"_by_{name}"] for name in by]
    joined = rows.join(
        asked, [rows.BillingCurrency.fill_null(_NO_CURRENCY) == asked._currency, rows._day >= asked._first, rows._day <= asked._end, *same]
    )
    named = {f"_level_{name}": joined[f"_level_{name}"] for name in levels}
    since = joined._day - joined._start
    alike = ((since % 7 + 7) % 7) < joined._days
    sums = joined.group_by(number=joined._number, times=joined._times, **named).aggregate(
        now=joined._amount.sum(where=since >= 0).coalesce(0), before=joined._amount.sum(where=(since < 0) & alike).coalesce(0)
    )
    return _largest([_by_level(sums, name) for name in levels])


def _asked(events: Sequence[dict[str, Any]], by: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    starts = [_number(event["start"]) for event in events]
    days = [min(event["days"], 7) for event in events]
    columns: dict[str, Any] = {
        "_number": range(len(events)),
        "_currency": [event["BillingCurrency"] for event in events],
        "_first": [start - _BEFORE for start in starts],
        "_start": starts,
        "_end": [_number(event["end"]) for event in events],
        "_days": days,
        "_times": [event["days"] / (_BEFORE / 7 * short) for event, short in zip(events, days, strict=True)],
        **{f"_by_{name}": [event[name] for event in events] for name in by},
    }
    return pa.table({name: pa.array(list(values)) for name, values in columns.items()})


def _by_level(sums: ir.Table, name: str) -> ir.Table:
    import ibis

    value = sums[f"_level_{name}"]
    grouped = sums.filter(value != UNKNOWN).group_by("number", "times", value=value).aggregate(now=sums.now.sum(), before=sums.before.sum())
    before = grouped.before.cast("float64") * grouped.times
    now = grouped.now.cast("float64")
    return grouped.select("number", level=ibis.literal(name), value=grouped.value, now=now, before=before, change=now - before)


def _largest(parts: list[ir.Table]) -> ir.Table:
    import ibis

    every = ibis.union(parts[0], *parts[1:]) if len(parts) > 1 else parts[0]
    order = [ibis.desc(every.change.abs()), every.value]
    ranked = every.mutate(_place=ibis.row_number().over(group_by=["number", "level"], order_by=order))
    return ranked.filter(ranked._place < _TOP).drop("_place").order_by(["number", "level", ibis.desc(ranked.change.abs()), "value"])


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def explained(events: Sequence[dict[str, Any]], found: pa.Table) -> list[str]:
    """The drivers of each event as JSON: a list of level, value, change and share (of the event), what explains most first."""
    told: list[list[dict[str, Any]]] = [[] for _ in events]
    for row in found.to_pylist():
        impact = float(events[row["number"]]["impact"])
        share = row["change"] / impact if impact else 0.0
        if share >= _LEAST_SHARE:
            told[row["number"]].append(
                {"level": row["level"], "value": row["value"], "change": round(row["change"], 2), "share": round(share, 3)}
            )
    order = {name: place for place, name in enumerate(reversed(LEVELS))}
    for drivers in told:
        drivers.sort(key=lambda one: (order[one["level"]], -one["share"], one["value"]))
    return [json.dumps(drivers, ensure_ascii=False) for drivers in told]
