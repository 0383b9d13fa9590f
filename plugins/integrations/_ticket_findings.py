"""Recommendations and violations as what a ticket says: a title, a few facts, a text; and the mark by which it is found again."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

__all__ = ["TABLES", "Finding", "findings_of"]

#: the tables that tickets are made of, and what identifies a row of a plugin
TABLES = {"recommendations": "recommendation_id", "violations": "violation_id"}
_LONGEST_TITLE, _LONGEST_FACT, _LONGEST_TEXT = 200, 500, 5_000
_FACTS = {
    "recommendations": {
        "Resource": "ResourceId", "Name": "ResourceName", "Service": "ServiceName", "Region": "RegionId", "Account": "SubAccountId",
        "Now": "current", "Better": "recommended", "Effort": "effort", "Risk": "risk",
    },
    "violations": {
        "Policy": "policy", "Rule": "rule", "Severity": "severity", "Resource": "ResourceId", "Account": "SubAccountId",
        "To do": "remediation",
    },
}  # fmt: skip
_MONEY = {"recommendations": {"Saving a month": "monthly_saving", "Saving a year": "annual_saving"}, "violations": {"Cost": "cost"}}
_TEXT = {"recommendations": "description", "violations": "message"}


@dataclass(frozen=True)
class Finding:
    """What a ticket is about: ``facts`` are pairs of our own word and a text of the data, in which anything may be written."""

    table: str
    plugin: str
    identity: str
    title: str
    facts: tuple[tuple[str, str], ...]
    text: str
    status: str

    @cached_property
    def mark(self) -> str:
        """24 hexadecimal digits that are the same for the same finding in every run, whatever it says now."""
        return _digest([self.table, self.plugin, self.identity])[:24]

    @cached_property
    def digest(self) -> str:
        """Changes when what the ticket says changes."""
        return _digest([self.title, self.facts, self.text, self.status])[:24]

    @property
    def is_wanted(self) -> bool:
        """Whether a ticket is made of it where there is none: nobody has said no, and it is still so."""
        return self.status in ("open", "accepted")


def findings_of(table: str, rows: Iterable[Mapping[str, Any]], minimum: Decimal = Decimal(0)) -> list[Finding]:
    """The findings of a table, the most money first; those with less than ``minimum`` (a month, or of cost) are left out."""
    kept = [row for row in rows if minimum <= 0 or _amount(table, row) >= minimum]
    ordered = sorted(kept, key=lambda row: (-_amount(table, row), row["plugin"] or "", row[TABLES[table]] or ""))
    return [_finding(table, row) for row in ordered if row[TABLES[table]]]


def _finding(table: str, row: Mapping[str, Any]) -> Finding:
    title = row["title"] if table == "recommendations" else _broken(row)
    facts = [(word, _line(row[column], _LONGEST_FACT)) for word, column in _FACTS[table].items()]
    money = [(word, _money(row[column], row["BillingCurrency"])) for word, column in _MONEY[table].items()]
    told = tuple((word, text) for word, text in [*facts, *money, ("Found by", row["plugin"])] if text)
    text = _clean(str(row[_TEXT[table]] or ""))[:_LONGEST_TEXT]
    decided = row["decision"] if table == "violations" and row["status"] != "resolved" else None
    status = decided or row["status"]
    return Finding(
        table, row["plugin"] or "", row[TABLES[table]], _line(title, _LONGEST_TITLE) or "A finding", told, text, status or "open"
    )


def _broken(row: Mapping[str, Any]) -> str:
    """What is broken, and by which resource: many break the same rule with the same message."""
    message, resource = row["message"] or "", row["ResourceId"] or ""
    return f"{row['policy']}: {message}" + (f" ({resource})" if resource and resource not in message else "")


def _amount(table: str, row: Mapping[str, Any]) -> Decimal:
    return Decimal(row["monthly_saving" if table == "recommendations" else "cost"] or 0)


def _money(amount: Decimal | None, currency: str | None) -> str:
    return "" if amount is None else f"{amount:,.2f} {_line(currency, 10)}".strip()


def _line(value: Any, most: int) -> str:
    """On one line; what is cut off is told."""
    text = " ".join(_clean(str(value if value is not None else "")).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _clean(text: str) -> str:
    """Without characters that nobody sees, which turn the direction of a text around or hide a part of it."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=True).encode()).hexdigest()
