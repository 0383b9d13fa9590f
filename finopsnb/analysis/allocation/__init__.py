"""Who pays: every unit of cost to exactly one owner, by rules and shared pools.

rules.py, pools.py      the settings: conditions, rules, pools
facts.py, inheriting.py what the rules look at, once per combination of columns and tags
classifying.py          asking the rules;  direct.py  adding up what they say by scope
splitting.py            parts that add up to the whole, to the last of 18 decimals
sharing.py              the pools handed on;  proving.py  the proof;  allocating.py  all of it in one call
telling.py              showback, chargeback and the explanation of an owner's bill
"""

from __future__ import annotations

from finopsnb.analysis.allocation.allocating import allocate
from finopsnb.analysis.allocation.pools import Pool, SharedCosts
from finopsnb.analysis.allocation.proving import differences, prove
from finopsnb.analysis.allocation.rules import UNALLOCATED, AllocationRules, Condition, Rule
from finopsnb.analysis.allocation.splitting import split_amount
from finopsnb.analysis.allocation.telling import chargeback, explanation, newest, showback
from finopsnb.analysis.allocation.usage import usage_of

__all__ = [
    "UNALLOCATED",
    "AllocationRules",
    "Condition",
    "Pool",
    "Rule",
    "SharedCosts",
    "allocate",
    "chargeback",
    "differences",
    "explanation",
    "newest",
    "prove",
    "showback",
    "split_amount",
    "usage_of",
]
