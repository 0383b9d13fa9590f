"""Units of measure of a bill: what a quantity is in hours, in hours of cores, or in gigabytes kept for a month.

    Hours, Hrs, 1 Hour, seconds                 a time: how long one thing ran                      ``hours``
    core-seconds, vCPU-Hours                    a time of cores: several of them run at once        ``core_hours``
    GB-Months, GB-Mo, gibibyte month,           what is kept, for a time                            ``gigabyte_months``
        1 GB/Month, byte-seconds
    LCU-Hours, ACU-Hr, GB-Hours                 something by time                                   ``is_by_time``

FOCUS (UnitFormat) writes a unit as ``GB-Months``: counted things and sizes in the plural, a hyphen before the time. AWS writes ``Hrs`` and
``GB-Mo``, Azure ``1 Hour`` and ``1 GB/Month``, Google ``seconds``, ``byte-seconds`` and ``gibibyte month``, Oracle ``GB Hours``. Letter
case does not count. A gigabyte is the 2^30 bytes that providers bill under either name, and a month has 730 hours, as in their prices.

All functions take and give Ibis expressions; a unit that is none of these, or null, has a null quantity and is no such unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finopsnb.analysis.money import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["A_MONTH", "core_hours", "gigabyte_months", "hours", "is_by_time", "is_memory", "is_of_size", "is_period", "is_time"]

#: hours of a month in the prices of providers
A_MONTH = 730

_HOURS = {
    **dict.fromkeys(("hours", "hour", "hrs", "hr", "h"), 1.0),
    **dict.fromkeys(("minutes", "minute", "mins", "min"), 1 / 60),
    **dict.fromkeys(("seconds", "second", "secs", "sec"), 1 / 3600),
}
#: as a unit that is nothing else; Azure has a 1 before it
_TIMES = {f"{one}{name}": hours for name, hours in _HOURS.items() for one in ("", "1 ")}
_PERIODS = {**dict.fromkeys(("days", "day"), 24.0), **dict.fromkeys(("months", "month", "mo"), float(A_MONTH))}
_SIZES = {
    **dict.fromkeys(("byte", "bytes"), 2.0**-30),
    **dict.fromkeys(("mb", "mib", "megabyte", "mebibyte"), 2.0**-10),
    **dict.fromkeys(("gb", "gib", "gigabyte", "gibibyte"), 1.0),
    **dict.fromkeys(("tb", "tib", "terabyte", "tebibyte"), 2.0**10),
    **dict.fromkeys(("pb", "pib", "petabyte", "pebibyte"), 2.0**20),
}
#: the longest first: an engine takes the first that fits
_HOUR = "|".join(sorted(_HOURS, key=len, reverse=True))
_LONG = "|".join(sorted({**_HOURS, **_PERIODS}, key=len, reverse=True))
_SIZE = "|".join(sorted(_SIZES, key=len, reverse=True))
_CORES = rf"^(?:1 )?(?:v?cpu|v?core)s?[ /-]*({_HOUR})$"
_KEPT = rf"^(?:1 )?({_SIZE})s?[ /-]*({_LONG})$"
_MEMORY = rf"^(?:1 )?(?:{_SIZE})s?[ /-]*(?:{_HOUR})$"
_BY_TIME = rf"(^|[^a-z])({_HOUR})([^a-z]|$)"
_PERIOD = r"^(1[ /])?(days?|months?)$"
_OF_SIZE = r"\b([kmgtp]i?b|[a-z]*bytes?|iops|mbps|requests?)\b"


def hours(unit: ir.StringValue, quantity: ir.NumericValue) -> ir.Value:
    """How long one thing ran; exact where the unit is an hour."""
    return _times(quantity, unit.lower().cases(*_TIMES.items()))


def core_hours(unit: ir.StringValue, quantity: ir.NumericValue) -> ir.Value:
    """How long cores ran, each of them counted: no less than the machine ran that has them."""
    return _times(quantity, unit.lower().re_extract(_CORES, 1).cases(*_HOURS.items()))


def gigabyte_months(unit: ir.StringValue, quantity: ir.NumericValue) -> ir.Value:
    """How many gigabytes were kept for a month; exact where the unit says so."""
    size, time = (unit.lower().re_extract(_KEPT, group) for group in (1, 2))
    return _times(quantity, size.cases(*_SIZES.items()) * time.cases(*{**_HOURS, **_PERIODS}.items()) / A_MONTH)


def is_time(unit: ir.StringValue) -> ir.BooleanValue:
    """A time, and nothing but one: what :func:`hours` knows."""
    return unit.lower().isin(list(_TIMES)).fill_null(False)


def is_by_time(unit: ir.StringValue) -> ir.BooleanValue:
    """Anything by the hour, minute or second: of what runs, or is kept meanwhile."""
    import ibis

    # what most charges have is not searched
    return ibis.cases((is_time(unit), True), else_=unit.lower().re_search(_BY_TIME)).fill_null(False)


def is_period(unit: ir.StringValue) -> ir.BooleanValue:
    """Days or months of something: as long as it is there, whether it runs or not."""
    return unit.lower().re_search(_PERIOD).fill_null(False)


def is_memory(unit: ir.StringValue) -> ir.BooleanValue:
    """A size by the hour, minute or second, as memory beside cores is billed."""
    return unit.lower().re_search(_MEMORY).fill_null(False)


def is_of_size(unit: ir.StringValue) -> ir.BooleanValue:
    """Of what is kept, sent or asked for: bytes, requests, operations a second; also where it is by time."""
    return unit.lower().re_search(_OF_SIZE).fill_null(False)


def _times(quantity: ir.NumericValue, factor: ir.NumericValue) -> ir.Value:
    """As decimals; what needs no factor keeps all of its digits."""
    import ibis

    return ibis.cases((factor == 1, quantity.cast(MONEY)), else_=(quantity.cast("float64") * factor).cast(MONEY))
