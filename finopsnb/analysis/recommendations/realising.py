"""What recommendations that were implemented have saved, by the costs of their resources before and since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.recommendations.months import a_month
from finopsnb.analysis.whole_days import last_whole_days

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["BEFORE", "LEAST", "realised"]

#: the complete days before that are looked at, and those since from which on something can be said
BEFORE, LEAST = 30, 7
_UNIT = Decimal("1e-18")


def realised(implemented: list[dict[str, Any]], costs: ir.Table, execute: Execute) -> dict[tuple[str, str], dict[str, Any]]:
    """realised_saving, realised_monthly, realised_days and realised_note of implemented rows, by plugin and recommendation_id.

    The saving is the mean EffectiveCost of a day in the 30 complete days before ``implemented_at`` (fewer for a resource that is
    younger), minus that of the complete days since, times these days; realised_monthly is that of a month. Days are complete up to the
    last whole one of the currency (:mod:`finopsnb.analysis.whole_days`). What is measured on one resource is told of the one that was
    implemented first. Where it cannot be told, both are null and the note says why.
    """
    named = [row for row in implemented if row["ResourceId"] is not None and row["implemented_at"] is not None]
    days = _days(named, costs, execute)
    last = _last_days(costs, execute) if named else {}
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    found = {}
    for row in sorted(implemented, key=lambda one: (one["implemented_at"] or datetime.max.replace(tzinfo=UTC), *_key(one))):
        thing = (row["ResourceId"], row["BillingCurrency"])
        if row["ResourceId"] is None or row["implemented_at"] is None:
            found[_key(row)] = _unknown("It is about no resource whose cost could tell.")
        elif thing in first:
            found[_key(row)] = _unknown(f"It is measured together with {first[thing]['recommendation_id']}.")
        else:
            first[thing] = row
            found[_key(row)] = _measured(row["implemented_at"], days.get(thing, {}), last.get(row["BillingCurrency"]))
    return found


def _measured(at: datetime, costs: Mapping[date, Decimal], last: date | None) -> dict[str, Any]:
    at = at.astimezone(UTC)
    end = at.date()
    start = end if at == datetime.combine(end, datetime.min.time(), UTC) else end + timedelta(days=1)
    since = (last - start).days + 1 if last else 0
    known = min(costs, default=end)
    before = min(BEFORE, (end - known).days)
    if before <= 0:
        return _unknown("There are no costs of its resource before it was implemented.")
    if since < LEAST:
        return _unknown(f"{max(since, 0)} complete days have passed since; it takes {LEAST}.", max(since, 0))
    spent = sum((cost for day, cost in costs.items() if end - timedelta(days=before) <= day < end), Decimal(0))
    now = sum((cost for day, cost in costs.items() if start <= day <= start + timedelta(days=since - 1)), Decimal(0))
    with localcontext(prec=60):
        saving = spent * since / before - now
        return {
            "realised_saving": saving.quantize(_UNIT, ROUND_HALF_EVEN),
            "realised_monthly": a_month(saving, since),
            "realised_days": since,
            "realised_note": f"{before} days before, {since} days since.",
        }


def _unknown(note: str, days: int | None = None) -> dict[str, Any]:
    return {"realised_saving": None, "realised_monthly": None, "realised_days": days, "realised_note": note}


def _days(rows: list[dict[str, Any]], costs: ir.Table, execute: Execute) -> dict[tuple[str, str], dict[date, Decimal]]:
    """EffectiveCost by day of the resources of these rows, by ResourceId and BillingCurrency."""
    if not rows:
        return {}
    mine = costs.filter(costs.ResourceId.isin(sorted({row["ResourceId"] for row in rows})))
    keys = {"thing": mine.ResourceId, "currency": mine.BillingCurrency, "day": mine.ChargePeriodStart.cast("date")}
    found: dict[tuple[str, str], dict[date, Decimal]] = {}
    for row in execute(mine.group_by(**keys).aggregate(cost=mine.EffectiveCost.sum())).to_pylist():
        found.setdefault((row["thing"], row["currency"]), {})[row["day"]] = row["cost"] or Decimal(0)
    return found


def _last_days(costs: ir.Table, execute: Execute) -> dict[str, date]:
    """By currency the last complete day with usage, or with any charge where there is no usage."""
    found: dict[str, date] = {}
    for table in (costs, costs.filter(costs.ChargeCategory == "Usage")):
        found |= {row["BillingCurrency"]: row["last"].date() for row in execute(last_whole_days(table, "BillingCurrency")).to_pylist()}
    return found


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return (row["plugin"], row["recommendation_id"])
