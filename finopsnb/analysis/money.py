"""Money as whole numbers: exact division in the engine.

An amount is a DECIMAL(38,18), so it is a whole number of units of 1e-18, up to 38 digits long. Engines divide decimals as
floating point numbers, which have 15 digits; ``quotient`` repairs the division by what it left over, which is known
exactly. Whole numbers are DECIMAL(38,0) here, because every engine has it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["MONEY", "WHOLE", "amount_of", "quotient", "units_of", "whole"]

MONEY, WHOLE = "decimal(38, 18)", "decimal(38, 0)"
_UNIT, _UNITS = Decimal("0.000000000000000001"), 10**18
_BELOW = 1 - 2.0**-50


def whole(number: int) -> ir.DecimalScalar:
    """A number of any length up to 38 digits as a literal."""
    import ibis

    return ibis.literal(Decimal(number), WHOLE)


def units_of(amount: ir.DecimalColumn) -> ir.DecimalColumn:
    """A non-negative amount as its number of units of 1e-18."""
    import ibis

    fraction = amount.cast(MONEY) % ibis.literal(Decimal(1), MONEY)
    full = _whole(amount.cast(MONEY) - fraction)
    return _whole(_whole(full * whole(_UNITS)) + _whole(fraction * whole(_UNITS)))


def amount_of(units: ir.DecimalColumn) -> ir.DecimalColumn:
    """Units of 1e-18, not negative, as an amount of money: the product has the same digits and another point."""
    import ibis

    return (units * ibis.literal(_UNIT, MONEY)).cast(MONEY)


def quotient(dividend: Any, divisor: Any, *, long: bool = True) -> ir.DecimalColumn:
    """The whole part of a division of whole numbers that are not negative, exactly.

    A float is near the quotient by a part in 2^52. Each step divides what the step before left over; all but the last
    stay a little below, so that no product is longer than the dividend. What is left to the last step is short enough
    to be exact: after three steps of 38 digits, after two of 30 (``long=False``).
    """
    even = _whole(dividend - dividend % divisor)
    near = _whole(even / divisor * _BELOW)
    if long:
        near = _whole(near + _whole(_whole(even - _whole(near * divisor)) / divisor * _BELOW))
    return _whole(near + _whole(_whole(even - _whole(near * divisor)) / divisor))


def _whole(value: Any) -> Any:
    return value.cast(WHOLE)
