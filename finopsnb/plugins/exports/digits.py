"""Amounts as their digits: whole numbers that can be added up without losing one.

"-12.5e-1" ──▶ "1" "25" ──▶ "1", decimals 1 to 18, decimals 19 to 38 ──▶ rounded half to even at the 18th, and the rest
"""

from __future__ import annotations

from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import INSTANT, builtin, split_part, strlen, trim
from finopsnb.plugins.exports.totals import READ, STORED

__all__ = ["added_up"]

#: an amount as billing files write it; not 1,234.50, 1_000, 0x10 or NaN
_AMOUNT = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?0*\d{1,3})?$"
_NULL_TEXTS = ("", "NULL", "null")
_WHITE = " \t\r\n"

_WHOLE = dt.Decimal(38, 0)

# like those of focus._engine these keep Ibis from writing one select into the next, many times over
_trim_left = builtin("ltrim", (dt.string, dt.string), dt.string)
_slice = builtin("substring", (dt.string, dt.int64, dt.int64), dt.string)
_zeros = builtin("repeat", (dt.string, dt.int64), dt.string)


def added_up(table: Any, measures: tuple[str, ...]) -> Any:
    """By account, period and currency: ``rows``, and of each measure the sums of ``whole``, ``decimals`` (in units of the
    18th), ``residue`` (in units of the 38th) and ``unreadable``. A column that the table lacks is null; without a
    BillingPeriodStart the period is the month of ChargePeriodStart."""
    keys = {"BillingAccountId": _said(table, "BillingAccountId"), "BillingPeriodStart": _period(table), "BillingCurrency": _currency(table)}
    present = table.select(**keys, **{name: _said(table, name) for name in measures})
    for step in (_split, _cut, _numbers, _rounded):
        values = {key: value for name in measures for key, value in step(present, name).items()}
        present = present.select(*keys, **values)
    sums = {name: present[name].sum().coalesce(0) for name in present.columns if name not in keys}
    return present.group_by(*keys).aggregate(rows=present.count(), **sums)


def _period(table: Any) -> Any:
    """The instant that the period begins; a time without a zone is UTC."""
    start, charge = (_said(table, name).try_cast(INSTANT) for name in ("BillingPeriodStart", "ChargePeriodStart"))
    return ibis.coalesce(start, charge.truncate("M"))


def _currency(table: Any) -> Any:
    code = _said(table, "BillingCurrency")
    return ibis.ifelse(code.length() == 3, code.upper(), code)


def _said(table: Any, name: str) -> Any:
    """The cell as text without blanks around it, null where it says nothing."""
    if name not in table.columns:
        return ibis.literal("").nullif("")
    text = trim(table[name].cast("string"), _WHITE)
    if table[name].type().is_floating():  # an account that became a float because some row had none is 7 and not 7.0
        text = text.re_replace(r"\.0$", "")
    return ibis.cases((text.isin(_NULL_TEXTS), ibis.null("string")), else_=text)


def _split(said: Any, name: str) -> dict[str, Any]:
    """The digits before and after the point, the exponent, the sign, and whether it is a number at all."""
    text = said[name]
    mantissa = split_part(_trim_left(text.lower(), "+-"), "e", 1)
    return {
        f"{name}_whole": split_part(mantissa, ".", 1),
        f"{name}_fraction": split_part(mantissa, ".", 2),
        f"{name}_exponent": split_part(text.lower(), "e", 2).try_cast("int64").coalesce(0),
        f"{name}_sign": ibis.ifelse(text.startswith("-"), -1, 1).cast("int8"),
        f"{name}_number": text.re_search(_AMOUNT),
    }


def _cut(split: Any, name: str) -> dict[str, Any]:
    """The point moved by the exponent; the digits before it, of decimals 1 to 18, of 19 to 38, and those beyond."""
    exponent, number, sign = (split[f"{name}_{part}"] for part in ("exponent", "number", "sign"))
    moves = number & (exponent != 0)
    whole, fraction = split[f"{name}_whole"], split[f"{name}_fraction"]
    point = strlen(whole) + exponent
    digits = _zeros("0", ibis.greatest(-point, 0)) + whole + fraction + _zeros("0", ibis.greatest(exponent - strlen(fraction), 0))
    whole = ibis.ifelse(moves, _slice(digits, 1, ibis.greatest(point, 0)), whole)
    fraction = ibis.ifelse(moves, _slice(digits, ibis.greatest(point, 0) + 1, 2000), fraction)
    return {
        f"{name}_whole": whole,
        f"{name}_decimals": _slice(fraction + "0" * STORED, 1, STORED),
        f"{name}_rest": ibis.ifelse(strlen(fraction) > STORED, _slice(fraction + "0" * READ, STORED + 1, READ - STORED), "0"),
        f"{name}_beyond": ibis.ifelse(strlen(fraction) > READ, trim(_slice(fraction, READ + 1, 2000), "0") != "", False),
        f"{name}_sign": sign,
        f"{name}_number": number,
    }


def _numbers(cut: Any, name: str) -> dict[str, Any]:
    """The pieces as whole numbers, and by how much the 18th decimal is rounded up."""
    decimals, rest = cut[f"{name}_decimals"], cut[f"{name}_rest"]
    odd = ibis.literal("13579").contains(_slice(decimals, STORED, 1))
    half = "5" + "0" * (READ - STORED - 1)
    up = ibis.ifelse((strlen(rest) > 1) & ((rest > half) | ((rest == half) & (odd | cut[f"{name}_beyond"]))), 1, 0)
    return {
        f"{name}_whole": _integer(cut[f"{name}_whole"]),
        f"{name}_decimals": _integer(decimals),
        f"{name}_rest": _integer(rest),
        f"{name}_up": up.cast("int8"),
        f"{name}_sign": cut[f"{name}_sign"],
        f"{name}_number": cut[f"{name}_number"],
    }


def _rounded(numbers: Any, name: str) -> dict[str, Any]:
    """With their sign; null, and unreadable, where there is no number or one that could not be stored."""
    whole, decimals, rest, up, sign, number = (numbers[f"{name}_{part}"] for part in ("whole", "decimals", "rest", "up", "sign", "number"))
    largest, one, step = (_integer(ibis.literal(text)) for text in ("9" * 20, "1" + "0" * STORED, "1" + "0" * (READ - STORED)))
    held = number & ((whole < largest) | ((whole == largest) & (decimals + up < one)))
    values = {"whole": whole, "decimals": decimals + up, "residue": rest - up * step}
    parts = {f"{name}_{part}": ibis.ifelse(held, value * sign, None) for part, value in values.items()}
    return parts | {f"{name}_unreadable": (number.notnull() & ~held.coalesce(False)).cast("int64")}


def _integer(digits: Any) -> Any:
    """Digits as a whole number; none are 0, and more than 38 null."""
    return (ibis.literal("0") + digits).try_cast(_WHOLE)
