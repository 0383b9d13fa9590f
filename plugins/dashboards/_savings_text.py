"""Savings in words, and as the records that the charts draw."""

from __future__ import annotations

from decimal import Decimal

from finopsnb.charts import money
from finopsnb.charts.data import Records, shown

from ._savings_data import Savings
from ._settings import others_told

__all__ = ["categories", "description", "finding", "largest", "stages", "subtitle"]

_LONG = 46


def finding(found: Savings) -> str:
    """What is still to be saved a month, and what was."""
    to_do = found.stage("Open").amount + found.stage("Accepted").amount
    number = found.stage("Open").number + found.stage("Accepted").number
    if found.measured:
        done = f"{_money(found, found.stage('Realised').amount)} a month saved"
    else:
        done = f"{_money(found, found.stage('Implemented').amount)} a month implemented" if found.stage("Implemented").number else ""
    if not number:
        return f"Nothing is open; {done}" if done else "Nothing is left to save"
    wanted = f"{_money(found, to_do)} a month could be saved by {number} recommendation{'' if number == 1 else 's'}"
    return f"{wanted}; {done}" if done else wanted


def subtitle(found: Savings) -> list[str]:
    """How to read the amounts, what was measured, and what is not in them."""
    lines = ["Savings of a month; of several on one resource the largest counts, a commitment on what the others leave of its cost."]
    if found.measured or found.unmeasured:
        since = f"Since they were implemented {found.measured} saved {_money(found, found.saved)} in all" if found.measured else ""
        waits = f"{found.unmeasured} cannot be measured yet, or by themselves (%finops savings says why)" if found.unmeasured else ""
        lines.append("; ".join(part for part in (since, waits) if part) + ".")
    apart = [f"{number} {what}" for number, what in ((found.overlapping, "overlapping"), (found.dismissed, "dismissed")) if number]
    if apart:
        lines.append(f"Not counted: {', '.join(apart)}.")
    told = others_told(found.others)
    return [*lines, told] if told else lines


def description(found: Savings) -> str:
    """The finding, each stage and the largest ones, as sentences."""
    each = [f"{one.name}: {one.number}, {_money(found, one.amount)} a month." for one in found.stages]
    named = [f"{_title(row)}: {_money(found, row['counted_saving'])}." for row in found.largest]
    return " ".join([f"{finding(found)}.", *each, *named])


def stages(found: Savings) -> Records:
    """A bar for each stage, in its order."""
    return [
        {"name": f"{one.name} ({one.number})", "cost": _float(one.amount), "rank": place, "what": _SAYS[one.name]}
        for place, one in enumerate(found.stages)
    ]


_SAYS = {
    "Open": "Found, and nobody has decided",
    "Accepted": "Will be done",
    "Implemented": "Done; what was expected of it",
    "Realised": "Done; what the costs say since",
}


def largest(found: Savings) -> Records:
    """A bar for each of the recommendations that save most; two with one title are told apart by a number."""
    seen: dict[str, int] = {}
    rows = []
    for row in found.largest:
        title = _short(_title(row))
        seen[title] = seen.get(title, 0) + 1
        name = title if seen[title] == 1 else f"{title} ({seen[title]})"
        rows.append({"name": name, "cost": _float(row["counted_saving"]), "status": row["status"], "id": shown(row["recommendation_id"])})
    return rows


def categories(found: Savings) -> Records:
    """A bar for each kind of recommendation."""
    return [{"name": _short(shown(name)), "cost": _float(amount)} for name, amount in found.categories]


def _title(row: dict[str, object]) -> str:
    return shown(str(row["title"] or row["recommendation_id"]))


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _money(found: Savings, amount: Decimal) -> str:
    return money(amount, shown(found.currency))


def _float(amount: Decimal) -> float:
    return round(float(amount), 2)
