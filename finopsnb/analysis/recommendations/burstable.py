"""How much of each of its CPUs a burstable type has for good, from 0 to 1, by its plain name.

Sources: Amazon EC2 User Guide, "Key concepts for burstable performance instances"; Microsoft, "B-series CPU credit model".
"""

from __future__ import annotations

__all__ = ["BASELINES"]

_T2 = {"nano": 0.05, "micro": 0.1, "small": 0.2, "medium": 0.2, "large": 0.3, "xlarge": 0.225, "2xlarge": 0.17}
_T3 = {"nano": 0.05, "micro": 0.1, "small": 0.2, "medium": 0.2, "large": 0.3, "xlarge": 0.4, "2xlarge": 0.4}
_AZURE = {
    "b1ls": 0.05,
    "b1s": 0.1,
    "b1ms": 0.2,
    "b2s": 0.2,
    "b2ms": 0.3,
    "b4ms": 0.225,
    "b8ms": 0.169,
    "b12ms": 0.168,
    "b16ms": 0.169,
    "b20ms": 0.169,
}

BASELINES = {
    **{f"t2.{size}": share for size, share in _T2.items()},
    **{f"{family}.{size}": share for family in ("t3", "t3a", "t4g") for size, share in _T3.items()},
    **_AZURE,
}
