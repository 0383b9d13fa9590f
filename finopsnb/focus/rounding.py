"""Costs that a provider delivers rounded to whole units, so that savings computed from them are noise."""

from __future__ import annotations

from typing import Any

import ibis

from finopsnb.focus.counting import Execute
from finopsnb.focus.finding import Finding

__all__ = ["rounded_costs"]

#: the fewest charges with a fraction in BilledCost that make it no accident that another cost has none
_ENOUGH = 5

#: the charges that are looked at before all of them are
_FIRST = 10_000

_COSTS = {
    "EffectiveCost": "effective-cost-rounded",
    "ContractedCost": "contracted-cost-rounded",
    "ListCost": "list-cost-rounded",
}


def rounded_costs(table: Any, execute: Execute) -> list[Finding]:
    """A warning for each cost that is whole in all charges of a provider whose BilledCost is not, purchases aside.

    One charge with a fraction acquits a cost, so the first charges settle nearly all of it.
    """
    costs = [name for name in _COSTS if name in table.columns]
    if not costs or not {"BilledCost", "ChargeCategory"} <= set(table.columns):
        return []
    charges = table.filter(table.ChargeCategory != "Purchase", table.BilledCost.notnull())
    providers = {one["provider"] for one in execute(charges.select(provider=_provider(charges)).distinct()).to_pylist()}
    first = _counted(charges.limit(_FIRST), costs, execute)
    suspected = [cost for cost in costs if providers - {one["provider"] for one in first if one[f"{cost}_fractions"]}]
    counted = _counted(charges, suspected, execute) if suspected else []
    return [finding for cost in suspected if (finding := _finding(cost, counted)) is not None]


def _counted(charges: Any, costs: list[str], execute: Execute) -> list[dict[str, Any]]:
    """By provider and cost: how many charges say it, have a fraction there, and have one in BilledCost beside it."""
    told = {f"{cost}_{what}": value for cost in costs for what, value in _figures(charges, cost).items()}
    rows: list[dict[str, Any]] = execute(charges.group_by(provider=_provider(charges)).aggregate(**told)).to_pylist()
    return rows


def _figures(charges: Any, cost: str) -> dict[str, Any]:
    said = charges[cost].notnull()
    return {
        "rows": said.sum(),
        "fractions": _number(said, _has_fraction(charges[cost])),
        "billed_fractions": _number(said, _has_fraction(charges.BilledCost)),
    }


def _number(said: Any, fraction: Any) -> Any:
    return ibis.ifelse(said, fraction, False).sum()  # a CASE asks no row for its fraction that does not say the cost


def _has_fraction(amount: Any) -> Any:
    return amount % 1 != 0


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
