"""Texts as DECIMAL(38,18), exactly.

DuckDB's TRY_CAST does nearly all of it, and fast: it refuses NaN, infinity, currency signs, thousands separators,
hexadecimal and numbers that do not fit. Two things are left to do. It takes ``1_000`` and ``1e3.`` for a thousand,
which are refused here. And beyond 18 decimals it rounds a half away from zero and says nothing; here a half is rounded
to even, and every rounded value is counted.

What lies beyond the 18th decimal is looked at only in texts that are long enough, or have an exponent. A cast of 1.8E-8
takes DuckDB thirty times as long as one of 0.000000018, so the usual form of an exponent is written out before.
"""

from __future__ import annotations

from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus._engine import DECIMAL, split_part, strlen, trim_right

__all__ = ["decimal_of", "has_exponent", "is_rounded", "may_be_longer", "may_have_exponent", "written_out"]

_SCALE = 18
_FINER = dt.Decimal(38, _SCALE + 1)
_HALF = "0." + "0" * _SCALE + "5"


def decimal_of(text: Any) -> Any:
    """The decimal that a text column says, null where it says none; a half beyond 18 decimals goes to even."""
    value = text.try_cast(DECIMAL)
    return ibis.cases(
        (text.contains("_"), ibis.null(DECIMAL)),
        (may_be_longer(text), _with_care(text, value)),
        else_=value,
    )


def written_out(text: Any) -> Any:
    """1.8E-8 as 0.000000018; every other text as it is."""
    small = text.lower()
    digits, places = split_part(small, "e-", 1).replace(".", ""), split_part(small, "e-", 2)
    plain = ibis.literal("0.") + ibis.literal("0").repeat(places.try_cast("int64") - 1) + digits
    usual = may_have_exponent(text) & text.re_search(r"^\d(\.\d+)?[eE]-\d{1,2}$")
    return ibis.ifelse(usual, plain, text)


def _with_care(text: Any, value: Any) -> Any:
    exponent = ibis.ifelse(may_have_exponent(text), _exponent(text), "")
    return ibis.cases(
        (exponent.contains("."), ibis.null(DECIMAL)),
        (_may_be_half(text, value), ibis.ifelse(_is_half(text) & _is_odd(value), value - _away(text), value)),
        else_=value,
    )


def _may_be_half(text: Any, value: Any) -> Any:
    """Whether it can be a half beyond 18 decimals: read with one decimal more it then differs by just that.

    Taking digits apart tells for certain and costs ten times as much. A number too large for one decimal more may be.
    """
    finer = text.try_cast(_FINER)
    return finer.isnull() | ((finer - value.cast(_FINER)).abs() == ibis.literal(_HALF).cast(_FINER))


def has_exponent(text: Any) -> Any:
    """Whether a readable number is written as 1.8E-8."""
    return may_have_exponent(text) & decimal_of(text).notnull()


def may_have_exponent(text: Any) -> Any:
    """Whether there is a letter in it that an exponent begins with."""
    return text.contains("E") | text.contains("e")


def is_rounded(text: Any) -> Any:
    """Whether a readable number has digits beyond 18 decimals."""
    return may_be_longer(text) & (_decimals(text) > _SCALE) & decimal_of(text).notnull()


def may_be_longer(text: Any) -> Any:
    """Whether the text is long enough, or written in such a way, that it may have digits beyond 18 decimals."""
    return (strlen(text) > _SCALE + 1) | may_have_exponent(text)


def _is_half(text: Any) -> Any:
    return (_decimals(text) == _SCALE + 1) & _digits(text).endswith("5")


def _is_odd(value: Any) -> Any:
    return ibis.literal("13579").contains(value.cast("string").right(1))


def _away(text: Any) -> Any:
    """The last decimal place, with the sign of the number: what rounding away from zero added."""
    place = ibis.literal("0." + "0" * (_SCALE - 1) + "1").cast(DECIMAL)
    return ibis.ifelse(text.strip().startswith("-"), -place, place)


def _decimals(text: Any) -> Any:
    """How many decimals the number has, trailing zeros aside: those written, less the exponent."""
    fraction = split_part(_mantissa(text), ".", 2).length()
    zeros = _all_digits(text).length() - _digits(text).length()
    return ibis.ifelse(_digits(text) == "", 0, fraction - zeros - _exponent(text).try_cast("int64").coalesce(0))


def _mantissa(text: Any) -> Any:
    return split_part(text.strip().lower(), "e", 1)


def _exponent(text: Any) -> Any:
    return split_part(text.strip().lower(), "e", 2)


def _all_digits(text: Any) -> Any:
    return _mantissa(text).replace(".", "").replace("-", "").replace("+", "")


def _digits(text: Any) -> Any:
    return trim_right(_all_digits(text), "0")
