"""All findings for a persona, by currency, those with the most money at stake first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from finopsnb.analysis.insights import coming, commitments, movers, owners, spending, standing, units
from finopsnb.analysis.insights.finding import Finding, checked
from finopsnb.analysis.insights.windows import DAYS, Look, looked

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

__all__ = ["NOTHING", "insights"]

#: what is said where there is no finding
NOTHING = "There is nothing to say: no costs are stored that a finding could be made of."

_FINDERS: tuple[tuple[Callable[[Look], Iterator[Finding]], tuple[str, ...]], ...] = (
    (spending.months, ("executive", "finance")),
    (spending.pace, ("executive", "finance", "finops")),
    (spending.billed_and_used, ("finance",)),
    (movers.movers, ("executive", "engineering", "finops")),
    (coming.forecasts, ("executive", "finance", "finops")),
    (coming.budgets, ("executive", "finance")),
    (units.unit_costs, ("product", "engineering")),
    (commitments.waste, ("finops", "finance")),
    (commitments.coverage, ("finops",)),
    (commitments.savings_rate, ("finops", "finance")),
    (owners.unallocated, ("finops", "finance")),
    (owners.untagged, ("finops", "product")),
    (owners.products, ("product",)),
    (standing.anomalies, ("executive", "engineering", "finops")),
    (standing.savings, ("executive", "finance", "engineering", "finops")),
    (standing.violations, ("engineering", "finops")),
    (standing.late, ("finops",)),
    (standing.set_aside, ("finops",)),
)


def insights(
    table: Callable[[str], ir.Table],
    execute: Callable[[ir.Expr], pa.Table],
    persona: str | None = None,
    *,
    days: int = DAYS,
    tag: str = "",
    owner_tag: str = "",
) -> list[Finding]:
    """The findings of a persona (executive, finance, engineering, product, finops), or of all of them.

    ``table`` gives a stored table by name, ``execute`` runs an expression. At most ``days`` complete days are compared with as many
    before. ``tag`` says which product a charge is for, ``owner_tag`` who owns it; without them the usual keys are looked for. Currencies
    come in the order of their cost, findings by rank. There are none where no usage is stored. Raises FinopsError for a persona that is
    none.
    """
    wanted = checked(persona)
    look = looked(table, execute, days, tag, owner_tag)
    if not look.windows:
        return []
    finders = (find for find, whose in _FINDERS if wanted is None or wanted in whose)
    found = [one for find in finders for one in find(look) if wanted is None or wanted in one.personas]
    places = {window.currency: place for place, window in enumerate(look.windows)}
    return sorted(found, key=lambda one: (places.get(one.BillingCurrency or "", len(places)), -one.rank, one.kind, one.title))
