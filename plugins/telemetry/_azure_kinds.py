"""Which files of a source have actual cost and which amortised cost, and what of the one the other has too.

    actual:     usage that commitments cover at 0, their purchases at what they cost
    amortised:  the same usage at its share of the purchase, what nobody used; no purchases

Both together are the bill: of a billing account and period that comes in both, the amortised rows and of the actual
rows the purchases and refunds of commitments. What a file is, is said by its name or the folder it is in, else found
in its rows; a file without commitments is neither, for there both are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finopsnb.plugins.exports import Conversion, Raw

from ._azure_charges import COST, account_of, charge_of, period_of, subscription_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Content", "content_of", "said_by", "survey"]

_WORDS = (("actual", r"actual"), ("amortized", r"amorti[sz]ed"))
_MAGIC = re.compile(r"[*?\[]")


def said_by(name: str, path: str) -> str:
    """``actual`` or ``amortized`` by the name of a file, else by the nearest of its folders that ``path`` names or holds.

    >>> said_by("/bills/exports/amortised/2026-10/part_0.csv", "/bills/exports")
    'amortized'
    >>> said_by("/actual/bills/part_0.csv", "/actual/bills/*.csv")
    ''
    """
    plain = _MAGIC.split(path)[0]
    start = plain if "://" in path else str(Path(plain).expanduser().absolute())
    above = start.rstrip("/").rpartition("/")[0] + "/"
    known = name.removeprefix(above) if name.startswith(above) else name.rpartition("/")[2]
    for folder in reversed(known.split("/")):
        found = [kind for kind, word in _WORDS if re.search(word, folder.lower())]
        if len(found) == 1:
            return found[0]
    return ""


def survey(raw: Raw, variant: str) -> Conversion:
    """Of each row its billing account, period and subscription; unless the kind is known, also what it tells of it."""
    from finopsnb.plugins.exports import values as v

    charge, cost = charge_of(raw), raw.number(*COST)
    paid = (cost != v.ZERO).fill_null(False)
    sign = v.choose(
        (charge.unused | (charge.covered & paid), "amortized"), (charge.bought, "bought"), (charge.covered, "actual"), otherwise=""
    )
    period = v.day_text(period_of(raw)[0])
    keys = {"account": account_of(raw), "period": period, "subscription": subscription_of(raw)}
    return Conversion({**{name: key.fill_null("") for name, key in keys.items()}, "sign": "" if variant else sign})


@dataclass(frozen=True)
class Content:
    """What a survey found in a file: its ``kind`` (actual, amortized, both or usage), and account, period and subscription of its rows."""

    kind: str
    charges: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Content:
        """From what was kept of it as JSON."""
        return cls(kept["kind"], tuple((account, period, subscription) for account, period, subscription in kept["charges"]))

    @property
    def bills(self) -> set[str]:
        """The billing accounts and periods."""
        return {f"{account} {period}" for account, period, _ in self.charges}

    @property
    def keys(self) -> set[str]:
        """The same with the subscriptions."""
        return {" ".join(charge) for charge in self.charges}


def content_of(tables: Iterable[pa.Table], kind: str) -> Content:
    """From the tables of a survey; ``kind`` where it is known."""
    charges: set[tuple[str, str, str]] = set()
    signs: set[str] = set()
    for table in tables:
        if "sign" not in table.column_names:
            return Content("usage")  # in FOCUS columns already
        for row in table.group_by(["account", "period", "subscription", "sign"]).aggregate([]).to_pylist():
            charges.add((row["account"], row["period"] or "", row["subscription"]))
            signs.add(row["sign"])
    return Content(kind or _told(signs), tuple(sorted(charges)))


def _told(signs: set[str]) -> str:
    if "amortized" in signs:
        return "both" if "bought" in signs else "amortized"
    return "actual" if signs & {"bought", "actual"} else "usage"
