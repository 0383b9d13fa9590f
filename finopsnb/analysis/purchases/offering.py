"""Which commitments to buy: for each profile and discount the level that saves most, and when it has paid for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.purchases.discounts import Discount, Fitting, paid_discounts
from finopsnb.analysis.purchases.levels import at_levels, best_levels
from finopsnb.analysis.purchases.profiles import KEYS, profiles
from finopsnb.analysis.purchases.windows import Windows, windows_of
from finopsnb.analysis.recommendations.months import HOURS, a_month

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Execute = Callable[[ir.Expr], pa.Table]
    Numbers = NDArray[np.float64]

__all__ = ["Look", "Offers", "offers"]

#: a level must be worth it in the last week too: what ended or shrank is not committed to
_NEWEST = 24 * 7
#: of the week before: with less the use is falling, and what it was in the days before is no measure of what it will be
_FALLING = 0.9


@dataclass(frozen=True)
class Look:
    """How many complete days are looked at, how many a provider must have, and whether other units than those of time count."""

    days: int = 30
    least_days: int = 14
    any_unit: bool = False


@dataclass(frozen=True)
class Offers:
    """``rows``: what would save, the largest saving of a profile first. ``unknown``: profiles that no discount is known for."""

    rows: list[dict[str, Any]]
    unknown: list[dict[str, Any]]


def offers(
    costs: ir.Table, execute: Execute, discounts: Sequence[Discount] | None, look: Look | None = None, within: Windows | None = None
) -> Offers:
    """A row per profile and discount that saves; without ``discounts`` those that commitments had in the same days.

    Columns: provider, ServiceName, RegionId, BillingCurrency, days, by_day, cost and saving (of the days), monthly_cost and monthly_saving
    (of 730 hours), term, payment, basis, discount (off the list price), net_discount (off what is paid on demand), level (on demand, an
    hour), committed (what it costs an hour), utilization, break_even_utilization, coverage, upfront and recurring (a month) and
    break_even_months, None where the table does not say how much is paid at once. Amounts are in the BillingCurrency. ``within`` are the
    windows of these days, where they were looked for (:func:`finopsnb.analysis.purchases.windows.windows_of`).
    """
    look = look or Look()
    within = windows_of(costs, execute, look.days) if within is None else within
    known = paid_discounts(costs, execute, look.days, within) if discounts is None else discounts
    found = profiles(costs, execute, look.days, any_unit=look.any_unit, known=within)
    rows: list[dict[str, Any]] = []
    unknown = []
    pairs: list[tuple[int, Discount]] = []
    discounts_for = Fitting(known)
    for number, one in enumerate(found.series):
        if one["days"] < look.least_days or one["cost"] <= 0:
            continue
        fitting = discounts_for.of(one)
        pairs += [(number, discount) for discount in fitting]
        unknown += [] if fitting else [one]
    for days in sorted({found.series[number]["days"] for number, _ in pairs}):
        some = [pair for pair in pairs if found.series[pair[0]]["days"] == days]
        rows += _offered(found.series, found.use[[number for number, _ in some], : 24 * days], some)
    return Offers(sorted(rows, key=_order), sorted(unknown, key=lambda one: (one["BillingCurrency"], -one["cost"])))


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    return (*(row[name] for name in KEYS), -row["monthly_saving"], row["term"], row["payment"], row["discount"])


def _offered(series: list[dict[str, Any]], use: Numbers, pairs: list[tuple[int, Discount]]) -> list[dict[str, Any]]:
    """The rows of profiles with as many hours each."""
    import numpy as np

    net = np.array([_net(series[number], discount.discount) for number, discount in pairs])
    lasting, falling = _lasting(use, net)
    found = at_levels(use, np.minimum(best_levels(use, net).level, lasting), net)
    told = zip(pairs, falling, net, found.level, found.covered, found.saving, found.utilization, strict=True)
    return [
        _row(series[number], discount, *(float(value) for value in values)) | {"falling": bool(falls)}
        for (number, discount), falls, *values in told
        if values[3] > 1e-9 * float(series[number]["cost"])
    ]


def _lasting(use: Numbers, net: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
    """The level of the newest week, of one that is falling that of its last day; and whether it is falling.

    Where the last day is one of rest it is the week's, by as much less as that day is less than a week before.
    """
    import numpy as np

    def level(first: int, after: int | None) -> Numbers:
        return best_levels(use[:, first:after], net).level

    newest, before = level(-_NEWEST, None), level(-2 * _NEWEST, -_NEWEST)
    last, same = level(-24, None), level(-_NEWEST - 24, -_NEWEST)
    shrunk = np.divide(newest, before, out=np.ones_like(newest), where=before > 0)
    shrunk = np.divide(last, same, out=shrunk.copy(), where=same > 0)
    falling = newest < _FALLING * before
    return np.where(falling, np.minimum(newest, np.maximum(last, newest * shrunk)), newest), falling


def _net(one: dict[str, Any], discount: float) -> float:
    """The discount off what is paid, which negotiated prices have made less than the list price."""
    cost, listed = float(one["cost"]), float(one["list_cost"] or 0)
    return discount if listed <= cost else max(1 - (1 - discount) * listed / cost, 0.0)


def _row(
    one: dict[str, Any], discount: Discount, net: float, level: float, covered: float, saving: float, utilization: float
) -> dict[str, Any]:
    days, hours, committed = one["days"], 24 * one["days"], level * (1 - net)
    upfront = None if discount.upfront is None or discount.months is None else discount.upfront * committed * HOURS * discount.months
    recurring = None if discount.upfront is None else (1 - discount.upfront) * committed * HOURS
    avoided = covered / hours * HOURS
    exact = min(Decimal(saving).quantize(Decimal("1e-9")), one["cost"])
    return {
        **{name: one[name] for name in (*KEYS, "days", "by_day", "cost")},
        "saving": exact,
        "monthly_cost": a_month(one["cost"], days),
        "monthly_saving": a_month(exact, days),
        **{"term": discount.term, "payment": discount.payment, "basis": discount.basis, "discount": discount.discount},
        **{"net_discount": net, "level": level, "committed": committed, "utilization": utilization},
        "break_even_utilization": 1 - net,
        "coverage": min(covered / float(one["cost"]), 1.0),
        **{"upfront": upfront, "recurring": recurring},
        "break_even_months": None if upfront is None or recurring is None else upfront / (avoided - recurring),
    }
