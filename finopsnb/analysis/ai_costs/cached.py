"""How much of what goes into a model comes from its cache, and where the figures say that more could, or that it is not worth it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

__all__ = ["cache_share", "caching"]

_INPUT = ("input", "cached input", "cache write")
_LINE = ("provider", "model", "SubAccountId", "BillingCurrency")


def cache_share(rows: Iterable[Mapping[str, Any]]) -> float | None:
    """Cached input by all input (input, cached input, cache writes), 0 to 1; None where nothing went in, or a direction is not said."""
    tokens = {name: Decimal(0) for name in _INPUT}
    for row in rows:
        if row["direction"] in tokens:
            tokens[row["direction"]] += row["tokens"]
    whole = sum(tokens.values())
    return float(tokens["cached input"] / whole) if whole else None


def caching(rows: Sequence[Mapping[str, Any]], drop: float = 0.2, least_days: int = 7) -> list[dict[str, Any]]:
    """Where the cache could save, by model and SubAccountId: ``rows`` as of recent_tokens.

    ``fell``: the share that came from the cache is lower by ``drop`` than in the days before, which shows that the input does repeat;
    the saving is that of the share before. ``unread``: what was written to the cache cost more, over plain input, than what was read
    from it saved; the saving is the difference. Prices are those of the model's own tokens; without them nothing is told. A dict each:
    _LINE and ServiceName, kind, days, share, before, saving and cost (of the recent days).
    """
    lines: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        lines.setdefault(tuple(row[name] for name in _LINE), []).append(row)
    found = []
    for key, mine in sorted(lines.items(), key=lambda pair: [str(part or "") for part in pair[0]]):
        told = _fell(mine, drop, least_days) or _unread(mine)
        if told:
            recent = [row for row in mine if row["recent"]]
            common = {"ServiceName": recent[0]["ServiceName"], "days": recent[0]["days"], "share": cache_share(recent)}
            cost = sum((row["cost"] for row in recent), Decimal(0))
            saving = min(Decimal(repr(told.pop("saving"))).quantize(Decimal("1e-9")), cost)
            found.append({**dict(zip(_LINE, key, strict=True)), **common, **told, "saving": saving, "cost": cost})
    return [one for one in found if one["saving"] > 0]


def _fell(rows: Sequence[Mapping[str, Any]], drop: float, least_days: int) -> dict[str, Any] | None:
    now, before = ([row for row in rows if row["recent"] == recent] for recent in (True, False))
    share, earlier = cache_share(now), cache_share(before)
    if share is None or earlier is None or earlier - share < drop or min(row["days"] for row in rows) < least_days:
        return None
    plain, cached = _price(now, "input"), _price(now, "cached input") or _price(before, "cached input")
    if plain is None or cached is None or plain <= cached:
        return None
    whole = float(sum(row["tokens"] for row in now if row["direction"] in _INPUT))
    moved = min((earlier - share) * whole, float(sum(row["tokens"] for row in now if row["direction"] == "input")))
    return {"kind": "fell", "before": earlier, "saving": moved * (plain - cached)}


def _unread(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    now = [row for row in rows if row["recent"]]
    plain, written, cached = (_price(now, name) for name in ("input", "cache write", "cached input"))
    if plain is None or written is None or written <= plain:
        return None
    tokens = {name: float(sum(row["tokens"] for row in now if row["direction"] == name)) for name in _INPUT}
    lost = tokens["cache write"] * (written - plain) - tokens["cached input"] * (plain - (plain if cached is None else cached))
    return {"kind": "unread", "before": None, "saving": lost} if lost > 0 else None


def _price(rows: Sequence[Mapping[str, Any]], direction: str) -> float | None:
    """What one token of a direction costs, where it cost anything."""
    mine = [row for row in rows if row["direction"] == direction]
    tokens, cost = (float(sum(row[name] for row in mine)) for name in ("tokens", "cost"))
    return cost / tokens if tokens > 0 and cost > 0 else None
