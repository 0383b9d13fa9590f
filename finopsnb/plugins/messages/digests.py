"""One message for many findings: how many there are, what they come to in each currency, and the gravest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from finopsnb.plugins.messages.wording import money_text

__all__ = ["summed_up"]

#: so many are told one by one
LINES = 20
_KINDS = {
    "alert_triggered": ("alert", "alerts"),
    "budget_threshold_exceeded": ("budget threshold", "budget thresholds"),
    "policy_violated": ("policy violation", "policy violations"),
    "recommendation_generated": ("recommendation", "recommendations"),
}
_RANKS = {"critical": 0, "high": 1, "normal": 2, "low": 3}


def summed_up(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows of the outbox as one message: priority, message, and metadata with title and items. Currencies are never added.

    Of several kinds each has its own sums: what a budget has cost and what could be saved are not one number.
    """
    ordered = _ranked(rows)
    lines = [_line(row) for row in ordered[:LINES]]
    more = [f"and {len(ordered) - LINES:,} more"] if len(ordered) > LINES else []
    title, sums = _title(ordered), _sums(ordered)
    items = [{"title": row["title"] or "", "money": money_text(row["money"], row["BillingCurrency"] or "")} for row in ordered[:LINES]]
    return {
        "priority": ordered[0]["priority"] if ordered else "normal",
        "message": "\n".join([title, *sums, *(f"• {line}" for line in lines), *more]),
        "metadata": {"title": title, "facts": dict(_pairs(ordered)), "items": items, "more": max(0, len(ordered) - LINES)},
    }


def _ranked(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The gravest first. Among equals the most money of each currency, then the second most of each: currencies are not compared."""
    by_money = sorted(rows, key=lambda row: (row["money"] is None, -abs(row["money"] or Decimal(0)), row["outbox_id"]))
    places: Counter[str] = Counter()
    keys = []
    for row in by_money:
        currency = row["BillingCurrency"] or ""
        places[currency] += 1
        keys.append((_RANKS.get(row["priority"], 2), row["money"] is None, places[currency], currency))
    return [row for _, row in sorted(zip(keys, by_money, strict=True), key=lambda pair: pair[0])]


def _title(rows: Sequence[Mapping[str, Any]]) -> str:
    counts = Counter(row["event"] for row in rows)
    parts = [_count(event, counts[event]) for event in (*_KINDS, *sorted(set(counts) - set(_KINDS))) if counts[event]]
    return ", ".join(parts)


def _count(event: str, count: int) -> str:
    one, many = _KINDS.get(event, ("message", "messages"))
    return f"{count:,} {one if count == 1 else many}"


def _pairs(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """By kind: what its findings come to, currency by currency."""
    for event, (_, many) in _KINDS.items():
        sums: dict[str, Decimal] = {}
        for row in rows:
            if row["event"] == event and row["money"] is not None:
                currency = row["BillingCurrency"] or ""
                sums[currency] = sums.get(currency, Decimal(0)) + row["money"]
        if sums:
            yield many.capitalize(), ", ".join(money_text(sums[currency], currency) for currency in sorted(sums))


def _sums(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{kind}: {text}" for kind, text in _pairs(rows)]


def _line(row: Mapping[str, Any]) -> str:
    money = money_text(row["money"], row["BillingCurrency"] or "")
    return f"{row['title'] or (row['message'] or '').splitlines()[0]}" + (f" ({money})" if money else "")
