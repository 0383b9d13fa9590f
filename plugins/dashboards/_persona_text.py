"""Findings in words, and as the records that the charts draw."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING

from finopsnb.charts import money
from finopsnb.charts.data import Records, shown

from ._persona_data import Findings

if TYPE_CHECKING:
    from finopsnb.analysis.insights import Finding

__all__ = ["changed", "description", "headline", "kinds", "lines", "subtitle"]

#: the kinds of finding as they are named beside their bars
KINDS = {
    "month": "The last month",
    "run-rate": "Run rate",
    "cash-and-accrual": "Cash and accrual",
    "mover": "What moved",
    "forecast": "Forecast",
    "budget": "Budgets",
    "unit-cost": "Unit costs",
    "commitment-waste": "Unused commitments",
    "commitment-coverage": "Commitment coverage",
    "savings-rate": "Savings rate",
    "unallocated": "Allocated to nobody",
    "untagged": "Untagged",
    "product-cost": "Products",
    "anomaly": "Anomalies",
    "saving": "Savings",
    "violations": "Violations",
    "late-days": "Late days",
    "quarantine": "Quarantine",
}
_SENTENCE, _NAME = 112, 44


def headline(found: Findings) -> str:
    """The finding with the most money."""
    return shown(found.told[0].title)


def subtitle(found: Findings) -> list[str]:
    """What is compared, what is left out, and where the queries are."""
    how = next((one.how for one in found.told if one.kind in ("run-rate", "mover", "product-cost", "unit-cost") and one.how), "")
    lines = [f"For the persona {found.persona}, the most money first. A click on a kind keeps its findings."]
    if how:
        lines.append(f"Complete days are compared: {how}.")
    lines.append(f"%finops insights --for {found.persona} has the query behind each.")
    if found.left_out:
        lines.append(f"{found.left_out} with less money {'is' if found.left_out == 1 else 'are'} not drawn.")
    if found.others:
        told = ", ".join(f"{number} in {shown(name)}" for name, number in found.others.items())
        lines.append(f"Not in it, for currencies are never added up: {told}.")
    return lines


def description(found: Findings) -> str:
    """All findings, as sentences."""
    return " ".join(f"{shown(one.title)}." for one in found.told)


def lines(found: Findings) -> Records:
    """A row for each finding: its number, its change, and its sentence in as many lines as it needs."""
    return [
        {
            "row": place,
            "kind": KINDS[one.kind],
            "figure": _figure(one),
            "change": "" if one.change is None else f"{one.change:+.1%}",
            "sentence": "\n".join(textwrap.wrap(shown(one.title), _SENTENCE)[:2]),
            "detail": shown(one.detail),
            "how": one.how,
        }
        for place, one in enumerate(found.told)
    ]


def kinds(found: Findings) -> Records:
    """A bar for each finding with money at stake, under the name of its kind."""
    return [{"kind": KINDS[one.kind], "cost": _float(one.rank)} for one in found.told if one.rank]


def changed(found: Findings) -> Records:
    """A bar for each amount of money that has one before it; two with one name are told apart by a number."""
    seen: dict[str, int] = {}
    rows = []
    for one in found.told:
        if one.unit != found.currency or one.before is None:
            continue
        name = textwrap.shorten(shown(one.name or KINDS[one.kind]), _NAME, placeholder="…")
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        rows.append({"name": name, "kind": KINDS[one.kind], "before": _float(Decimal(one.before)), "now": _float(Decimal(one.number))})
    return rows


def _figure(one: Finding) -> str:
    """The number as it stands before its sentence, which says what a unit is."""
    if isinstance(one.number, Decimal):
        return money(one.number, shown(one.BillingCurrency or ""))
    if one.unit.startswith("share of"):
        return f"{one.number:.1%}"
    return shown(f"{one.number:,.4g} {one.BillingCurrency}" if isinstance(one.number, float) else f"{one.number:,} {one.unit}")


def _float(amount: Decimal) -> float:
    return round(float(amount), 2)
