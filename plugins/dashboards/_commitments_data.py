"""The small tables behind the dashboard of commitments: aggregated in the engine, a few hundred rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.commitments import commitment_coverage, commitment_utilization
from finopsnb.analysis.cost import GRAINS, between, dimension, totals
from finopsnb.analysis.days import day_number, day_start
from finopsnb.analysis.purchases import Look, given_discounts, offers, unused, windows_of
from finopsnb.analysis.recommendations.months import a_month

from ._periods import window
from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Commitments", "look"]

Rows = list[dict[str, Any]]
#: the grains to try, and how many points of both charts can be drawn
_GRAINS, _MOST_POINTS = ("day", "week", "month"), 2_000


@dataclass(frozen=True)
class Commitments:
    """What the dashboard tells, all in ``currency``; ``others`` are the totals of the currencies that are left out.

    ``used`` (provider, period, used, unused, utilization) and ``covered`` (provider, period, covered, uncovered, coverage) are of the
    window, ``since`` to before ``until``, by ``grain``; ``wasted`` has name, provider, cost (a month) and utilization, ``offers`` the
    best offer of each service and region; of the services in ``unknown`` no discount is known.
    """

    currency: str
    others: dict[str, Any]
    since: date
    until: date
    grain: str
    used: Rows
    covered: Rows
    wasted: Rows
    offers: Rows
    unknown: Rows

    def share(self, part: str, rest: str) -> float | None:
        """Used of committed, or covered of all usage, in the window."""
        rows = self.used if part == "used" else self.covered
        mine, other = (sum((row[name] for row in rows), Decimal(0)) for name in (part, rest))
        return float(mine / (mine + other)) if mine + other > 0 else None


def look(table: Callable[[str], ir.Table], execute: Execute, settings: Any) -> Commitments | None:
    """The dashboard's data for these settings, or None without any costs. Raises FinopsError for a currency that has none."""
    costs = table("costs")
    costs = costs.mutate(BillingCurrency=costs.BillingCurrency.fill_null("(no currency)"))
    sums = {row["BillingCurrency"]: row for row in execute(totals(costs, "EffectiveCost")).to_pylist()}
    if not sums:
        return None
    currency = chosen_currency({name: row["size"] for name, row in sums.items()}, settings.currency, "commitments-overview")
    chosen = sums.pop(currency)
    days = window(chosen["first"], chosen["last"], settings)
    mine = costs.filter(costs.BillingCurrency == currency)
    grain, used, covered = _shares(between(mine, *days), execute, settings.grain)
    known = given_discounts(settings.discounts, execute)
    within = windows_of(mine, execute, settings.days)
    found = offers(mine, execute, known, Look(settings.days, settings.minimum_days), within)
    return Commitments(
        currency,
        {name: row["cost"] for name, row in sorted(sums.items())},
        *days,
        grain,
        used,
        covered,
        [_wasted(row) for row in execute(unused(mine, settings.days, within)).to_pylist() if row["unused"] > 0],
        _best(found.rows),
        found.unknown,
    )


def _shares(costs: ir.Table, execute: Execute, grain: str) -> tuple[str, Rows, Rows]:
    """Utilisation and coverage at that grain, or the finest one with points that can be drawn."""
    import ibis

    sums = ibis.memtable(execute(_added_up(costs)))
    for finest in _GRAINS[_GRAINS.index(grain) :]:
        periods = sums.mutate(period=day_start(sums.day).truncate(GRAINS[finest]).cast("date"))
        used = execute(commitment_utilization(periods, "provider", "period")).to_pylist()
        covered = execute(commitment_coverage(periods, "provider", "period")).to_pylist()
        if len(used) + len(covered) <= _MOST_POINTS:
            break
    return finest, used, covered


def _added_up(costs: ir.Table) -> ir.Table:
    """The costs by provider, day and what decides about coverage: some hundred rows of many millions."""
    names = ("BillingCurrency", "ChargeCategory", "PricingCategory", "CommitmentDiscountStatus")
    keys = {name: costs[name] for name in names}
    sums = costs.group_by(provider=dimension(costs, "provider"), day=day_number(costs.ChargePeriodStart), **keys)
    return sums.aggregate(EffectiveCost=costs.EffectiveCost.sum(), ListCost=costs.ListCost.sum())


def _wasted(row: dict[str, Any]) -> dict[str, Any]:
    name = row["CommitmentDiscountName"] or row["CommitmentDiscountId"].rpartition("/")[2] or row["CommitmentDiscountId"]
    return {
        "name": name,
        "id": row["CommitmentDiscountId"],
        "provider": row["provider"],
        "utilization": row["utilization"],
        "cost": a_month(row["unused"], row["days"]),
    }


def _best(rows: Rows) -> Rows:
    """The offer that saves most of each service and region, the largest saving first."""
    keys = ("provider", "ServiceName", "RegionId")
    best = [next(options) for _, options in groupby(rows, key=lambda row: [row[name] for name in keys])]
    return sorted(best, key=lambda row: (-row["monthly_saving"], *(row[name] for name in keys)))
