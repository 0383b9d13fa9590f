"""What models cost in words, and as the records that the charts draw."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from finopsnb.charts import PALETTE, money
from finopsnb.charts.data import Records, shown

from ._ai_costs_data import Line, Tokens
from ._periods import day_named, numbered, period_records
from ._settings import others_told

__all__ = ["description", "finding", "named", "prices", "ranking", "shares", "subtitle"]


def named(line: Line) -> str:
    """Model and direction; the end of a model's name that is too long stays off."""
    return shown(f"{line.model[:120]}, {line.direction[:60]}")


def finding(found: Tokens) -> str:
    """What tokens cost in all and a million of them, the line that costs most, and how much came from caches."""
    cost, tokens = (sum((getattr(line, name) for line in found.lines), Decimal(0)) for name in ("cost", "tokens"))
    currency, first = shown(found.currency), found.lines[0]
    mean = f", {money(cost * 1_000_000 / tokens, currency)} a million" if tokens else ""
    told = [f"{tokens / 1_000_000:,.1f} million tokens cost {money(cost, currency)}{mean}"]
    if cost > 0 and first.per_million is not None:
        told.append(f"{first.cost / cost:.0%} of it is {named(first)} at {money(first.per_million, currency)} a million")
    if found.share is not None:
        told.append(f"{found.share:.1%} of the input came from caches")
    return "; ".join(told)


def subtitle(found: Tokens) -> list[str]:
    """The days and the currency, what is drawn, and the currencies that are not in it."""
    last = date.fromordinal(found.until.toordinal() - 1)
    when = f"{day_named(found.since)} to {day_named(last)}, EffectiveCost in {shown(found.currency)}"
    lines = [f"{when}. What is not counted in tokens is not in it. The share is cached input by all input of models that have a cache."]
    left = len(found.lines) - found.top
    lines += [f"{left} more models and directions have no line: top=9 draws the most."] if left > 0 else []
    told = others_told(found.others)
    return [*lines, told] if told else lines


def description(found: Tokens) -> str:
    """The finding, and the cost of a million tokens of each line, as sentences."""
    currency = shown(found.currency)
    drawn = [line for line in found.lines[: found.top] if line.per_million is not None]
    each = "; ".join(f"{named(line)} {money(line.per_million or 0, currency)}" for line in drawn)
    return f"{finding(found)}. A million tokens: {each}." if each else f"{finding(found)}."


def prices(found: Tokens) -> Records:
    """The cost of a million tokens, of each line and period."""
    periods = _periods(found, [row["period"] for line in found.lines for row in line.rows])
    return [
        {
            **periods[row["period"]],
            **{"series": named(line), "rank": rank},
            **{"value": None if row["per_million"] is None else round(row["per_million"], 6), "cost": round(float(row["cost"]), 4)},
        }
        for rank, line in enumerate(found.lines[: found.top])
        for row in line.rows
    ]


def shares(found: Tokens) -> Records:
    """The share from the cache, of each model and period."""
    periods = _periods(found, [row["period"] for row in found.shares])
    models = list(dict.fromkeys(row["model"] for row in found.shares))[: len(PALETTE)]
    rank = {model: place for place, model in enumerate(models)}
    return [
        {
            **periods[row["period"]],
            **{
                "series": shown(row["model"]),
                "rank": rank[row["model"]],
                "value": round(row["share"], 6),
                "cost": round(float(row["cost"]), 4),
            },
        }
        for row in found.shares
        if row["model"] in rank
    ]


def _periods(found: Tokens, days: list[date]) -> dict[date, dict[str, Any]]:
    numbers = numbered(days)
    records = period_records(numbers, found.grain, found.since, found.until)
    return {day: {name: records[number][name] for name in ("middle", "when")} for day, number in numbers.items()}


def ranking(found: Tokens) -> Records:
    """Cost by model and direction, in the colours of the lines; the smaller ones as one."""
    currency = shown(found.currency)
    told = [
        {
            "name": named(line),
            "rank": rank,
            "cost": round(float(line.cost), 4),
            "tokens": f"{line.tokens:,.0f}",
            "price": "" if line.per_million is None else f"{line.per_million:,.4f} {currency}",
        }
        for rank, line in enumerate(found.lines[: found.top])
    ]
    rest = found.lines[found.top :]
    if not rest:
        return told
    tokens, cost = (sum((getattr(line, name) for line in rest), Decimal(0)) for name in ("tokens", "cost"))
    other = {"name": f"{len(rest)} others", "rank": len(told), "cost": round(float(cost), 4), "tokens": f"{tokens:,.0f}", "price": ""}
    return [*told, other]
