"""How the rows of each file count, from what files there are beside it.

    a bill (an account and a period) in both      all amortised rows, and the actual purchases and refunds of commitments
    actual only                                   all rows, EffectiveCost as billed: amortised cost is missing
    amortised only                                all rows: the purchases are missing from BilledCost

Rows of an actual file are left out only where the amortised files have the same bill and subscription.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from finopsnb.plugins.exports import Noticed, Raw, Skipped

from ._azure_charges import Charge, account_of, period_of, subscription_of
from ._azure_kinds import Content

__all__ = ["Part", "is_alone", "noticed", "parts_of", "skipped"]

_TOLD = 5
_BESIDE = "rows of actual cost that the amortised cost has too"
_NO_AMORTIZED = (
    "there is actual cost only: EffectiveCost is BilledCost, and commitments are not spread over their use; "
    "collect the amortised cost with it"
)
_NO_PURCHASES = "there is amortised cost only: BilledCost lacks the purchases and refunds of commitments; collect the actual cost with it"


@dataclass(frozen=True)
class Part:
    """``role``: ``amortized``; ``beside``, an actual file of which the purchases of commitments count; ``alone``, of which all do.

    ``lacking`` are the bills of the file that the other kind does not have, of ``alone`` and ``amortized`` None for all of them;
    ``charges`` the bills with their subscriptions that amortised files do not have.
    """

    role: str
    lacking: list[str] | None = field(default_factory=list)
    charges: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Part:
        """From what str() gave."""
        return cls(**json.loads(text))


def parts_of(contents: Mapping[str, Content]) -> dict[str, Part]:
    """Of the files of a source by name, how each counts."""
    actual, amortized = (_bills(one for one in contents.values() if one.kind in (kind, "both")) for kind in ("actual", "amortized"))
    return {name: _part(one, actual, amortized) for name, one in contents.items()}


def _bills(contents: Iterable[Content]) -> Content | None:
    """All of them as one; None where there is none."""
    found = list(contents)
    return Content("", tuple({charge for one in found for charge in one.charges})) if found else None


def _part(one: Content, actual: Content | None, amortized: Content | None) -> Part:
    if one.kind in ("usage", "both"):
        return Part("alone" if one.kind == "usage" else "amortized")
    if one.kind == "amortized":
        return Part("amortized", sorted(one.bills - actual.bills) if actual else None)
    return Part("beside", sorted(one.bills - amortized.bills), sorted(one.keys - amortized.keys)) if amortized else Part("alone", None)


def is_alone(raw: Raw, part: Part) -> Any:
    """Whether there is no amortised cost of a row's bill."""
    import ibis

    if part.role == "beside" and part.lacking:
        return _is_in(raw, part.lacking)
    return ibis.literal(part.role == "alone")


def skipped(raw: Raw, part: Part, charge: Charge) -> list[Skipped]:
    """Rows that do not count, because others say the same cost."""
    if part.role != "beside":
        return []
    known = ~charge.bought
    return [Skipped(known & ~_is_in(raw, part.charges, True) if part.charges else known, "actual-beside-amortized", _BESIDE)]


def noticed(raw: Raw, part: Part, charge: Charge) -> list[Noticed]:
    """What of a bill is missing, where one kind of cost is."""
    rule, column, message = ("purchases-missing", "BilledCost", _NO_PURCHASES)
    if part.role != "amortized":
        rule, column, message = ("amortized-missing", "EffectiveCost", _NO_AMORTIZED)
    if part.lacking is None:
        return [Noticed(charge.kind.notnull(), rule, column, message, "warning")]
    lacking = part.charges if part.role == "beside" else part.lacking
    if not lacking:
        return []
    more = f" and {len(lacking) - _TOLD} more" if len(lacking) > _TOLD else ""
    where = _is_in(raw, lacking, part.role == "beside")
    return [Noticed(where, rule, column, f"{message} ({', '.join(lacking[:_TOLD])}{more})", "warning")]


def _is_in(raw: Raw, keys: list[str], subscriptions: bool = False) -> Any:
    """Whether the bill of a row, with its subscription or without, is one of these."""
    from finopsnb.plugins.exports import values as v

    key = account_of(raw).fill_null("") + " " + v.day_text(period_of(raw)[0]).fill_null("")
    return v.is_one_of(key + " " + subscription_of(raw).fill_null("") if subscriptions else key, keys)
