"""Splitting amounts so that the parts add up to the whole, to the last unit: the method of the largest remainder.

Each part is first rounded down to units of 1e-18; the few units that are then left over go, one each, to the parts that
lost most by the rounding, in the order of the owners' names where they lost the same. Of 100.00 over three, two get
33.333333333333333333 and one 33.333333333333333334. A negative amount is split as the positive one is, with the sign put back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.money import MONEY, WHOLE, amount_of, quotient, units_of, whole
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["split", "split_amount", "weights"]

#: the digits of the sum of the weights: their product with a remainder then fits into 38 digits
_DIGITS = 18


def weights(bases: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The column ``base`` (decimal, not negative) as whole numbers: adds ``weight`` and their sum by ``keys``, ``total``.

    The weights have the same proportions as the bases, cut to 18 digits of the sum. ``total`` is 0 only where every
    base of the group is.
    """
    import ibis

    sums = bases.mutate(_sum=units_of(bases.base.sum().over(group_by=list(keys))), _base=units_of(bases.base))
    over = [(sums._sum < whole(10 ** (_DIGITS + extra)), whole(10**extra)) for extra in range(38 - _DIGITS)]
    scaled = sums.mutate(_scale=ibis.cases(*over, else_=whole(10 ** (38 - _DIGITS))))
    weighed = scaled.mutate(weight=quotient(scaled._base, scaled._scale))
    return weighed.mutate(total=weighed.weight.sum().over(group_by=list(keys)).cast(WHOLE)).drop("_sum", "_base", "_scale")


def split(amounts: ir.Table, shares: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Every row of ``amounts`` as one row per owner of its group in ``shares``; parts of nothing are left out.

    ``amounts`` has ``part_of`` (a number that no other row has), the ``keys``, ``amount`` and anything else, which is
    kept; ``shares`` has the ``keys``, ``owner``, ``weight`` and ``total`` as :func:`weights` makes them (``total``
    above 0) and anything else. The parts of a row add up to its amount exactly.
    """
    import ibis

    counted = amounts.mutate(_units=units_of(amounts.amount.abs()))
    joined = counted.inner_join(shares, [counted[key].identical_to(shares[key]) for key in keys])
    rows = joined.select(*counted.columns, *(name for name in shares.columns if name not in keys))
    divided = rows.mutate(_each=quotient(rows._units, rows.total), _rest=rows._units % rows.total)
    product = (divided._rest * divided.weight).cast(WHOLE)
    rounded = divided.mutate(_part=quotient(product, divided.total, long=False), _lost=product % divided.total)
    of_row = ibis.window(group_by="part_of")
    by_loss = ibis.window(group_by="part_of", order_by=[ibis.desc("_lost"), "owner"])
    ranked = rounded.mutate(
        _left=rounded._rest - rounded._part.sum().over(of_row).cast(WHOLE),
        _rank=ibis.row_number().over(by_loss),
    )
    units = (ranked._each * ranked.weight).cast(WHOLE) + ranked._part + (ranked._rank < ranked._left).cast("int8")
    part = amount_of(units.cast(WHOLE))
    parts = ranked.mutate(amount=ibis.ifelse(ranked.amount < 0, -part, part).cast(MONEY))
    kept = [name for name in (*counted.columns, *shares.columns) if name not in ("_units", "weight", "total")]
    return parts.filter(parts.amount != 0).select(*dict.fromkeys(kept))


def split_amount(amount: Decimal | float | str, shares: Mapping[str, Any] | Sequence[str]) -> dict[str, Decimal]:
    """One amount over owners by their weights, or evenly over a list of owners: for a plugin that works row by row.

    The parts have 18 decimals and add up to the amount exactly. Raises FinopsError when there is nobody to pay, or a
    weight is negative, or all are zero.

    >>> split_amount("100.00", ["a", "b", "c"])["a"]
    Decimal('33.333333333333333334')
    >>> split_amount("0.10", {"web": 70, "data": 30})
    {'web': Decimal('0.070000000000000000'), 'data': Decimal('0.030000000000000000')}
    """
    given = shares if isinstance(shares, Mapping) else dict.fromkeys(shares, 1)
    parts = {owner: Fraction(str(weight)) for owner, weight in given.items()}
    total = sum(parts.values(), Fraction(0))
    if total <= 0 or min(parts.values()) < 0:
        raise FinopsError(
            f"{amount} cannot be split: nobody has a share of it.",
            why=f"The weights are {', '.join(f'{owner}: {weight}' for owner, weight in given.items()) or 'none'}.",
            hint='split_amount(amount, {"web": 70, "data": 30})',
        )
    sign, units = (-1 if Fraction(str(amount)) < 0 else 1), round(abs(Fraction(str(amount))) * 10**18)
    exact = {owner: units * weight / total for owner, weight in parts.items()}
    floors = {owner: int(value) for owner, value in exact.items()}
    by_loss = sorted(exact, key=lambda owner: (floors[owner] - exact[owner], owner))
    for owner in by_loss[: units - sum(floors.values())]:
        floors[owner] += 1
    return {owner: Decimal(sign * part).scaleb(-18, Context(prec=60)) for owner, part in floors.items()}
