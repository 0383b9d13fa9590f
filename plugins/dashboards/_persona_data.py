"""The findings of a persona in one currency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.ranges import no_costs

from ._settings import chosen_currency, last_day

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
    """The findings of the currency that is asked for, or of that with the most cost; None where there are none.

    Raises FinopsError for a currency without findings, and for days without costs.
    """
    from finopsnb.analysis.insights import insights

    last = last_day(settings)
    until = table if last is None else _up_to(table, execute, last)
    days = settings.days if settings.start is None else _days(until("costs"), execute, settings.start)
    every = insights(until, execute, persona, days=days, tag=settings.tag, owner_tag=settings.owner_tag)
    names = list(dict.fromkeys(one.BillingCurrency for one in every if one.BillingCurrency))
    if not names:
        return None
    # they come in the order of their costs
    sizes = {name: Decimal(-place) for place, name in enumerate(names)}
    currency = chosen_currency(sizes, settings.currency, dashboard, "findings")
    mine = [one for one in every if one.BillingCurrency in (currency, None)]
    others = {name: sum(one.BillingCurrency == name for one in every) for name in names if name != currency}
    return Findings(persona, currency, mine[: settings.top], len(mine[settings.top :]), others)


def _up_to(table: Table, execute: Execute, last: date) -> Table:
    """The tables, of costs those that began up to and with that day."""
    costs = table("costs")
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    known = costs.filter(costs.ChargePeriodStart < end)
    if execute(costs.limit(1)).num_rows and not execute(known.limit(1)).num_rows:
        raise no_costs(None, last + timedelta(days=1))
    return lambda name: known if name == "costs" else table(name)


def _days(costs: ir.Table, execute: Execute, start: date) -> int:
    """How many days there are from ``start`` on."""
    newest = costs.ChargePeriodStart.max(where=costs.ChargeCategory == "Usage").coalesce(costs.ChargePeriodStart.max())
    last = execute(costs.aggregate(last=newest.cast("date")))["last"][0].as_py()
    if last is not None and last < start:
        raise no_costs(start, None, last=last)
    return 1 if last is None else (last - start).days + 1
