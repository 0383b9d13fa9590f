"""From what was used and what it cost to charges: the money of a cost report goes to the usage that it is for.

    cost row of a day, project, model, direction ──▶ its usage rows (keys, users), in proportion to their quantities
    cost row without usage that fits             ──▶ stays as it is
    usage without a cost row that fits           ──▶ 0 where a cost report of that day is there: it is complete
                                                     its price, where the settings have one
                                                     no charge, with the reason: a cost that nobody knows is not 0

The parts of a cost add up to it exactly. Pages that come twice, in two files, are counted once: their rows come out
the same each time, and the store knows them for duplicates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Any

from finopsnb.plugins.api import Row

__all__ = ["charges"]

_STORED = Decimal("1e-18")
_GROUP = ("provider", "project", "model", "direction", "tier", "context")
_MONEY = ("amount", "currency", "item")
_UNKNOWN = "cost: no cost report of the day and no price for it is given: collect the cost report too, or give prices"

#: a row's content, and the how manieth of its like it is in its file
_Key = tuple[tuple[tuple[str, Any], ...], int]


def charges(pages: Mapping[str, Sequence[Row]], price_of: Callable[[Row], Mapping[str, Any] | None]) -> dict[str, list[Row]]:
    """The charges of each page; ``price_of`` gives amount and currency of a row of usage, or None."""
    keyed = {name: _keyed(rows) for name, rows in pages.items()}
    unique = {key: row for rows in keyed.values() for key, row in rows}
    covered = {(row["provider"], row["start"][:10]) for row in unique.values() if row["what"] == "cost"}
    shared, absorbed = _shared(unique)

    def outcome(key: _Key, row: Row) -> Iterable[Row]:
        if key in shared:
            return shared[key]
        if row["what"] == "cost":
            return [{**row, "cost_from": "cost report"}]
        return [] if key in absorbed else [_own(row, (row["provider"], row["start"][:10]) in covered, price_of)]

    return {name: [one for key, row in rows for one in outcome(key, row)] for name, rows in keyed.items()}


def _keyed(rows: Sequence[Row]) -> list[tuple[_Key, Row]]:
    seen: Counter[tuple[tuple[str, Any], ...]] = Counter()
    found = []
    for row in rows:
        content = tuple(sorted((name, str(value)) for name, value in row.items()))
        found.append(((content, seen[content]), row))
        seen[content] += 1
    return found


def _shared(unique: Mapping[_Key, Row]) -> tuple[dict[_Key, list[Row]], set[_Key]]:
    """The rows in place of each cost that is shared out, and the usage that they are."""
    costs: dict[Any, list[_Key]] = {}
    usage: dict[Any, list[_Key]] = {}
    for key, row in unique.items():
        if row.get("direction") and (row.get("model") or row["direction"] == "web search"):
            (costs if row["what"] == "cost" else usage).setdefault((row["start"][:10], *_group(row)), []).append(key)
    shared: dict[_Key, list[Row]] = {}
    absorbed: set[_Key] = set()
    for group, found in costs.items():
        amount = _decimal(unique[found[0]].get("amount"))
        if len(found) == 1 and group in usage and amount is not None:  # of two costs no one says which usage is whose
            shared[found[0]] = _parts(unique[found[0]], amount, [unique[key] for key in usage[group]])
            absorbed |= set(usage[group])
    return shared, absorbed


def _group(row: Row) -> tuple[Any, ...]:
    """OpenAI's costs know neither tier nor context; a search is of no model."""
    unknown = {"tier", "context"} if row["provider"] == "openai" else set()
    unknown |= {"model", "tier", "context"} if row["direction"] == "web search" else set()
    return tuple(row.get(name) for name in _GROUP if name not in unknown)


def _parts(cost: Row, amount: Decimal, usage: Sequence[Row]) -> list[Row]:
    """Each part is what the sum up to it is more than the sum before it, so that rounding loses nothing."""
    money = {name: cost.get(name) for name in _MONEY}
    found, so_far, before = [], Decimal(0), Decimal(0)
    with localcontext(prec=100):
        whole = sum((Decimal(row["quantity"]) for row in usage), Decimal(0))
        for row in usage:
            so_far += Decimal(row["quantity"])
            after = (amount * so_far / whole).quantize(_STORED, ROUND_HALF_EVEN)
            found.append({**row, **money, "amount": f"{after - before:f}", "cost_from": "cost report, shared by usage"})
            before = after
    return found if len(found) > 1 else [{**found[0], "amount": cost["amount"], "cost_from": "cost report"}]


def _own(row: Row, is_covered: bool, price_of: Callable[[Row], Mapping[str, Any] | None]) -> Row:
    if is_covered:
        return {**row, "amount": "0", "cost_from": "other rows of the cost report"}
    price = price_of(row)
    return {**row, **price, "cost_from": "prices"} if price else {**row, "_reason": _UNKNOWN}


def _decimal(text: Any) -> Decimal | None:
    try:
        with localcontext(prec=100):
            return Decimal(str(text)).quantize(_STORED, ROUND_HALF_EVEN)
    except InvalidOperation:
        return None
