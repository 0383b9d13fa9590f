"""Rules and pools drawn at random, for the proof that allocations add up whatever they are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import Any

from hypothesis import strategies as st

from finopsnb.analysis.allocation import UNALLOCATED

__all__ = ["RULE_SETS", "add", "settings_of"]

#: how many rule sets are drawn; `make soak` draws 200
RULE_SETS = int(os.environ.get("FINOPSNB_RULE_SETS", "24"))
_BY = ("ProviderName", "SubAccountId", "ServiceName", "ResourceId", "RegionId")
_FEEDING = (
    {"split": "even", "owners": ["two", "x"]},
    {"split": "fixed", "shares": {"two": 10, "web": 90}},
    {"split": "usage", "usage": "fed"},
)
_SPLITS = (
    {"split": "even"},
    {"split": "even", "owners": ["x", "y", "z"]},
    {"split": "fixed", "shares": {"x": "33.3", "y": "66.7"}},
    {"split": "proportional"},
    {"split": "proportional", "owners": ["web", "a", "nobody"]},
    {"split": "usage", "usage": "used"},
    {"split": "usage", "usage": "used", "owners": ["a", "z"]},
)


@st.composite
def settings_of(draw: Any, places: Sequence[Mapping[str, str]], texts: Sequence[str], tag: str, days: Sequence[str]) -> dict[str, Any]:
    """Settings of shared-costs that ask ``places`` (a column or a tag) for ``texts``, and take owners from ``tag``.

    Pools: none, or one, or two of which the first may feed the second, by name or through the usage table ``fed``.
    """
    conditions = st.lists(
        st.builds(
            lambda place, kind, negate: {**place, **kind, "negate": negate},
            st.sampled_from(places),
            st.sampled_from(
                [
                    *({"exact": [*texts]}, {"prefix": texts[0][:1]}, {"glob": f"*{texts[-1][-1:]}"}, {"regex": "[ab]|S.*"}),
                    *({"exists": True}, {"exists": False}),
                ]
            ),
            st.booleans(),
        ),
        max_size=2,
    )
    who = [{"owner": name} for name in ("web", "data", "two")] + [{"owner_tag": tag}, {"owner_column": "SubAccountId"}]
    when = [{}, {}, {"from": days[0]}, {"until": days[1]}]
    rule = st.builds(lambda who, when, days: {**who, "when": when, **days}, st.sampled_from(who), conditions, st.sampled_from(when))
    number = draw(st.integers(0, 2))
    unknown = st.just([{"column": "owner", "exact": UNALLOCATED}])
    first = {"name": "one", "when": draw(conditions), **draw(st.sampled_from(_SPLITS + (_FEEDING if number == 2 else ())))}
    second = {"name": "two", "when": draw(conditions | unknown), **draw(st.sampled_from(_SPLITS))}
    return {
        "rules": draw(st.lists(rule, max_size=4)),
        "pools": [first, second][:number],
        "inherit": draw(st.lists(st.sampled_from(["resource", "account", "namespace"]), unique=True, max_size=3)),
        "grain": draw(st.sampled_from(["day", "month"])),
        "by": draw(st.lists(st.sampled_from(_BY), unique=True, max_size=3)),
    }


def add(sums: dict[Any, Decimal], key: Any, amount: Any) -> None:
    """Add an amount, a null or text too, to the sum of its key; exactly."""
    sums[key] = Context(prec=60).add(sums.get(key, Decimal(0)), Decimal(amount or 0))
