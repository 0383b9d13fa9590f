"""The findings of a persona in one currency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.analysis.insights import Finding

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Findings", "look"]


@dataclass(frozen=True)
class Findings:
    """What is drawn: the findings with the most money first, how many are left out, and the other currencies with how many they have."""

    persona: str
    currency: str
    told: list[Finding]
    left_out: int
    others: dict[str, int]


def look(table: Table, execute: Execute, persona: str, dashboard: str, settings: Any) -> Findings | None:
    """The findings of the currency that is asked for, or of that with the most cost; None where there are none."""
    from finopsnb.analysis.insights import insights

    every = insights(table, execute, persona, days=settings.days, tag=settings.tag, owner_tag=settings.owner_tag)
    names = list(dict.fromkeys(one.BillingCurrency for one in every if one.BillingCurrency))
    if not names:
        return None
    # they come in the order of their costs
    sizes = {name: Decimal(-place) for place, name in enumerate(names)}
    currency = chosen_currency(sizes, settings.currency, dashboard, "findings")
    mine = [one for one in every if one.BillingCurrency in (currency, None)]
    others = {name: sum(one.BillingCurrency == name for one in every) for name in names if name != currency}
    return Findings(persona, currency, mine[: settings.top], len(mine[settings.top :]), others)
