"""The product of two DECIMAL(38,18), exactly: it has up to 36 decimals, and a half at the 18th goes to even.

No type of the engine holds such a product. Most amounts are short, though: six decimals of one and twelve of the other are
a product of two 64-bit numbers. The others are taken apart at the point:

    a * b = whole(a) * whole(b) + whole(a) * rest(b) + rest(a) * whole(b)      18 decimals at most, as they are
          + rest(a) * rest(b)                                                   36 decimals, which are rounded
"""

from __future__ import annotations

from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import DECIMAL, or_null

__all__ = ["product"]

_WHOLE, _REST, _WIDE = dt.Decimal(18, 0), dt.Decimal(18, 18), dt.Decimal(38, 0)
_FINE = dt.Decimal(38, 36)
_HALF, _LAST = "0." + "0" * 18 + "5", "0." + "0" * 17 + "1"


def product(one: Any, other: Any, about: tuple[Any, Any] | None = None) -> Any:
    """The product of two decimal columns as DECIMAL(38,18); null where it, or one of them, has more than 18 digits before
    the point.

    ``about`` are the two as floats, for those who have them: to make them takes longer than all the rest. The product is
    exact whatever they are.
    """
    float_one, float_other = about or (one.cast("float64"), other.cast("float64"))
    short, long = _rounded(float_one, 6), _rounded(float_other, 12)
    longer, shorter = _rounded(float_one, 12), _rounded(float_other, 6)
    return ibis.cases(
        ((short == one) & (long == other), (short * long).cast(DECIMAL)),
        ((longer == one) & (shorter == other), (longer * shorter).cast(DECIMAL)),
        else_=or_null(_taken_apart(one, other)),
    )


def _rounded(amount: Any, decimals: int) -> Any:
    """A float with so many decimals, of 18 digits; shortening a DECIMAL(38,18) itself takes the engine twice as long."""
    return amount.try_cast(dt.Decimal(18, decimals))


def _taken_apart(one: Any, other: Any) -> Any:
    (whole, rest), (whole_other, rest_other) = _parts(one), _parts(other)
    exact = (
        (whole.cast(_WIDE) * whole_other.cast(_WIDE)).cast(DECIMAL)
        + (whole * rest_other).cast(DECIMAL)
        + (rest * whole_other).cast(DECIMAL)
    )
    fine = (rest * rest_other).cast(_FINE)
    last = fine.cast(DECIMAL)  # a half goes away from zero
    total = exact + last
    step = ibis.literal(_LAST).cast(DECIMAL)
    is_half = (fine - last.cast(_FINE)).abs() == ibis.literal(_HALF).cast(_FINE)
    is_odd = total % (step * 2) != 0
    return ibis.ifelse(is_half & is_odd, total - ibis.ifelse(fine < 0, -step, step), total)


def _parts(amount: Any) -> tuple[Any, Any]:
    """What stands before the point, and what stands behind it, with the sign of the amount."""
    rest = amount % 1
    return (amount - rest).cast(_WHOLE), rest.cast(_REST)
