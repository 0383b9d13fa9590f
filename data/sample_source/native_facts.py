"""What a right conversion of a native export has to give, counted from the lines and not from the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from charges import Line
from writing import plain


def total(account: str, month: date, currency: str, billed: Decimal, effective: Decimal) -> dict[str, str]:
    """One billing account, billing period and currency; amounts as exact decimal text."""
    return {
        "BillingAccountId": account,
        "BillingPeriod": f"{month:%Y-%m}",
        "BillingCurrency": currency,
        "BilledCost": plain(billed),
        "EffectiveCost": plain(effective),
    }


def sums(part: Iterable[Line]) -> tuple[Decimal, Decimal]:
    """BilledCost and EffectiveCost of lines."""
    costs = [line.costs for line in part]
    return sum((c.billed for c in costs), Decimal(0)), sum((c.effective for c in costs), Decimal(0))


def of_month(bill: Iterable[Line], month: date) -> list[Line]:
    """The lines that a month bills, whenever they were charged for."""
    return [line for line in bill if line.month == month]


def categories(names: Iterable[str]) -> dict[str, int]:
    """Rows by ChargeCategory."""
    return dict(sorted(Counter(names).items()))


def told(files: dict[str, int], totals: list[dict[str, str]], counts: dict[str, int], **special: Any) -> dict[str, Any]:
    """The facts of one format; ``rows`` are those that a conversion gives, ``files`` has those of each file."""
    return {"files": files, "rows": sum(counts.values()), "charge_categories": counts, "totals": totals, **special}
