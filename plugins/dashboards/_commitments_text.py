"""The commitments in words, and as the records that the charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finopsnb.charts import money
from finopsnb.charts.data import Records, shown

from ._commitments_data import Commitments
from ._periods import day_named, numbered, period_records
from ._settings import others_told

__all__ = ["description", "finding", "lines", "lines_told", "offers", "ranks", "subtitle", "wasted"]


def finding(found: Commitments) -> str:
    """How much of the commitments is used, what that wastes, how much they cover, and what more would save."""
    used, covered = found.share("used", "unused"), found.share("covered", "uncovered")
    if used is None:
        first = "No usage is under a commitment"
    else:
        waste = sum((row["cost"] for row in found.wasted), Decimal(0))
        lost = f"{money(waste, found.currency)} a month is wasted" if waste else "nothing is wasted"
        first = f"{used:.1%} of what is committed to is used, {lost}; {covered or 0:.1%} of the usage is covered"
    saving = sum((row["monthly_saving"] for row in found.offers), Decimal(0))
    return f"{first}; committing to more would save up to {money(saving, found.currency)} a month" if saving else first


def subtitle(found: Commitments, settings: Any) -> list[str]:
    """The days and the currency, what the shares are of, what is not known, and the currencies that are not in it."""
    last = date.fromordinal(found.until.toordinal() - 1)
    when = f"{day_named(found.since)} to {day_named(last)}, all amounts in {shown(found.currency)}"
    lines = [
        f"{when}. Used is EffectiveCost, covered is ListCost of all usage; waste and offers are of the last {settings.days} complete days."
    ]
    if any(row["by_day"] for row in found.offers):
        lines.append("Costs that come by the day are spread evenly over its hours, so that peaks within a day are not seen.")
    if found.unknown:
        many = f"{len(found.unknown)} service{'s' if len(found.unknown) > 1 else ''} and regions"
        lines.append(f"For {many} no discount is known, so nothing is proposed: discounts=FILE gives them.")
    told = others_told(found.others)
    return [*lines, told] if told else lines


def description(found: Commitments) -> str:
    """The finding, each provider's shares, the largest waste and the best offers, as sentences."""
    parts = {
        "Used": "; ".join(_whole(found.used, "used", "unused")),
        "Covered": "; ".join(_whole(found.covered, "covered", "uncovered")),
        "Wasted a month": "; ".join(f"{row['name']} {money(row['cost'], found.currency)}" for row in wasted(found, 5)),
        "To commit to": "; ".join(f"{row['name']} saves {money(row['cost'], found.currency)} a month" for row in offers(found, 5)),
    }
    return " ".join([f"{finding(found)}.", *(f"{name}: {told}." for name, told in parts.items() if told)])


def _whole(rows: Sequence[dict[str, Any]], part: str, rest: str) -> list[str]:
    told = []
    for provider in sorted({row["provider"] for row in rows}):
        mine, other = (sum((row[name] for row in rows if row["provider"] == provider), Decimal(0)) for name in (part, rest))
        if mine + other > 0:
            told.append(f"{shown(provider)} {mine / (mine + other):.1%}")
    return told


def ranks(found: Commitments, most: int) -> dict[str, int]:
    """A colour for each provider, those with most usage first; the same in all charts. Smaller ones have no line."""
    sizes: dict[str, Decimal] = {}
    for row in found.covered:
        sizes[row["provider"]] = sizes.get(row["provider"], Decimal(0)) + row["covered"] + row["uncovered"]
    for row in found.used:
        sizes.setdefault(row["provider"], Decimal(0))
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[:most]
    return {name: rank for rank, name in enumerate(largest)}


def lines(found: Commitments, rows: Sequence[dict[str, Any]], value: str, part: str, grain: str, rank: dict[str, int]) -> Records:
    """A record for each provider and period that has a share."""
    numbers = numbered(row["period"] for row in rows)
    periods = {one["period"]: one for one in period_records(numbers, grain, found.since, found.until)}
    return [
        {
            **{name: periods[numbers[row["period"]]][name] for name in ("middle", "when")},
            **{"series": shown(row["provider"]), "rank": rank[row["provider"]]},
            **{"value": round(row[value], 6), "cost": round(float(row[part]), 2)},
        }
        for row in rows
        if row["provider"] in rank and row[value] is not None
    ]


def lines_told(records: Records, what: str) -> str:
    """The last point of each line."""
    last = {row["series"]: row["value"] for row in sorted(records, key=lambda row: row["middle"])}
    return f"{what} over time: " + "; ".join(f"{name} {value:.1%} in the end" for name, value in last.items()) + "."


def wasted(found: Commitments, most: int) -> Records:
    """The commitments that waste most; two of one name are told apart by the end of their ids."""
    names = [row["name"] for row in found.wasted]
    return [
        {
            "name": shown(row["name"] if names.count(row["name"]) == 1 else f"{row['name'][:60]}, {row['id'][-12:]}"),
            "provider": shown(row["provider"] or "(none)"),
            "share": f"{row['utilization']:.1%}",
            "cost": round(float(row["cost"]), 4),
        }
        for row in found.wasted[:most]
    ]


def offers(found: Commitments, most: int) -> Records:
    """The offers that save most, and what each of them is."""
    return [
        {
            "name": shown(f"{row['RegionId'][:40] or 'no region'}, {row['ServiceName'][:80] or '(none)'}"),
            "provider": shown(row["provider"] or "(none)"),
            "commit": f"{row['committed']:,.4f} {shown(found.currency)}/hour",
            "how": shown(", ".join(part for part in (row["term"], row["payment"]) if part) or "as the commitments there are"),
            "share": f"{row['break_even_utilization']:.1%}",
            "cost": round(float(row["monthly_saving"]), 4),
        }
        for row in found.offers[:most]
    ]
