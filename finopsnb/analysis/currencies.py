"""Costs in one currency, beside what they were billed in: each charge by the rate of its day.

Pure functions over table expressions, as all of this package. Amounts of different currencies are never added; what is
made here is in one currency and may be. A rate is what was given: none is inverted, chained or looked up ahead.

    rates: date, from_currency, to_currency, rate        one unit of from_currency is rate units of to_currency
    the rate of a charge: the latest on or before the day of its ChargePeriodStart (else BillingPeriodStart), in UTC

An amount times a rate has up to 36 decimals; it is rounded half to even at the 18th, exactly. The product is put together
from whole numbers, for no engine has a decimal type that it fits in.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.money import MONEY, WHOLE, whole
from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["MONEY_COLUMNS", "converted", "missing_rates", "name_in"]

#: the amounts of FOCUS that are in BillingCurrency
MONEY_COLUMNS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost", "ContractedUnitPrice", "ListUnitPrice")

_LIMB = 10**9


def name_in(column: str, currency: str) -> str:
    """The column that an amount has in another currency.

    >>> name_in("BilledCost", "EUR")
    'x_BilledCostInEUR'
    """
    return f"x_{column}In{currency}"


def converted(costs: ir.Table, rates: ir.Table, to: str, columns: Sequence[str] = ("BilledCost", "EffectiveCost")) -> ir.Table:
    """``costs`` with each of ``columns`` in the currency ``to`` as well, under :func:`name_in`; null where there is no rate.

    Ask :func:`missing_rates` first. Raises FinopsError for a column that is no amount in BillingCurrency.
    """
    import ibis

    _check(costs, columns)
    dated = costs.mutate(_day=_day(costs))
    found = _rates_by_day(dated, rates, to)
    worth = found.select("of", "day", **_limbs(found["_rate"], "_rate"))
    joined = dated.left_join(worth, [dated.BillingCurrency == worth.of, dated["_day"] == worth.day])
    product = _products(joined.select(*costs.columns, *_named("_rate")), columns)
    same = product.BillingCurrency == to
    amounts = {name_in(name, to): ibis.ifelse(same, product[name], product[f"_{name}"]) for name in columns}
    return product.select(*costs.columns, **amounts)


def missing_rates(costs: ir.Table, rates: ir.Table, to: str) -> ir.Table:
    """The currencies and days that have charges and no rate: BillingCurrency, first_day, last_day, days, rows."""
    dated = costs.mutate(_day=_day(costs))
    found = _rates_by_day(dated, rates, to)
    foreign = dated.filter(~dated.BillingCurrency.identical_to(to))
    charged = foreign.group_by("BillingCurrency", "_day").aggregate(rows=foreign.count())
    joined = charged.left_join(found, [charged.BillingCurrency == found.of, charged["_day"] == found.day])
    missing = joined.filter(joined["_rate"].isnull())
    spans = missing.group_by("BillingCurrency").aggregate(
        first_day=missing["_day"].min(), last_day=missing["_day"].max(), days=missing["_day"].nunique(), rows=missing.rows.sum()
    )
    return spans.order_by("BillingCurrency")


def _products(table: ir.Table, columns: Sequence[str]) -> ir.Table:
    """With each amount times the rate, whose limbs are there, as ``_`` and its name.

    Each step is a view: else one would be written into the next, many times over, and computed as often.
    """
    limbs = {key: value for name in columns for key, value in _limbs(table[name].abs(), f"_{name}").items()}
    table = table.mutate(**limbs).view()
    for step in (_multiplied, _carried, _rounded):
        table = table.mutate(**{key: value for name in columns for key, value in step(table, name).items()}).view()
    return table


def _limbs(amount: Any, name: str) -> dict[str, Any]:
    """What stands before the point, and the first and the second nine decimals, as whole numbers."""
    high = (amount - amount.floor()) * _LIMB
    low = (high - high.floor()) * _LIMB
    return dict(zip(_named(name), (_whole(amount.floor()), _whole(high.floor()), _whole(low)), strict=True))


def _named(name: str) -> list[str]:
    return [f"{name}{limb}" for limb in range(3)]


def _multiplied(table: ir.Table, name: str) -> dict[str, Any]:
    """The product in units of the 18th decimal, and what lies beyond as a part of such a unit, before it is carried."""
    a, b = ([table[limb] for limb in _named(one)] for one in (f"_{name}", "_rate"))
    units = _whole(a[0] * b[0] * whole(_LIMB**2) + (a[0] * b[1] + a[1] * b[0]) * whole(_LIMB))
    rest = (a[1] * b[2] + a[2] * b[1]) * whole(_LIMB) + a[2] * b[2]
    return {f"_{name}_units": units + a[0] * b[2] + a[1] * b[1] + a[2] * b[0], f"_{name}_rest": _scaled(rest)}


def _carried(table: ir.Table, name: str) -> dict[str, Any]:
    units, rest = table[f"_{name}_units"], table[f"_{name}_rest"]
    return {f"_{name}_units": units + _whole(rest.floor()), f"_{name}_rest": rest - rest.floor()}


def _rounded(table: ir.Table, name: str) -> dict[str, Any]:
    """A half goes to even; the sign is the amount's."""
    import ibis

    units, rest = table[f"_{name}_units"], table[f"_{name}_rest"]
    half = ibis.literal(Decimal("0.5"), MONEY)
    up = ibis.ifelse((rest > half) | ((rest == half) & (units % 2 == 1)), 1, 0)
    return {f"_{name}": _scaled(ibis.ifelse(table[name] < 0, -(units + up), units + up))}


def _whole(value: Any) -> Any:
    return value.cast(WHOLE)


def _scaled(units: Any) -> Any:
    """A whole number of units of the 18th decimal, as the decimal that it is."""
    import ibis

    return _whole(units) * ibis.literal(Decimal("1E-18"), MONEY)


def _day(costs: ir.Table) -> Any:
    import ibis

    starts = [costs[name] for name in ("ChargePeriodStart", "BillingPeriodStart") if name in costs.columns]
    return ibis.coalesce(*starts).cast("date")


def _rates_by_day(dated: ir.Table, rates: ir.Table, to: str) -> ir.Table:
    """The rate of each currency and day that has charges: ``of``, ``day``, ``_rate``."""
    days = dated.select(of="BillingCurrency", day="_day").distinct()
    known = rates.filter(rates.to_currency == to).select(since="date", source="from_currency", worth="rate")
    joined = days.join(known, [days.of == known.source, known.since <= days.day])
    return joined.group_by("of", "day").aggregate(_rate=joined.worth.argmax(joined.since))


def _check(costs: ir.Table, columns: Sequence[str]) -> None:
    known = [name for name in MONEY_COLUMNS if name in costs.columns]
    for name in columns:
        if name not in known:
            near = nearest(name, known)
            raise FinopsError(
                f"{name} is no amount in BillingCurrency.",
                why=f"The costs have {', '.join(known)}.",
                hint=f'columns=("{near or "BilledCost"}",)',
            )
