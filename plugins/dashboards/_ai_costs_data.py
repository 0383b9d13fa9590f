"""The small tables behind the dashboard of language models: aggregated in the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.ai_costs import cache_share, token_costs
from finopsnb.analysis.cost import between

from ._periods import Month, outside, window
from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Line", "Tokens", "look"]

Rows = list[dict[str, Any]]
#: days up to which a point is a day
_BY_DAY = 62


@dataclass(frozen=True)
class Line:
    """A model and direction: its rows by period, and its sums."""

    model: str
    direction: str
    rows: Rows

    @property
    def cost(self) -> Decimal:
        return sum((row["cost"] for row in self.rows), Decimal(0))

    @property
    def tokens(self) -> Decimal:
        return sum((row["tokens"] for row in self.rows), Decimal(0))

    @property
    def per_million(self) -> float | None:
        return float(self.cost * 1_000_000 / self.tokens) if self.tokens else None


@dataclass(frozen=True)
class Tokens:
    """What the dashboard tells, all in ``currency``; ``others`` are the costs of tokens in the currencies that are left out.

    ``lines`` are all models and directions, those with most cost first, of which ``top`` are drawn; ``shares`` has model, period, share
    and cost, for models of which a cache is known; periods are of ``grain``, from ``since`` to before ``until``.
    """

    currency: str
    others: dict[str, Any]
    grain: str
    since: date
    until: date
    lines: list[Line]
    shares: Rows
    top: int

    @property
    def share(self) -> float | None:
        """Cached input by all input of the models of which a cache is known."""
        cached = {row["model"] for row in self.shares}
        return cache_share(row for line in self.lines if line.model in cached for row in line.rows)


def look(costs: ir.Table, execute: Execute, settings: Any) -> Tokens | None:
    """The dashboard's data for these settings, or None without any tokens. Raises FinopsError for a currency that has none."""
    costs = costs.mutate(BillingCurrency=costs.BillingCurrency.fill_null("(no currency)"))
    months = execute(token_costs(costs, grain="month")).to_pylist()
    sizes: dict[str, Decimal] = {}
    for row in months:
        sizes[row["BillingCurrency"]] = sizes.get(row["BillingCurrency"], Decimal(0)) + (row["cost"] or 0)
    if not sizes:
        return None
    currency = chosen_currency(sizes, settings.currency, "ai-costs-overview", "tokens")
    known = [Month(row["period"]) for row in months if row["BillingCurrency"] == currency]
    first, last = min(month.start for month in known), max(month.end for month in known) - timedelta(days=1)
    mine = between(costs.filter(costs.BillingCurrency == currency), *window(first, last, settings))
    rows = execute(token_costs(mine, grain="day")).to_pylist()
    if not rows:
        raise outside(first, last, settings)
    since, until = min(row["period"] for row in rows), max(row["period"] for row in rows) + timedelta(days=1)
    grain = settings.grain if settings.grain != "auto" else "day" if (until - since).days <= _BY_DAY else "week"
    rows = rows if grain == "day" else execute(token_costs(mine, grain=grain)).to_pylist()
    told = _told_apart(rows)
    return Tokens(
        currency,
        {name: cost for name, cost in sorted(sizes.items()) if name != currency},
        *(grain, since, until),
        _lines(told),
        _shares(told),
        settings.top,
    )


def _told_apart(rows: Rows) -> Rows:
    """With the provider behind the name of a model that several providers have."""
    providers: dict[str, set[str]] = {}
    for row in rows:
        providers.setdefault(row["model"], set()).add(row["provider"])
    return [{**row, "model": f"{row['model']}, {row['provider']}"} if len(providers[row["model"]]) > 1 else row for row in rows]


def _lines(rows: Rows) -> list[Line]:
    lines: dict[tuple[str, str], Rows] = {}
    for row in rows:
        lines.setdefault((row["model"], row["direction"]), []).append({**row, "cost": row["cost"] or Decimal(0)})
    found = [Line(model, direction, mine) for (model, direction), mine in lines.items()]
    return sorted(found, key=lambda line: (-line.cost, line.model, line.direction))


def _shares(rows: Rows) -> Rows:
    """The share from the cache by model and period, of models that ever had anything to do with a cache; those with most cost first."""
    known = {row["model"] for row in rows if row["direction"] in ("cached input", "cache write")}
    periods: dict[tuple[str, date], Rows] = {}
    costs: dict[str, Decimal] = {}
    for row in rows:
        if row["model"] in known:
            periods.setdefault((row["model"], row["period"]), []).append(row)
            costs[row["model"]] = costs.get(row["model"], Decimal(0)) + (row["cost"] or 0)
    told = [
        {"model": model, "period": period, "share": cache_share(mine), "cost": sum((row["cost"] or 0 for row in mine), Decimal(0))}
        for (model, period), mine in periods.items()
    ]
    return sorted((row for row in told if row["share"] is not None), key=lambda row: (-costs[row["model"]], row["model"], row["period"]))
