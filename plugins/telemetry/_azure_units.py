"""Azure's units of measure: ``10K``, ``1 GB/Month``, ``100 Hours`` as a number of units in a block, and the unit.

    "100 GB Hours" ──▶ first word "100"     ──▶ a block of 100
                   └─▶ the rest  "gb hours" ──▶ "GB-Hours"

What is of one word, ``10K`` or ``1/Month``, has its number and its unit in that word.
"""

from __future__ import annotations

from typing import Any

__all__ = ["UNITS", "block_of", "unit_of"]

_SIZES = ("KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB")
_PERIODS = {"hour": "Hours", "day": "Days", "month": "Months", "year": "Years"}
_COUNTED = (
    "Tokens Requests Transactions Operations Calls Messages Images Pages Characters Users Units Minutes Seconds Hours Days Weeks "
    "Months Years Documents Executions Queries Devices Nodes Rotations Events Identities Connections Certificates Endpoints Policies"
)
_OTHERS = {
    "each": "Units", "count": "Units", "hr": "Hours", "hrs": "Hours", "mins": "Minutes", "mbps": "Mbps", "ru/s": "RU/s",
    "100 ru/s": "100 RU/s", "vcpu hour": "vCPU-Hours", "vcore hour": "vCore-Hours", "core hour": "Core-Hours",
    "dtu hour": "DTU-Hours", "node hour": "Node-Hours", "unit hour": "Unit-Hours", "gb second": "GB-Seconds",
    "gib second": "GiB-Seconds", "vcpu second": "vCPU-Seconds", "policy": "Policies", "query": "Queries", "identity": "Identities",
}  # fmt: skip

#: a unit of measure without its number, in lower case -> the unit as FOCUS writes it
UNITS = {
    **{word.lower(): word for word in _COUNTED.split()},
    **{word.lower().removesuffix("s"): word for word in _COUNTED.split()},
    **{size.lower(): size for size in _SIZES},
    **{f"{size.lower()}{joint}{period}": f"{size}-{unit}" for size in _SIZES for period, unit in _PERIODS.items() for joint in "/ "},
    **{f"{size.lower()} hours": f"{size}-Hours" for size in _SIZES},
    **_OTHERS,
}

_LETTERS = {"k": 10**3, "m": 10**6, "b": 10**9}


def block_of(measure: Any) -> Any:
    """How many units a block has, 1 where the text has no number, as a whole number: 10000 of 10K."""
    from finopsnb.plugins.exports import values as v

    common = [(measure.isin([text for text, block in _BLOCKS.items() if block == size]), size) for size in sorted(set(_BLOCKS.values()))]
    return v.choose(*common, otherwise=_block_said(measure))


def _block_said(measure: Any) -> Any:
    from finopsnb.plugins.exports import values as v

    number = v.part(v.part(measure.lower(), " ", 1), "/", 1)
    digits = v.choose((number.right(1) > "9", number.substr(0, number.length() - 1)), otherwise=number).try_cast("int64")
    times = v.choose(*[(number.endswith(letter), factor) for letter, factor in _LETTERS.items()], otherwise=1)
    return v.choose((digits > 0, digits * times), otherwise=1)


def unit_of(measure: Any) -> Any:
    """The unit of a block: Hours of 100 Hours, Months of 1/Month, Units of 10K; what is not known stays as it is."""
    from finopsnb.plugins.exports import values as v

    small = measure.lower()
    rest = measure.substr(v.part(measure, " ", 1).length() + 1)
    of_a_period = v.looked_up(v.part(small, "/", 2), _PERIODS)
    return v.choose(
        *[(measure == common, unit) for common, unit in _COMMON.items()],
        (~measure.contains(" "), of_a_period.coalesce("Units")),
        otherwise=v.looked_up(rest.lower(), UNITS).coalesce(rest),
    )


#: what most rows have is not taken apart
_BLOCKS = {
    "10 GB": 10, "10 Hours": 10, "10": 10, "100": 100, "100 GB": 100, "100 Hours": 100, "100 GB/Month": 100, "1K": 1000,
    "10K": 10_000, "50K": 50_000, "100K": 100_000, "1M": 10**6, "10M": 10**7,
}  # fmt: skip
_COMMON = {"1 Hour": "Hours", "1 GB": "GB", "1 GB/Month": "GB-Months", "10K": "Units", "1/Month": "Months", "1 GB Hour": "GB-Hours"}
