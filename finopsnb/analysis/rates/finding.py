"""The SKUs whose price changed, and the money that is at stake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.rates.changing import Changes, changed, is_tier
from finopsnb.analysis.rates.pricing import KEYS, PRICES, unit_prices
from finopsnb.analysis.recommendations.months import a_month

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Execute = Callable[[ir.Expr], pa.Table]
    Numbers = NDArray[np.float64]

__all__ = ["Look", "rate_changes"]

#: how many days before the first on which a change may lie are read, to know the old price and the tiers of a month
_BEFORE = 62
#: the days by which a month is told
_RECENT = 30
_UNIT = Decimal("1e-18")


@dataclass(frozen=True)
class Look:
    """A change of more than ``threshold`` in the last ``days``, of a price that held ``stay`` days before it and since.

    With ``grain`` month a price is that of a month, and ``stay`` counts months.
    """

    threshold: float = 0.02
    stay: int = 7
    days: int = 90
    grain: str = "day"


def rate_changes(costs: ir.Table, execute: Execute, look: Look | None = None) -> list[dict[str, Any]]:
    """A row per SKU whose price changed and stayed, the most money first.

    Columns: KEYS, name, since (the first day of the new price), price (what changed: effective, else contracted, else list), old and new
    (of a PricingUnit), change (new / old - 1), also (the other prices that changed by more than the threshold), days (complete ones that
    the figures are of), quantity and cost of these days, stake ((new - old) x quantity, never more than the cost; of a list price that
    nobody pays 0), monthly_stake and monthly_cost (of 730 hours).
    """
    import numpy as np

    look = look or Look()
    cells = _numbered(unit_prices(costs, look.days + _BEFORE, doubt=look.threshold / 4))
    found = execute(cells)
    if not found.num_rows:
        return []
    series = execute(_series(cells)).to_pylist()
    width = max(one["days"] for one in series)
    number, place = found["number"].to_numpy(), found["day"].to_numpy() + width - found["days"].to_numpy()
    matrices = {}
    for name in ("quantity", "cost", "rate", *PRICES):
        matrix = np.full((len(series), width), 0.0 if name in ("quantity", "cost") else np.nan)
        matrix[number, place] = found[name].cast("float64").to_numpy(zero_copy_only=False)
        matrices[name] = matrix
    matrices |= {kind: _at_one_rate(matrices[kind], matrices["rate"]) for kind in PRICES}
    days = np.array([one["first"] + one["days"] - width for one in series])[:, None] + np.arange(width)
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    changes = {kind: _changes(matrices, kind, months, look, np.array([one["SkuPriceId"] == "" for one in series])) for kind in PRICES}
    rows = [_row(one, number, changes, matrices, days[number]) for number, one in enumerate(series) if _any(changes, number)]
    recent = [row for row in rows if row["since"] >= row.pop("last") - timedelta(days=look.days)]
    return sorted(recent, key=lambda row: (row["BillingCurrency"], -row["monthly_stake"], *(row[name] for name in KEYS)))


def _at_one_rate(prices: Numbers, rate: Numbers) -> Numbers:
    """What is priced in another currency, at the last rate of exchange: a price does not change because the rate does."""
    import numpy as np

    known = np.isfinite(rate)
    last = known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    newest = rate[np.arange(len(rate)), last]
    return np.where(known, prices / np.where(known, rate, 1.0) * newest[:, None], prices)


def _numbered(cells: ir.Table) -> ir.Table:
    import ibis

    return cells.mutate(number=ibis.dense_rank().over(order_by=list(KEYS)))


def _series(cells: ir.Table) -> ir.Table:
    return cells.group_by(KEYS).aggregate(first=cells["first"].max(), days=cells.days.max(), name=cells.name.max()).order_by(list(KEYS))


def _changes(matrices: dict[str, Numbers], kind: str, months: Any, look: Look, unknown: Any) -> Changes:
    """The changes of one price that are none of tiers; a SkuPriceId is of one tier only, so that only those without are asked."""
    import numpy as np

    prices, quantity = matrices[kind], matrices["quantity"]
    if look.grain == "month":
        prices = _by_month(prices, quantity, months)
    found = changed(prices, look.stay, look.threshold)
    tier = unknown & is_tier(found, prices, quantity, months)
    return Changes(found.found & ~tier, found.day, found.old, np.where(found.found, found.new, np.nan))


def _by_month(prices: Numbers, quantity: Numbers, months: Any) -> Numbers:
    """The mean price of each month by quantity, on the first day of the month that tells one, nothing on its other days."""
    import numpy as np

    result = np.full_like(prices, np.nan)
    rows = np.arange(len(prices))
    for month in np.unique(months):
        told = (months == month) & np.isfinite(prices)
        weight = np.where(told, quantity, 0.0)
        total = weight.sum(axis=1)
        mean = np.divide((np.where(told, prices, 0.0) * weight).sum(axis=1), total, out=np.full(len(prices), np.nan), where=total > 0)
        first = told.argmax(axis=1)
        result[rows, first] = np.where(total > 0, mean, result[rows, first])
    return result


def _any(changes: dict[str, Changes], number: int) -> bool:
    return any(one.found[number] for one in changes.values())


def _row(
    one: dict[str, Any], number: int, changes: dict[str, Changes], matrices: dict[str, Numbers], days: NDArray[np.int64]
) -> dict[str, Any]:
    kinds = [kind for kind in ("effective", "contracted", "list") if changes[kind].found[number]]
    told = changes[kinds[0]]
    place, old, new = int(told.day[number]), float(told.old[number]), float(told.new[number])
    begin = max(place, len(days) - _RECENT)
    quantity, cost = (float(matrices[name][number, begin:].sum()) for name in ("quantity", "cost"))
    stake = (new - old) * quantity if kinds[0] != "list" else 0.0
    length, paid = len(days) - begin, _exact(cost)
    bounded = min(_exact(stake), max(paid, Decimal(0)))
    return {
        **{name: one[name] for name in (*KEYS, "name")},
        "since": _day(days[place]),
        "last": _day(days[-1]),
        **{"price": kinds[0], "old": old, "new": new, "change": new / old - 1, "also": kinds[1:]},
        **{"days": length, "quantity": quantity, "cost": paid, "stake": bounded},
        "monthly_stake": a_month(bounded, length) if bounded >= 0 else -a_month(-bounded, length),
        "monthly_cost": a_month(paid, length),
    }


def _exact(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_UNIT, ROUND_HALF_EVEN)


def _day(number: Any) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))
