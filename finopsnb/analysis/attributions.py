"""Which allocations the budget of an owner is held against, and why they cannot be where that is so.

Several attribution plugins may have allocated the same costs, each in its own way, one of them perhaps a toy or long ago. Allocations
count for a budget where they are those of the costs: on each of its days and in its currency they have to add up to what the
costs have. Allocations that were made before the last collection do not, nor do those that lie by month on the first of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.allocation import UNALLOCATED
from finopsnb.analysis.cost import METRICS, amount
from finopsnb.analysis.days import DAY, day_number, day_start
from finopsnb.analysis.money import MONEY
from finopsnb.errors import nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from finopsnb.analysis.budgets import Budget

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Attribution", "Attributions", "is_by_month"]

_METRIC = "EffectiveCost"


def is_by_month(allocations: ir.Table, execute: Execute) -> bool:
    """Whether none of the allocations tells the day of its charges, so that they cannot be told by day."""
    shortest = execute(allocations.aggregate(shortest=_seconds(allocations).min())).to_pylist()[0]["shortest"]
    return shortest is not None and shortest > DAY


@dataclass(frozen=True)
class Attribution:
    """What one plugin allocated: its rows, the cost that they are parts of, and how much of it rules gave to owners, by currency."""

    plugin: str
    rows: ir.Table
    metrics: tuple[str, ...]
    run_id: int
    shortest: int
    has_pools: bool
    given: dict[str, Decimal] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """The cost that was allocated: EffectiveCost where the rows do not say it."""
        return self.metrics[0] if self.metrics else _METRIC

    @property
    def basis(self) -> str:
        """Where an owner's spend is known from, in words."""
        metric = "" if self.metric == _METRIC else f" by {self.metric}"
        return f"allocations of {self.plugin}{metric}{', without what pools handed on' if self.has_pools else ''}"


class Attributions:
    """The attributions of a store; each is held against the costs when a budget asks for it first."""

    def __init__(self, costs: ir.Table, allocations: ir.Table, execute: Execute) -> None:
        self._costs, self._allocations, self._execute = costs, allocations, execute
        self._differing: dict[str, set[tuple[date | None, str | None]]] = {}
        self._owners: dict[str, list[str]] = {}

    def of(self, budget: Budget, as_of: date) -> tuple[Attribution | None, str]:
        """The attribution that counts for a budget at the end of ``as_of``, and "", or, where there is none, the reason.

        It is the one that the budget names, or of those that can be used the one whose rules give most of the
        cost in its currency to owners; of equals the one that ran last.
        """
        named = [one for one in self._all if budget.attribution in ("", one.plugin)]
        if not named:
            return None, f"nothing is allocated by {budget.attribution} yet" if self._all else "nothing is allocated yet"
        found = [(one, self._problem(one, budget, as_of)) for one in named]
        usable = [one for one, problem in found if not problem]
        if not usable:
            return None, found[-1][1]
        best = max(usable, key=lambda one: (one.given.get(budget.BillingCurrency, Decimal(0)), one.run_id))
        unknown = self._not_an_owner(best, budget.owner)
        return (None, unknown) if unknown else (best, "")

    @cached_property
    def _all(self) -> list[Attribution]:
        """In the order of their runs."""
        table = self._allocations
        sums = table.group_by("plugin").aggregate(
            run_id=table.run_id.max(),
            metrics=table.metric.collect(distinct=True),
            shortest=_seconds(table).min().coalesce(0),
            has_pools=table.pool.notnull().any(),
        )
        rows = self._execute(sums.order_by("run_id")).to_pylist()
        given = self._given if rows else {}
        return [
            Attribution(
                row["plugin"],
                table.filter(table.plugin == row["plugin"]),
                tuple(sorted(metric for metric in row["metrics"] or () if metric)),
                row["run_id"],
                row["shortest"],
                bool(row["has_pools"]),
                given.get(row["plugin"], {}),
            )
            for row in rows
        ]

    @property
    def _given(self) -> dict[str, dict[str, Decimal]]:
        """What rules gave to owners, by plugin and currency."""
        table = self._allocations
        owned = table.filter(table.pool.isnull(), table.owner != UNALLOCATED)
        found: dict[str, dict[str, Decimal]] = {}
        for row in self._execute(owned.group_by(["plugin", "BillingCurrency"]).aggregate(amount=owned.amount.sum())).to_pylist():
            found.setdefault(row["plugin"], {})[row["BillingCurrency"]] = row["amount"] or Decimal(0)
        return found

    def _problem(self, one: Attribution, budget: Budget, as_of: date) -> str:
        """Why these allocations cannot count for the budget; "" where they can."""
        if len(one.metrics) > 1 or one.metric not in METRICS:
            return f"the allocations of {one.plugin} are of {', '.join(one.metrics)}, and not of one cost"
        end = min(budget.period_end, as_of + timedelta(days=1))
        wrong = {day for day, currency in self._wrong(one) if currency == budget.BillingCurrency and day is not None}
        if not any(budget.period_start <= day < end for day in wrong):
            return ""
        again = f'session.attribute("{one.plugin}"'
        if one.shortest > DAY:
            return f'{one.plugin} allocated by month, and a budget counts days: {again}, grain="day")'
        return f"the allocations of {one.plugin} are not those of the costs as they are now: {again})"

    def _wrong(self, one: Attribution) -> set[tuple[date | None, str | None]]:
        """The days and currencies in which the allocations are not what the costs are."""
        if one.plugin not in self._differing:
            rows = self._execute(_differing(self._costs, one)).to_pylist()
            self._differing[one.plugin] = {(row["day"], row["BillingCurrency"]) for row in rows}
        return self._differing[one.plugin]

    def _not_an_owner(self, one: Attribution, owner: str) -> str:
        if one.plugin not in self._owners:
            self._owners[one.plugin] = self._execute(one.rows.select("owner").distinct().order_by("owner"))["owner"].to_pylist()
        owners = self._owners[one.plugin]
        if owner in (*owners, UNALLOCATED):
            return ""
        near = nearest(owner, owners)
        return f"{one.plugin} allocates nothing to {owner}{f'; did you mean {near}?' if near else ''}"


def _seconds(allocations: ir.Table) -> ir.IntegerColumn:
    """How long the charge period of an allocation is."""
    return allocations.ChargePeriodEnd.epoch_seconds() - allocations.ChargePeriodStart.epoch_seconds()


def _differing(costs: ir.Table, one: Attribution) -> ir.Table:
    """``day`` and BillingCurrency where the sums of the costs are not those of the allocations."""
    both = _by_day(costs, amount(costs, one.metric)).union(_by_day(one.rows, -one.rows.amount))
    sums = both.group_by("_day", "BillingCurrency").aggregate(rest=both.amount.sum())
    wrong = sums.filter(sums.rest != 0)
    return wrong.select("BillingCurrency", day=day_start(wrong._day).cast("date"))


def _by_day(table: ir.Table, value: ir.DecimalColumn) -> ir.Table:
    rows: Any = table.select("BillingCurrency", _day=day_number(table.ChargePeriodStart), amount=value)
    return rows.group_by("_day", "BillingCurrency").aggregate(amount=rows.amount.sum().coalesce(0).cast(MONEY))
