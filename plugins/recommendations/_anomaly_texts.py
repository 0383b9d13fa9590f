"""An anomaly in words, and as a row of ``recommendations``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from finopsnb.analysis.anomalies import KINDS
from finopsnb.analysis.cost import UNKNOWN

__all__ = ["Event", "together"]

#: the columns of recommendations that a dimension fills
_COLUMNS = {"provider": "ProviderName", "service": "ServiceName", "RegionId": "RegionId", "ResourceId": "ResourceId"}
_COLUMNS |= {name: name for name in ("SubAccountId", "ServiceName", "ProviderName")}
#: a resource that explains this much of an event is what it is about
_MOST = 0.8
_WHAT_TO_DO = {
    "up": "Find out what changed; if it was meant to, say expect=ID, else undo it.",
    "down": "Find out whether something stopped or data are missing; if it was meant to, say expect=ID.",
}


@dataclass(frozen=True)
class Event:
    """What changed together: the series of one event (rows of ``anomalies``), the one with the most money first."""

    rows: Sequence[Mapping[str, Any]]
    by: Sequence[str]

    @property
    def first(self) -> Mapping[str, Any]:
        return self.rows[0]

    @property
    def impact(self) -> Decimal:
        return sum((row["impact"] for row in self.rows), Decimal(0))

    @property
    def end(self) -> Any:
        return max(row["end"] for row in self.rows)

    def named(self, row: Mapping[str, Any]) -> list[str]:
        return [row[name] for name in self.by]

    def facts(self) -> dict[str, Any]:
        """Everything that is known of it, as it is told to listeners and kept as evidence."""
        first = self.first
        told = {name: first[name] for name in ("kind", "direction", "state", "BillingCurrency")}
        told |= {"days": (self.end - first["start"]).days + 1, "start": first["start"].isoformat(), "end": self.end.isoformat()}
        told["noticed"] = min(row["noticed"] for row in self.rows).isoformat()
        told |= {name: _plain(sum((row[name] for row in self.rows), Decimal(0))) for name in ("expected", "actual", "impact")}
        series = [{name: row[name] for name in self.by} | {"impact": _plain(row["impact"])} for row in self.rows]
        return {**told, "score": first["score"], "series": series, "drivers": json.loads(first["drivers"])}

    def title(self) -> str:
        """The series, what it is, and since when: nothing that moves while the event goes on."""
        first = self.first
        others = f" and {len(self.rows) - 1} more" if len(self.rows) > 1 else ""
        rest = [name for name in reversed(self.named(first)[:-1]) if name != UNKNOWN]
        place = f" in {', '.join(rest)}" if rest else ""
        return f"{self.named(first)[-1] if self.by else 'All costs'}{others}{place}: {first['kind']} since {first['start']}"

    def description(self) -> str:
        """What it cost, what it would have, and what explains the difference."""
        facts, first = self.facts(), self.first
        currency = first["BillingCurrency"]
        money = f"{_money(facts['actual'])} {currency} and not {_money(facts['expected'])} from {first['start']} to {self.end}"
        drivers = [f"{one['value']} ({one['level']}) {one['change']:+,.2f}" for one in facts["drivers"][:3]]
        why = f" Explained by {'; '.join(drivers)}." if drivers else ""
        return f"{KINDS[first['kind']].capitalize()}: {money}, {_money(facts['impact'], '+')} {currency}.{why}"

    def row(self, accounts: Mapping[str, str]) -> dict[str, Any]:
        """The columns of ``recommendations`` that it fills, but for id, status and time."""
        first, facts = self.first, self.facts()
        columns = {_COLUMNS[name]: _known(first[name]) for name in self.by if name in _COLUMNS}
        if "account" in self.by:
            columns["SubAccountId"] = accounts.get(first["account"])
        alone = facts["drivers"] if len(self.rows) == 1 else ()
        resource = next((one["value"] for one in alone if one["level"] == "ResourceId" and one["share"] >= _MOST), None)
        return {
            "ResourceId": resource,
            **columns,
            "category": "anomaly",
            "title": self.title(),
            "description": self.description(),
            "current": f"{_money(facts['actual'])} {first['BillingCurrency']} in {facts['days']} days",
            "recommended": _WHAT_TO_DO[first["direction"]],
            "BillingCurrency": first["BillingCurrency"],
            "confidence": round(first["score"] / (first["score"] + 3), 3),
            "evidence": json.dumps(facts, ensure_ascii=False),
        }


def together(rows: Sequence[Mapping[str, Any]], by: Sequence[str]) -> dict[str, Event]:
    """The events by their id, the most money of each currency first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["event"], []).append(row)
    events = {key: Event(group, by) for key, group in found.items()}
    return dict(sorted(events.items(), key=lambda item: (item[1].first["BillingCurrency"], -abs(item[1].impact), item[0])))


def _known(value: str) -> str | None:
    return None if value == UNKNOWN else value


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _money(amount: str, sign: str = "") -> str:
    return f"{Decimal(amount):{sign},.2f}"
