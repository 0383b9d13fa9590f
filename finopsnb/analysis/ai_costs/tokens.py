"""Tokens and what they cost, by model and direction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import GRAINS, provider
from finopsnb.analysis.days import DAY
from finopsnb.analysis.money import MONEY
from finopsnb.analysis.purchases.windows import windowed

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["DIRECTIONS", "TOGETHER", "UNKNOWN", "recent_tokens", "token_costs"]

#: of a request whose price is for what went in and what came out, and of a bill that does not say
TOGETHER, UNKNOWN = "input and output", "(not said)"
#: the directions that have a price in tables of prices
DIRECTIONS = ("input", "cached input", "cache write", "output", TOGETHER)
_UNIT = r"(?i)^\s*([0-9,]*)\s*([km]?)\s*tokens?\s*$"
_DIRECTION = r'"(?:x_Direction|TokenType|x_TokenType)"\s*:\s*"([^"]*)"'


def token_costs(costs: ir.Table, *by: str, grain: str | None = None) -> ir.Table:
    """One row per provider, model, direction, ``by`` (columns) and BillingCurrency, and per ``period`` with a grain (day, week, month ...).

    ``tokens`` and ``cost`` (EffectiveCost) are exact, ``per_million`` is the cost of a million tokens as a float, null without tokens;
    ``prompt`` and ``completion`` are the tokens of each kind where one charge is for both. What is not counted in tokens is left out.
    """
    rows = _counted(costs.filter(costs.ChargeCategory == "Usage").mutate(provider=provider(costs).fill_null("")))
    keys: dict[str, Any] = {name: rows[name] for name in ("provider", "model", "direction", *by, "BillingCurrency")}
    if grain:
        keys["period"] = rows.ChargePeriodStart.truncate(GRAINS[grain]).cast("date")
    return _summed(rows, keys).order_by(list(keys))


def recent_tokens(costs: ir.Table, days: int = 30) -> ir.Table:
    """As :func:`token_costs` by SubAccountId and ServiceName, of the last ``days`` complete days (``recent``) and as many before.

    ``days`` tells how many there are: fewer than asked for where the provider is younger.
    """
    import ibis

    rows = windowed(costs, 2 * days)
    day = (rows.ChargePeriodStart.epoch_seconds() - rows.window) // DAY
    placed = rows.mutate(day=day, of=ibis.least(rows.days, days))
    inside = placed.filter(placed.day >= 0, placed.day < placed.days).mutate(recent=ibis._.day >= placed.days - placed.of)
    counted = _counted(inside)
    told = ibis.ifelse(counted.recent, counted.of, counted.days - counted.of)
    rows = counted.mutate(span=told)
    names = ("provider", "model", "direction", "SubAccountId", "ServiceName", "BillingCurrency", "recent")
    keys = {**{name: rows[name] for name in names}, "days": rows.span}
    return _summed(rows, keys).order_by(list(keys))


def _counted(rows: ir.Table) -> ir.Table:
    """Those that are counted in tokens, with ``model``, ``direction``, ``tokens``, ``prompt`` and ``completion``."""
    import ibis

    unit = ibis.ifelse(rows.ConsumedUnit.re_search(_UNIT).fill_null(False), rows.ConsumedUnit, rows.PricingUnit)
    quantity = ibis.ifelse(unit == rows.ConsumedUnit, rows.ConsumedQuantity, rows.PricingQuantity)
    found = rows.mutate(_unit=unit, _quantity=quantity).filter(unit.re_search(_UNIT), quantity.notnull())
    prompt, completion = (_tokens(found, name) for name in ("x_PromptTokens", "x_CompletionTokens"))
    direction = _direction(found, prompt)
    zero = ibis.literal(0).cast(MONEY)
    return found.mutate(
        model=found.SkuMeter.nullif("").fill_null("(no model)"),
        direction=direction,
        tokens=(found["_quantity"] * _times(found["_unit"])).cast(MONEY),
        prompt=ibis.ifelse(direction == TOGETHER, prompt, zero),
        completion=ibis.ifelse(direction == TOGETHER, completion, zero),
    )


def _times(unit: ir.StringValue) -> Any:
    """How many tokens are one of the unit: 1M Tokens is a million."""
    import ibis

    number = unit.re_extract(_UNIT, 1).replace(",", "").nullif("").try_cast("int64").fill_null(1)
    letter = unit.re_extract(_UNIT, 2).lower()
    return number * ibis.cases((letter == "m", 1_000_000), (letter == "k", 1_000), else_=1)


def _tokens(rows: ir.Table, name: str) -> Any:
    import ibis

    if name not in rows.columns:
        return ibis.literal(0).cast(MONEY)
    return rows[name].try_cast(MONEY).fill_null(0) if rows[name].type().is_string() else rows[name].cast(MONEY).fill_null(0)


def _direction(rows: ir.Table, prompt: Any) -> ir.StringValue:
    """What SkuPriceDetails says, in the words of ai-usage."""
    import ibis

    said = rows.SkuPriceDetails.cast("string").re_extract(_DIRECTION, 1).lower().nullif("")
    is_write = said.contains("write") | said.contains("creation")
    return ibis.cases(
        (said.isnull() & (prompt > 0), ibis.literal(TOGETHER)),
        (said.isnull(), ibis.literal(UNKNOWN)),
        (said.contains("audio") | said.contains("image"), said),
        (said.contains("cache") & is_write, ibis.literal("cache write")),
        (said.contains("cache"), ibis.literal("cached input")),
        (said.contains("output"), ibis.literal("output")),
        (said.contains("input"), ibis.literal("input")),
        else_=said,
    )


def _summed(rows: ir.Table, keys: dict[str, Any]) -> ir.Table:
    cost = rows.EffectiveCost.sum()
    sums = rows.group_by(**keys).aggregate(tokens=rows.tokens.sum(), prompt=rows.prompt.sum(), completion=rows.completion.sum(), cost=cost)
    return sums.mutate(per_million=sums.cost.cast("float64") * 1_000_000 / sums.tokens.cast("float64").nullif(0))
