"""What commitments take off the list price: as a table gives it, or as the commitments there are show it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.purchases.windows import Windows, windowed
from finopsnb.analysis.recommendations.given import given_table
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Discount", "Fitting", "given_discounts", "paid_discounts"]

_NEEDED = {"term": "string", "payment": "string"}
_OPTIONAL = {
    **dict.fromkeys(("provider", "service", "region", "currency"), "string"),
    **dict.fromkeys(("discount", "on_demand_price", "committed_price", "upfront"), "float64"),
}
_PATTERN = re.compile(r"[*?\[]")
_TERM = re.compile(r"(\d+)\s*(y|yr|years?|m|months?)", re.IGNORECASE)


@dataclass(frozen=True)
class Discount:
    """A discount off the list price, 0 to 1, and what it is for; "" is any. ``months`` and ``upfront`` (0 to 1) may not be known."""

    discount: float
    provider: str = ""
    service: str = ""
    region: str = ""
    currency: str = ""
    term: str = ""
    months: int | None = None
    payment: str = ""
    upfront: float | None = None
    basis: str = "given"

    @property
    def place(self) -> tuple[str, ...]:
        """What it is for, in small letters."""
        return tuple(name.lower() for name in (self.provider, self.service, self.region, self.currency))

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether it is for a row with provider, ServiceName, RegionId and BillingCurrency; patterns such as Amazon* are taken."""
        return all(fnmatchcase(value, name or "*") for value, name in zip(_place_of(row), self.place, strict=True))


def _place_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple((row[column] or "").lower() for column in ("provider", "ServiceName", "RegionId", "BillingCurrency"))


class Fitting:
    """Which of many discounts are for a row, in their order: those without patterns are looked up, not tried one by one."""

    def __init__(self, discounts: Iterable[Discount]) -> None:
        self._plain: dict[tuple[str, ...], list[tuple[int, Discount]]] = {}
        self._patterns: list[tuple[int, Discount]] = []
        for number, one in enumerate(discounts):
            known = self._patterns if any(_PATTERN.search(name) for name in one.place) else self._plain.setdefault(one.place, [])
            known.append((number, one))

    def of(self, row: Mapping[str, Any]) -> list[Discount]:
        """Those that fit."""
        places = set(itertools.product(*((value, "") for value in _place_of(row))))
        found = [pair for place in places for pair in self._plain.get(place, [])]
        found += [(number, one) for number, one in self._patterns if one.fits(row)]
        return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def given_discounts(given: Any, execute: Execute) -> list[Discount] | None:
    """The rows of a table: term (1y, 3y), payment (no, partial or all upfront), and discount, or on_demand_price and committed_price.

    Where they are for some only: provider, service, region (patterns), currency; ``upfront`` is the share that is paid at once, which
    goes without saying for none and all. None for no table. Raises FinopsError for one without a discount between 0 and 1.
    """
    table = given_table(given, "The table of discounts", _NEEDED, _OPTIONAL, execute)
    return None if table is None else [_discount(row) for row in execute(table).to_pylist()]


def _discount(row: Mapping[str, Any]) -> Discount:
    worth, price, committed = row["discount"], row["on_demand_price"], row["committed_price"]
    if worth is None and price and committed is not None:
        worth = 1 - committed / price
    upfront = row["upfront"]
    if worth is None or not 0 < worth < 1 or not 0 <= (upfront or 0) <= 1:
        raise FinopsError(
            "The table of discounts has a row that is no discount.",
            why=f"{row['term']}, {row['payment']}: discount {worth}, upfront {upfront}; both are shares between 0 and 1.",
            hint="term,payment,discount and then 1y,no upfront,0.28",
        )
    payment = (row["payment"] or "").strip().lower().replace("-", " ").replace("_", " ")
    share = upfront if upfront is not None else 1.0 if payment.startswith("all") else 0.0 if payment.startswith("no") else None
    places = {name: row[name] or "" for name in ("provider", "service", "region", "currency")}
    return Discount(worth, **places, term=row["term"] or "", months=_months(row["term"]), payment=payment, upfront=share)


def _months(term: str | None) -> int | None:
    """
    >>> _months("1y"), _months("36 months"), _months("flexible")
    (12, 36, None)
    """
    found = _TERM.fullmatch((term or "").strip())
    return None if not found else int(found[1]) * (12 if found[2].lower().startswith("y") else 1)


def paid_discounts(costs: ir.Table, execute: Execute, days: int, known: Windows | None = None) -> list[Discount]:
    """What the commitments there are took off the list price of the usage they covered, by provider, service and currency.

    Their term and payment are not in the bill.
    """
    rows = windowed(costs, days, known)
    used = rows.filter(rows.PricingCategory == "Committed", rows.CommitmentDiscountStatus == "Used", rows.ListCost > 0)
    sums = used.group_by("provider", "ServiceName", "BillingCurrency").aggregate(paid=used.EffectiveCost.sum(), listed=used.ListCost.sum())
    found = execute(sums.order_by(["provider", "ServiceName", "BillingCurrency"])).to_pylist()
    told = [(1 - float(row["paid"]) / float(row["listed"]), row) for row in found]
    return [
        Discount(worth, row["provider"], row["ServiceName"], currency=row["BillingCurrency"], basis="paid")
        for worth, row in told
        if 0 < worth < 1
    ]
