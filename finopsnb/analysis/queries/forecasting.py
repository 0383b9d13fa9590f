"""What was paid by period, for forecasts, and where a straight line through it leads.

The line is a first guess. ``session``'s forecast knows seasons and says how far off it may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.queries.parts import ratio, summed
from finopsnb.analysis.queries.registry import query

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__: list[str] = []


@query(
    "forecast-amortized-costs",
    "Forecast amortized costs month over month based on historical trends",
    "1.0-1.4",
    "BillingPeriodStart ChargeCategory EffectiveCost ServiceCategory ServiceName ServiceProviderName",
    period="billing",
    order="ServiceProviderName ServiceCategory ServiceName ChargeCategory BillingCurrency month",
)
def amortized_trend(costs: ir.Table, *, months: int = 3) -> ir.Table:
    """EffectiveCost by month of the billing period, provider, service and ChargeCategory, and its trend carried on for ``months`` months.

    ``trend`` is the straight line of least squares through the months, of which those without cost count as 0, and not below 0
    where their sum is not; in months to come EffectiveCost is null. A last month that is not complete bends the line:
    leave it out by ``end``.
    """
    return _with_trend(costs, ("ServiceProviderName", "ServiceCategory", "ServiceName", "ChargeCategory"), "EffectiveCost", months)


@query(
    "forecast-cashflow",
    "Forecast cashflow month over month based on historical trends by service",
    "1.0-1.4",
    "BilledCost BillingPeriodStart ServiceCategory ServiceName ServiceProviderName",
    period="billing",
    order="ServiceProviderName ServiceCategory ServiceName BillingCurrency month",
)
def cashflow_trend(costs: ir.Table, *, months: int = 3) -> ir.Table:
    """BilledCost by month of the billing period, provider and service, and its trend carried on; as forecast-amortized-costs."""
    return _with_trend(costs, ("ServiceProviderName", "ServiceCategory", "ServiceName"), "BilledCost", months)


@query(
    "forecast-costs",
    "Get historical usage and rates to enable cost forecasting",
    "1.0-1.4",
    "BillingPeriodEnd BillingPeriodStart EffectiveCost PricingQuantity PricingUnit RegionId RegionName ServiceCategory ServiceName "
    "ServiceProviderName",
    essential="PricingQuantity",
    period="billing",
    order="BillingPeriodStart",
)
@query(
    "effective-cost-by-service-and-region",
    "Effective Cost by Service and Region",
    "1.4",
    "BillingPeriodEnd BillingPeriodStart EffectiveCost PricingQuantity PricingUnit RegionId RegionName ServiceCategory ServiceName "
    "ServiceProviderName",
    essential="PricingQuantity",
    period="billing",
    order="BillingPeriodStart",
)
def usage_and_rates(costs: ir.Table) -> ir.Table:
    """Cost, quantity and ``rate`` (EffectiveCost per PricingUnit) of each service by billing period and region.

    Each PricingUnit has a row of its own: quantities in different units are not added. Charges without a unit have no rate.
    """
    names = ("ServiceProviderName", "ServiceCategory", "ServiceName", "RegionId", "RegionName", "PricingUnit")
    sums = summed(costs, "BillingPeriodStart", "BillingPeriodEnd", *names, of=("EffectiveCost", "PricingQuantity"))
    return sums.mutate(rate=ratio(sums.EffectiveCost, sums.PricingQuantity))


def _with_trend(costs: ir.Table, names: tuple[str, ...], metric: str, months: int) -> ir.Table:
    """By ``month`` of the billing period, ``names`` and currency: ``metric`` and ``trend``, those of ``months`` to come as well."""
    import ibis

    series = [*names, "BillingCurrency"]
    by_period = summed(costs, "BillingPeriodStart", *names, of=(metric,))
    dated = by_period.mutate(month=by_period.BillingPeriodStart.truncate("M").cast("date"))
    sums = dated.group_by("month", *series).aggregate(**{metric: dated[metric].sum()})
    placed = sums.mutate(first=sums.month.min().over(ibis.window()), last=sums.month.max().over(ibis.window()))
    placed = placed.mutate(x=_months(placed["first"], placed.month), n=_months(placed["first"], placed["last"]) + 1)
    fitted = _fitted(placed, metric, series)
    past = fitted.mutate(trend=_value(fitted, fitted.x)).select("month", *series, metric, "trend")
    ends = fitted.group_by(series).aggregate(**{name: fitted[name].max() for name in ("first", "n", "total", "slope", "base")})
    ahead = ends.mutate(x=ends.n + ibis.range(0, months).unnest().cast("int64"))
    month = (ahead["first"].cast("timestamp") + ahead.x.as_interval("M")).cast("date")
    nothing = ibis.null(past[metric].type())
    return past.union(
        ahead.select(month=month, **{name: ahead[name] for name in series}, **{metric: nothing}, trend=_value(ahead, ahead.x))
    )


def _fitted(placed: ir.Table, metric: str, series: list[str]) -> ir.Table:
    """With the line of least squares of each series: ``base`` at its first month and ``slope`` a month; ``total`` of it all.

    The sums are decimals, so that the order of the rows leaves the line as it is.
    """
    import ibis

    own = ibis.window(group_by=series)
    moments = placed.mutate(total=placed[metric].sum().over(own), moment=(placed[metric] * placed.x).sum().over(own))
    n, y, xy = (moments[name].cast("float64") for name in ("n", "total", "moment"))
    x, xx = n * (n - 1) / 2, n * (n - 1) * (2 * n - 1) / 6
    sloped = moments.mutate(slope=((n * xy - x * y) / (n * xx - x * x).nullif(0)).coalesce(0.0), middle=(n - 1) / 2)
    return sloped.mutate(base=sloped.total.cast("float64") / sloped.n - sloped.slope * sloped.middle)


def _value(fitted: ir.Table, x: ir.IntegerColumn) -> ir.FloatingColumn:
    import ibis

    value = fitted.base + fitted.slope * x
    return ibis.ifelse((value < 0) & (fitted.total >= 0), 0.0, value)


def _months(first: ir.DateColumn, day: ir.DateColumn) -> ir.IntegerColumn:
    """How many months lie between the first days of two months."""
    return ((day.year() - first.year()) * 12 + day.month() - first.month()).cast("int64")
