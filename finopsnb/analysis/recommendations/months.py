"""A month in which everything is told: 730 hours, the twelfth of a year of 365 days, so that a dollar an hour is 730 a month."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal, localcontext

from finopsnb.analysis.units import A_MONTH

__all__ = ["HOURS", "a_month"]

HOURS = A_MONTH
_UNIT = Decimal("1e-18")


def a_month(amount: Decimal, days: int) -> Decimal:
    """What a month comes to when so many days came to ``amount``, cut at the last digit.

    >>> a_month(Decimal(24), 1), a_month(Decimal("720"), 30)
    (Decimal('730.000000000000000000'), Decimal('730.000000000000000000'))
    """
    with localcontext(prec=60):
        return (amount * HOURS / (24 * days)).quantize(_UNIT, ROUND_DOWN)
