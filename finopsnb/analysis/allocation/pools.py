"""Shared costs, as settings: pools that take charges by rule and hand them on to owners.

    [[plugins.shared-costs.pools]]
    name = "support"
    when = [{ column = "ServiceName", glob = "*Support*" }]
    split = "proportional"

Pools are asked before the owner of a charge counts, in their order; the first whose conditions all hold takes the charge, whoever
the rules say. ``{ column = "owner", exact = "platform" }`` asks for what the rules say; a charge that the rules give to the
name of a pool, and no condition takes, goes into that pool as well. The name of a pool among the owners of another feeds
that pool, and so it does among the owners of a usage table. How the cost of a pool is split, always within a billing period and a currency:

even          the same for each owner
fixed         by ``shares``, percentages that add up to 100, or weights (``unit = "weights"``)
proportional  by the owners' direct cost, what the rules gave them outside of every pool; where it is below zero it counts as zero
usage         by a table of owner, period (2025-01) and quantity: ``usage`` names a table of the session or a CSV file

``owners`` are all that have direct cost in the period and currency when none are named. Two cases have no answer of their own,
and tell so in ``method``: where all of the base is zero, or below, the owners pay the same ("proportional: even, no base");
where there is no owner at all the cost stays with "(unallocated)" ("proportional: no owner").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from finopsnb.analysis.allocation.rules import UNALLOCATED, AllocationRules, Condition
from finopsnb.analysis.names import Name, repeated

__all__ = ["Pool", "SharedCosts", "in_waves"]

Share = Annotated[Decimal, Field(max_digits=38, decimal_places=18)]


class Pool(BaseModel):
    """Costs that several owners share, and how."""

    name: Name = Field(description="What the pool is called in allocations")
    when: list[Condition] = Field(
        default_factory=list, description="All of these; none: the pool gets what rules and other pools give to its name"
    )
    split: Literal["even", "fixed", "proportional", "usage"] = Field("even", description="How the owners share")
    owners: list[Name] = Field(default_factory=list, description="Who shares, owners and pools; every owner with direct cost when empty")
    shares: dict[Name, Share] = Field(default_factory=dict, description='For fixed: {"web": 60, "data": 40}')
    unit: Literal["percent", "weights"] = Field("percent", description="What shares are: percent add up to 100, weights to anything")
    usage: str = Field("", description="For usage: a table of the session, or a CSV file, with owner, period and quantity")

    @field_validator("owners")
    @classmethod
    def _distinct(cls, owners: list[str]) -> list[str]:
        if twice := repeated(owners):
            raise ValueError(f"names {', '.join(twice)} twice")
        return owners

    @field_validator("shares", mode="before")
    @classmethod
    def _named_once(cls, shares: Any) -> Any:
        """Before two spellings of a name become one, and a share is lost."""
        if isinstance(shares, Mapping) and (twice := repeated(str(name).strip() for name in shares)):
            raise ValueError(f"names {', '.join(twice)} twice")
        return shares

    @model_validator(mode="after")
    def _complete(self) -> Pool:
        for setting, split in (("shares", "fixed"), ("usage", "usage")):
            if bool(getattr(self, setting)) != (self.split == split):
                raise ValueError(f'the pool {self.name} has {setting} when it is split "{split}", and only then')
        if self.split == "fixed" and self.owners:
            raise ValueError(f"the pool {self.name} has shares, which name its owners already")
        if problem := _share_problem(self.shares, self.unit):
            raise ValueError(f"the shares of the pool {self.name} {problem}")
        if UNALLOCATED in self.targets:
            raise ValueError(f"the pool {self.name} cannot share with {UNALLOCATED}, which is no owner")
        return self

    @property
    def targets(self) -> list[str]:
        """The owners and pools that are named."""
        return [*self.owners, *self.shares]


class SharedCosts(AllocationRules):
    """The rules that find the owners, and the pools that they share."""

    pools: list[Pool] = Field(default_factory=list, description="Shared costs; the first pool that holds takes a charge")

    @field_validator("pools")
    @classmethod
    def _joined(cls, pools: list[Pool]) -> list[Pool]:
        if twice := repeated(pool.name for pool in pools):
            raise ValueError(f"two pools are called {', '.join(twice)}")
        in_waves(pools)
        return pools


def in_waves(pools: Sequence[Pool], users: Mapping[str, Sequence[str]] | None = None) -> list[list[Pool]]:
    """The pools so that each comes after all that feed it: lists of pools that can be split together; ValueError names a circle.

    ``users`` are the owners in the usage tables, by pool: a pool among them is fed as one that is named in ``owners``.
    """
    named = {pool.name: pool for pool in pools}
    feeds = {pool.name: [name for name in (*pool.targets, *(users or {}).get(pool.name, ())) if name in named] for pool in pools}
    waves: list[list[Pool]] = []
    waiting = list(named)
    while waiting:
        ready = [name for name in waiting if not any(name in feeds[other] for other in waiting)]
        if not ready:
            raise ValueError(f"the pools feed each other in a circle: {' → '.join(_cycle(feeds, waiting))}")
        waiting = [name for name in waiting if name not in ready]
        waves.append([named[name] for name in ready])
    return waves


def _cycle(feeds: Mapping[str, Sequence[str]], among: Sequence[str]) -> list[str]:
    """One circle: every pool of ``among`` is fed by another of them, so going back from any one leads into it."""
    path = [among[0]]
    while len(set(path)) == len(path):
        path.append(next(name for name in among if path[-1] in feeds[name]))
    return path[path.index(path[-1]) :][::-1]


def _share_problem(shares: Mapping[str, Decimal], unit: str) -> str:
    if any(share < 0 for share in shares.values()):
        return "are below zero for " + ", ".join(name for name, share in shares.items() if share < 0)
    total = sum(shares.values(), Decimal(0))
    if shares and not total:
        return "are all zero"
    if shares and unit == "percent" and total != 100:
        return f'add up to {total.normalize():f} %, not to 100 %; with unit = "weights" they may add up to anything'
    return ""
