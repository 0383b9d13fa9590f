"""Amounts of money as people write them."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["plain"]


def plain(amount: Decimal) -> str:
    """An amount with the digits that it has.

    >>> plain(Decimal("18.006638618400000000")), plain(Decimal("-20.00")), plain(Decimal("0E-18"))
    ('18.0066386184', '-20', '0')
    """
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
