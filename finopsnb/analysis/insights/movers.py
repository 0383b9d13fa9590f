"""What moved between the complete days and as many before, and what explains it: the resource, SKU or region that moved most in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import provider
from finopsnb.analysis.insights.asking import asked, condition, of_usage
from finopsnb.analysis.insights.finding import Finding, money
from finopsnb.analysis.insights.windows import Look, Window, daily, within

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["movers"]

_TOP = 5
#: smaller changes than this share of all cost are no news
_LEAST = Decimal("0.005")
_SERIES = ("provider", "ServiceName", "SubAccountId")
_DRIVERS = {"resource": ("ResourceName", "ResourceId"), "SKU": ("SkuMeter", "SkuId"), "region": ("RegionName", "RegionId")}


def movers(look: Look) -> Iterator[Finding]:
    """The services of accounts whose usage changed most, by currency; the largest is the executive's too."""
    for window in look.windows:
        if not window.days:
            continue
        rows = _compared(_of(look, window), window, _SERIES, SubAccountName=True)
        found = look.rows(rows)
        total = sum((abs(row["now"]) for row in found), Decimal(0))
        told = [row for row in found if row["now"] != row["before"] and abs(row["now"] - row["before"]) >= _LEAST * total]
        told.sort(key=lambda row: (-abs(row["now"] - row["before"]), *(row[name] or "" for name in _SERIES)))
        why = _why(look, window, told[:_TOP])
        for place, row in enumerate(told[:_TOP]):
            yield _finding(row, window, why[place], place)


def _finding(row: Mapping[str, Any], window: Window, why: str, place: int) -> Finding:
    change: Decimal = row["now"] - row["before"]
    account = row["account"] or row["SubAccountId"]
    name = f"{row['ServiceName'] or 'Usage without a service'}{f' in {account}' if account else ''}"
    of = "" if not row["before"] else f" ({change / abs(row['before']) * 100:+.1f} %)"
    verb = "rose by" if change > 0 else "fell by"
    series = {column: row[column] for column in _SERIES}
    where = condition({"BillingCurrency": window.currency, **series})
    periods = {"now": window.now, "before": window.before}
    # what fell to nothing has no rows now, and no sum
    sums = (f"coalesce(sum(EffectiveCost) filter ({of_usage(days)}), 0) as {name}" for name, days in periods.items())
    return Finding(
        "mover",
        tuple(str(value) for value in series.values()),
        f"{name} {verb} {money(abs(change), window.currency)}{of} to {money(row['now'], window.currency)} in {window.told}",
        row["now"],
        window.currency,
        window.currency,
        abs(change),
        ("executive", "engineering", "finops") if not place else ("engineering", "finops"),
        asked(", ".join(sums), where),
        "now",
        name=name,
        before=row["before"],
        how=window.how,
        detail=why,
        dashboard="cost-overview",
        options={"by": "service", "cost": "EffectiveCost", "currency": window.currency, "grain": "day", "months": 3},
    )


def _of(look: Look, window: Window) -> ir.Table:
    use = daily(look.costs)
    use = use.filter(use.BillingCurrency == window.currency, within(use, (window.before[0], window.end)))
    return use.mutate(provider=provider(use))


def _compared(use: ir.Table, window: Window, keys: tuple[str, ...], *, SubAccountName: bool = False) -> ir.Table:  # noqa: N803
    """By ``keys``: the costs ``now`` and ``before``, and ``account``, the name of the sub account."""
    zero = Decimal(0)
    more = {"account": use.SubAccountName.max()} if SubAccountName else {}
    return use.group_by(keys).aggregate(
        now=use.EffectiveCost.sum(where=within(use, window.now)).fill_null(zero),
        before=use.EffectiveCost.sum(where=within(use, window.before)).fill_null(zero),
        **more,
    )


def _why(look: Look, window: Window, movers: list[dict[str, Any]]) -> list[str]:
    """For each mover what of its resources, SKUs and regions moved most in its direction."""
    if not movers:
        return []
    use = _of(look, window)
    use = use.filter(use.ServiceName.isin({row["ServiceName"] or "" for row in movers}) | use.ServiceName.isnull())
    told: list[list[str]] = [[] for _ in movers]
    for name, (label, identity) in _DRIVERS.items():
        named = use.mutate(part=use[label].coalesce(use[identity]))
        parts = look.rows(_largest(_compared(named, window, (*_SERIES, "part"))))
        for place, mover in enumerate(movers):
            told[place] += _driver(name, mover, parts, window.currency)
    return [f"Mostly {'; '.join(some)}." if some else "" for some in told]


def _largest(parts: ir.Table) -> ir.Table:
    """The three of each mover that rose most, and the three that fell most: there may be very many resources."""
    import ibis

    change = parts.now - parts.before
    up = ibis.row_number().over(group_by=_SERIES, order_by=[ibis.desc(change), parts.part])
    down = ibis.row_number().over(group_by=_SERIES, order_by=[change, parts.part])
    placed = parts.mutate(_up=up, _down=down)
    return placed.filter((placed["_up"] < 3) | (placed["_down"] < 3))


def _driver(name: str, mover: Mapping[str, Any], parts: list[dict[str, Any]], currency: str) -> list[str]:
    """The part that explains most, where it explains half at least."""
    change: Decimal = mover["now"] - mover["before"]
    mine = [row for row in parts if row["part"] and all(row[key] == mover[key] for key in _SERIES)]
    most = max(mine, key=lambda row: ((row["now"] - row["before"]) / change, row["part"]), default=None)
    if most is None or (most["now"] - most["before"]) / change < Decimal("0.5"):
        return []
    part: Decimal = most["now"] - most["before"]
    return [f"the {name} {most['part']} ({'+' if part > 0 else ''}{money(part, currency)})"]
