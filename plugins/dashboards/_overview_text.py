"""The overview in words: its title states what was found, and its description is what a reader hears."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.charts.data import shown
from finopsnb.charts.styling import money

from ._periods import day_named
from ._settings import others_told

if TYPE_CHECKING:
    from ._overview_data import Overview

__all__ = ["COSTS", "PLURALS", "description", "finding", "subtitle"]

COSTS = {
    "BilledCost": "Billed cost",
    "EffectiveCost": "Effective cost",
    "ContractedCost": "Contracted cost",
    "ListCost": "List cost",
}
PLURALS = {
    "provider": "providers",
    "service": "services",
    "category": "service categories",
    "region": "regions",
    "account": "accounts",
    "charge": "kinds of charge",
}


def finding(overview: Overview, cost: str) -> str:
    """What changed in the last full month, by how much, and what did it."""
    before, now = _sum(overview, "before"), _sum(overview, "now")
    month, currency, what = overview.now.name, overview.currency, COSTS[cost]
    if not before or before < 0:
        return f"{what} in {month}: {money(now, currency)}"
    change, share = now - before, (now - before) / before
    if abs(share) < Decimal("0.005"):
        return f"{what} held still in {month} at {money(now, currency)}"
    verb = "rose" if change > 0 else "fell"
    return f"{what} {verb} {abs(share):.1%} in {month} to {money(now, currency)}{_because(overview, change)}"


def _sum(overview: Overview, side: str) -> Decimal:
    return sum((row[side] for row in overview.moves.to_pylist()), Decimal(0))


def _because(overview: Overview, change: Decimal) -> str:
    """The one that moved most in the direction of the whole."""
    moved = changes(overview)
    name = (max if change > 0 else min)(sorted(moved), key=lambda key: moved[key])
    return f": {shown(name)} {money(moved[name], overview.currency, sign=True)}"


def changes(overview: Overview) -> dict[str, Decimal]:
    """The change of each value of the dimension."""
    moved: dict[str, Decimal] = {}
    for row in overview.moves.to_pylist():
        moved[row["series"]] = moved.get(row["series"], Decimal(0)) + row["change"]
    return moved


def subtitle(overview: Overview) -> list[str]:
    """The period and the currency, and the currencies that are not in it."""
    last = overview.until.toordinal() - 1
    until = type(overview.until).fromordinal(last)
    shows = f"{day_named(overview.since)} to {day_named(until)}, all amounts in {overview.currency}"
    lines = [f"{shows}. Drag over the trend to narrow the rest; click a bar to follow it; double click to go back."]
    left_out = others_told({name: cost for name, cost in overview.others.items() if name != overview.currency})
    return [*lines, left_out] if left_out else lines


def description(overview: Overview, cost: str) -> str:
    """The finding and the largest changes, as sentences."""
    moved = changes(overview)
    largest = sorted(moved, key=lambda name: (-abs(moved[name]), name))[:5]
    told = "; ".join(f"{shown(name)} {money(moved[name], overview.currency, sign=True)}" for name in largest)
    versus = f"{overview.now.name} against {overview.before.name}"
    return f"{finding(overview, cost)}. {versus}: {told}."
