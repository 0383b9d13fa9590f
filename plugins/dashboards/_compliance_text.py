"""The compliance of the costs in words, and as the records that the charts draw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from finopsnb.charts import money
from finopsnb.charts.data import Records, shown

from ._compliance_data import Compliance
from ._overview_text import COSTS
from ._periods import day_named
from ._settings import others_told

__all__ = ["description", "finding", "groups", "keys", "offenders", "rules", "subtitle", "unowned"]

_MOST = 10
_GRAVITY = ("critical", "high", "medium", "low")


def finding(found: Compliance, settings: Any) -> str:
    """How much of the cost carries the first tag, and what the open violations are about."""
    return "; ".join([_covered(found, settings), _violated(found)])


def _covered(found: Compliance, settings: Any) -> str:
    what = COSTS[settings.cost].lower()
    if not found.keys:
        return f"None of the {what} carries a tag"
    named = {row["tag"]: row for row in found.keys}
    first = settings.tags[0] if settings.tags else "team" if "team" in named else found.keys[0]["tag"]
    if first not in named:
        return f"There is no {what} to be tagged"
    return f"{shown(first)} is on {named[first]['coverage']:.1%} of the {what}"


def _violated(found: Compliance) -> str:
    if not found.evaluated:
        return "no policy has been evaluated"
    number = sum(row["count"] for row in found.rules)
    if not number:
        return "no violation open"
    worst = next((f", worst on {shown(one['name'])}, {money(one['cost'], found.currency)}" for one in found.offenders), "")
    return f"{number} violation{'s' if number > 1 else ''} open{worst}"


def subtitle(found: Compliance, settings: Any) -> list[str]:
    """The days and the currency, what coverage is, and the currencies that are not in it."""
    last = date.fromordinal(found.until.toordinal() - 1)
    when = f"{day_named(found.since)} to {day_named(last)}, all amounts in {found.currency}"
    line = f"{when}. Coverage is the part of the positive {COSTS[settings.cost].lower()} that carries a tag; violations are those open now."
    return [line, told] if (told := others_told(found.others)) else [line]


def description(found: Compliance, settings: Any) -> str:
    """The finding, the coverage of each tag, the rules that are broken, and the worst offenders, as sentences."""
    tags = "; ".join(f"{shown(row['tag'])} {row['coverage']:.1%}" for row in found.keys)
    broken = "; ".join(str(row["name"]) for row in rules(found))
    worst = "; ".join(f"{row['name']} {money(row['cost'], found.currency)}" for row in offenders(found)[:5])
    parts = {"Coverage": tags, "Open violations": broken, "Worst offenders": worst}
    return " ".join([f"{finding(found, settings)}.", *(f"{name}: {told}." for name, told in parts.items() if told)])


def keys(found: Compliance) -> Records:
    """The coverage of each tag, the highest first."""
    return [{"name": shown(row["tag"]), **_share(row)} for row in found.keys]


def groups(found: Compliance) -> Records:
    """The coverage of each tag in each group, the groups with most spend first, the tags as in :func:`keys`."""
    order = [row["tag"] for row in found.keys]
    rows = sorted(found.groups, key=lambda row: order.index(row["tag"]))
    places = list(dict.fromkeys(row["group"] for row in found.groups))
    rows.sort(key=lambda row: places.index(row["group"]))
    return [{"name": shown(row["group"]), "column": shown(row["tag"]), **_share(row)} for row in rows]


def _share(row: dict[str, Any]) -> dict[str, float]:
    return {"share": round(row["coverage"], 6), "cost": round(float(row["cost"]), 2), "covered": round(float(row["tagged"]), 2)}


def rules(found: Compliance) -> Records:
    """Each rule that is broken, the gravest of the dearest: how often, how grave, and the spend (0 where none is known)."""
    rows = sorted(found.rules, key=lambda row: (-(row["cost"] or 0), _gravity(row["severity"])))[:_MOST]
    return [
        {
            "name": shown(f"{row['rule'][:60]}, {row['count']} {row['severity'] or ''}".rstrip()),
            "policy": shown(row["policy"]),
            "severity": shown(row["severity"] or "unknown"),
            "count": row["count"],
            "cost": round(float(row["cost"] or 0), 4),
        }
        for row in rows
    ]


def _gravity(severity: str | None) -> int:
    return _GRAVITY.index(severity) if severity in _GRAVITY else len(_GRAVITY)


def offenders(found: Compliance) -> Records:
    """The resources that cost most of those with open violations, and the rules that they break."""
    names = [row["name"] for row in found.offenders]
    return [
        {
            "name": shown(row["name"] if names.count(row["name"]) == 1 else f"{row['name']}, {(row['resource'] or '')[-24:]}"),
            "resource": shown(row["resource"] or "(none)"),
            "rules": shown(", ".join(sorted(row["rules"]))),
            "cost": round(float(row["cost"]), 4),
        }
        for row in found.offenders[:_MOST]
    ]


def unowned(found: Compliance) -> Records:
    """The services whose cost is allocated to nobody; the smaller ones as one, and none whose cost is not above zero."""
    rows: Sequence[dict[str, Any]] = [row for row in found.unowned if row["cost"] > 0]
    kept, rest = rows[: _MOST - 2], rows[_MOST - 2 :]
    told = [{"name": shown(row["service"]), "cost": round(float(row["cost"]), 4)} for row in kept]
    others = sum((row["cost"] for row in rest), Decimal(0))
    return [*told, {"name": f"{len(rest)} other services", "cost": round(float(others), 4)}] if rest else told
