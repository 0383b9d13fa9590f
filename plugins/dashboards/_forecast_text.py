"""The forecast in words, and as the records that the charts draw."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from finopsnb.charts import money
from finopsnb.charts.data import Records, milliseconds, shown

from ._forecast_data import Drawn, days
from ._periods import day_named
from ._settings import others_told

if TYPE_CHECKING:
    from finopsnb.analysis.forecasting import Outlook

__all__ = ["accuracy", "description", "finding", "records", "state_of", "subtitle"]

_COSTS = {"EffectiveCost": "Effective cost", "BilledCost": "Billed cost", "ContractedCost": "Contracted cost", "ListCost": "List cost"}
_MIDDAY = 43_200_000


def finding(drawn: Drawn) -> str:
    """What the days to come will cost, between what, and what that is against as many days before."""
    total, currency = drawn.total, shown(drawn.currency)
    low, high = (money(amount, currency).removesuffix(currency).strip() for amount in total.sum_80)
    cost = _COSTS[drawn.settings.cost]
    return f"{cost} of the next {_days(drawn)} comes to {money(total.sum, currency)}, 80 % likely {low} to {high}{_against(total)}"


def _days(drawn: Drawn) -> str:
    return "day" if drawn.settings.horizon == 1 else f"{drawn.settings.horizon} days"


def _against(one: Outlook) -> str:
    if one.before is None or not one.before:
        return ""
    change = (one.sum - one.before) / abs(one.before)
    if abs(change) < 0.0005:
        return ": as much as before"
    return f": {abs(change):.1%} {'more' if change > 0 else 'less'} than before"


def subtitle(drawn: Drawn) -> list[str]:
    """How well past forecasts have done, how to read the picture, and what is not in it."""
    last = drawn.projection.series.end - timedelta(days=1)
    lines = [
        accuracy(drawn),
        f"Costs up to {day_named(last)}: the line; forecast: dashed; 80 % of days lie in the darker band, 95 % in the lighter one.",
    ]
    if drawn.series and drawn.left_out:
        lines.append(f"{drawn.left_out} smaller series are in the total and not drawn: %finops forecast by={drawn.settings.by}")
    told = others_told(drawn.others)
    return [*lines, told] if told else lines


def accuracy(drawn: Drawn) -> str:
    """What the back-test says of the total."""
    told = drawn.total.accuracy
    if not told:
        return "There are too few days to say how well forecasts have done."
    naive = f" (the last week again: {told['naive_month_error']:.1%})" if told["naive_month_error"] is not None else ""
    scaled = f"; MASE {told['MASE']:.2f}, WAPE {told['WAPE']:.1%}" if told["MASE"] is not None else ""
    inside = f"; {told['coverage_80']:.0%} and {told['coverage_95']:.0%} of days lay in the 80 and 95 % intervals"
    over = f"{told['origins']:.0f} such forecasts of the past"
    return f"Back-test: {over} were off by {told['month_error']:.1%} of their sum{naive}{scaled}{inside}."


def state_of(one: Outlook, currency: str) -> str:
    """The sum of the days to come, its interval, and the change."""
    low, high = (money(amount, currency).removesuffix(currency).strip() for amount in one.sum_80)
    return f"{money(one.sum, currency)}, {low} to {high}{_against(one)}"


def description(drawn: Drawn) -> str:
    """The finding, the accuracy and each series' state, as sentences."""
    each = " ".join(f"{shown(name)}: {state_of(one, shown(drawn.currency))}." for name, one in drawn.series)
    return f"{finding(drawn)}. {accuracy(drawn)} {each}".strip()


def records(one: Outlook, most: int = 1000) -> Records:
    """A record for each day, drawn at its middle; of several days, by their means, where there would be more than ``most``."""
    rows = list(days(one))
    step = -(-len(rows) // most)
    known = len(one.actual)
    parts = [side[place : place + step] for side in (rows[:known], rows[known:]) for place in range(0, len(side), step)]
    return [_record(part) for part in parts]


def _record(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The means of some days; what they do not have is left out."""
    first, last = rows[0]["day"], rows[-1]["day"]
    when = f"{first:%A} {day_named(first)}" if first == last else f"{day_named(first)} to {day_named(last)}, a day"
    amounts = {name: round(sum(float(row[name]) for row in rows) / len(rows), 2) for name in rows[0] if _is_amount(rows[0], name)}
    return {"middle": (milliseconds(first) + milliseconds(last)) // 2 + _MIDDAY, "when": when, **amounts}


def _is_amount(row: dict[str, Any], name: str) -> bool:
    return name != "day" and row[name] is not None
