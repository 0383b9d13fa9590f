"""Costs that a provider delivers rounded to whole units, so that savings computed from them are noise."""

from __future__ import annotations

from typing import Any

import ibis

from finopsnb.focus.counting import Execute
from finopsnb.focus.finding import Finding

__all__ = ["rounded_costs"]

#: the fewest charges with a fraction in BilledCost that make it no accident that another cost has none
_ENOUGH = 5

_COSTS = {
    "EffectiveCost": "effective-cost-rounded",
    "ContractedCost": "contracted-cost-rounded",
    "ListCost": "list-cost-rounded",
}


def rounded_costs(table: Any, execute: Execute) -> list[Finding]:
    """A warning for each cost that is whole in all charges of a provider whose BilledCost is not, purchases aside."""
    costs = [name for name in _COSTS if name in table.columns]
    if not costs or not {"BilledCost", "ChargeCategory"} <= set(table.columns):
        return []
    charges = table.filter(table.ChargeCategory != "Purchase", table.BilledCost.notnull())
    told = {f"{name}_{what}": value for name in costs for what, value in _figures(charges, name).items()}
    providers = execute(charges.group_by(provider=_provider(charges)).aggregate(**told)).to_pylist()
    return [finding for name in costs if (finding := _finding(name, providers)) is not None]


def _figures(charges: Any, cost: str) -> dict[str, Any]:
    """Of the rows that say this cost: how many there are, have a fraction here, and have one in BilledCost."""
    said = charges[cost].notnull()
    return {
        "rows": said.sum(),
        "fractions": (said & _has_fraction(charges[cost])).sum(),
        "billed_fractions": (said & _has_fraction(charges.BilledCost)).sum(),
    }


def _has_fraction(amount: Any) -> Any:
    number = amount.cast("float64")
    return number != number.floor()


def _provider(table: Any) -> Any:
    names = [table[name] for name in ("ServiceProviderName", "ProviderName") if name in table.columns]
    return ibis.coalesce(*names, "an unnamed provider")


def _finding(cost: str, providers: list[dict[str, Any]]) -> Finding | None:
    rounded = [one for one in providers if _is_rounded(cost, one)]
    if not rounded:
        return None
    named = sorted(one["provider"] for one in rounded)
    rows = sum(int(one[f"{cost}_rows"]) for one in rounded)
    message = f"{cost} of {_and(named)} is rounded to whole units, BilledCost is not: savings from it are noise"
    return Finding(_COSTS[cost], cost, rows, ", ".join(named), "warning", "kept", message)


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _is_rounded(cost: str, provider: dict[str, Any]) -> bool:
    return not provider[f"{cost}_fractions"] and provider[f"{cost}_billed_fractions"] >= _ENOUGH
