"""The language of allocation rules, as settings: what a rule asks of a charge, and who pays when it holds.

    [[plugins.tag-rules.rules]]
    name = "the web team by tag"
    owner = "web"
    when = [{ tag = "team", exact = ["web", "www"] }, { column = "ServiceName", prefix = "Amazon" }]
    from = 2025-01-01

Rules are asked in their order and the first that holds decides. A rule holds when all of its conditions do, on a day from
``from`` on and before ``until``. Its owner is a name (``owner``), or what a tag or a column says (``owner_tag``,
``owner_column``: a virtual tag), and then it holds only where there is something. A tag or a column that is empty
matches nothing; ``exists = false`` asks for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from finopsnb.analysis.names import repeated
from finopsnb.analysis.patterns import check_glob, check_regex
from finopsnb.analysis.tags import alias_problem, meant, spelled
from finopsnb.errors import nearest
from finopsnb.focus import COLUMNS

__all__ = ["OWNER", "UNALLOCATED", "AllocationRules", "Condition", "Rule"]

#: who pays for what no rule knows
UNALLOCATED = "(unallocated)"
#: in a condition of a pool: the owner that the rules found
OWNER = "owner"

Texts = str | list[str]
KINDS = ("exact", "prefix", "glob", "regex")


class Condition(BaseModel):
    """One thing asked of a charge: a column or a tag, and what its text has to be. Of several texts one is enough."""

    column: str = Field("", description="A FOCUS column, or an x_ column of the source")
    tag: str = Field("", description="A tag key; its spellings in case and blanks, and its aliases, count too")
    exact: Texts | None = Field(None, description="The whole text")
    prefix: Texts | None = Field(None, description="How the text begins")
    glob: Texts | None = Field(None, description="A pattern of the whole text with *, ? and [abc]")
    regex: Texts | None = Field(None, description="A regular expression (RE2) of the whole text")
    exists: bool | None = Field(None, description="Whether there is a value at all")
    negate: bool = Field(False, description="Turn the answer around; a value that is missing still matches nothing")

    @field_validator("column")
    @classmethod
    def _known(cls, name: str) -> str:
        return known_column(name, allowed=(OWNER,)) if name else name

    @field_validator("regex", "glob")
    @classmethod
    def _readable(cls, patterns: Texts | None, field: ValidationInfo) -> Texts | None:
        for pattern in texts(patterns):
            check_regex(pattern) if field.field_name == "regex" else check_glob(pattern)
        return patterns

    @model_validator(mode="after")
    def _complete(self) -> Condition:
        if bool(self.column) == bool(self.tag.strip()):
            raise ValueError("a condition asks either column or tag")
        if len(self.kinds) + (self.exists is not None) != 1:
            raise ValueError(f"a condition on {self.column or self.tag} has one of {', '.join(KINDS)} and exists")
        if any(not texts(getattr(self, kind)) for kind in self.kinds):
            raise ValueError(f"a condition on {self.column or self.tag} has no text to compare with")
        return self

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in KINDS if getattr(self, kind) is not None]


class Rule(BaseModel):
    """Who pays for the charges for which all conditions hold."""

    name: str = Field("", description="What the rule is called in allocations; its place in the list when empty")
    owner: str = Field("", description="Who pays")
    owner_tag: str = Field("", description="Who pays is what this tag says")
    owner_column: str = Field("", description="Who pays is what this column says")
    when: list[Condition] = Field(default_factory=list, description="All of these; every charge when there is none")
    from_: date | None = Field(None, alias="from", description="The first day on which the rule holds (UTC)")
    until: date | None = Field(None, description="The first day on which it holds no more")

    @field_validator("owner")
    @classmethod
    def _without_blanks(cls, owner: str) -> str:
        return owner.strip()

    @field_validator("owner_column")
    @classmethod
    def _known(cls, name: str) -> str:
        return known_column(name) if name else name

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        if sum(map(bool, (self.owner, self.owner_tag.strip(), self.owner_column))) != 1:
            raise ValueError(f"{self.said} has one of owner, owner_tag and owner_column")
        if self.from_ and self.until and self.from_ >= self.until:
            raise ValueError(f"{self.said} ends ({self.until}) before it begins ({self.from_})")
        if any(condition.column == OWNER for condition in self.when):
            raise ValueError(f"{self.said} asks for the owner, which it is there to find; a pool may ask for it")
        return self

    @property
    def said(self) -> str:
        return f"the rule {self.name}" if self.name else "a rule"


class AllocationRules(BaseModel):
    """Rules, and how the keys and values in them are spelled."""

    rules: list[Rule] = Field(default_factory=list, description="Who pays; the first rule that holds decides")
    tag_aliases: dict[str, list[str]] = Field(
        default_factory=dict, description='Other keys that mean the same tag: {"team": ["squad", "Owner-Team"]}'
    )
    value_aliases: dict[str, dict[str, list[str]]] = Field(
        default_factory=dict, description='Other spellings of a value, by tag or column: {"team": {"web": ["www", "Web Team"]}}'
    )
    inherit: list[Literal["resource", "account", "namespace"]] = Field(
        default_factory=list, description="Where a tag comes from that a charge does not have itself, in this order"
    )
    namespace: str = Field("", description="The tag, or x_ column, that names the Kubernetes namespace; the usual tags when empty")
    metric: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
        "EffectiveCost", description="Which cost is allocated"
    )
    grain: Literal["day", "month"] = Field("day", description="The charge period of an allocation")
    by: list[Literal["ProviderName", "SubAccountId", "ServiceName", "ResourceId", "RegionId"]] = Field(
        default_factory=lambda: ["ProviderName", "ServiceName"],  # type: ignore[arg-type]
        description="What an allocation tells of the charges behind it, beside billing period, charge period and currency",
    )

    @field_validator("rules")
    @classmethod
    def _named(cls, rules: list[Rule]) -> list[Rule]:
        called = [rule if rule.name else rule.model_copy(update={"name": f"rule {place}"}) for place, rule in enumerate(rules, 1)]
        if twice := repeated(rule.name for rule in called):
            raise ValueError(f"two rules are called {', '.join(twice)}; what an allocation comes from would not be clear")
        return called

    @field_validator("tag_aliases")
    @classmethod
    def _clear(cls, aliases: dict[str, list[str]]) -> dict[str, list[str]]:
        if problem := alias_problem(aliases):
            raise ValueError(problem)
        return aliases

    @model_validator(mode="after")
    def _values_are_clear(self) -> AllocationRules:
        if twice := repeated(meant(name, self.tag_aliases) for name in self.value_aliases):
            raise ValueError(f"value_aliases has {', '.join(twice)} twice, in two spellings or under an alias")
        for name, aliases in self.value_aliases.items():
            if problem := alias_problem(aliases):
                raise ValueError(f"value_aliases of {name}: {problem}")
        return self


def texts(value: Texts | None) -> Sequence[str]:
    """One text or several as several."""
    return [] if value is None else [value] if isinstance(value, str) else value


def known_column(name: str, allowed: Iterable[str] = ()) -> str:
    """``name`` when FOCUS has such a column, or sources may (``x_``); ValueError with the near name otherwise."""
    if name in COLUMNS and name != "Tags":
        return name
    if name.startswith("x_") or name in allowed:
        return name
    if name == "Tags":
        raise ValueError('Tags is asked key by key: { tag = "team", ... }')
    near = nearest(name, [*COLUMNS, *allowed])
    raise ValueError(f"there is no column {name}" + (f"; did you mean {near}?" if near else " in FOCUS, and own columns begin with x_"))


def tags_of(rules: Iterable[Rule]) -> Iterator[str]:
    """Every tag key that rules look at."""
    for rule in rules:
        yield from filter(None, (rule.owner_tag, *(condition.tag for condition in rule.when)))


def columns_of(rules: Iterable[Rule]) -> Iterator[str]:
    """Every column that rules look at."""
    for rule in rules:
        yield from filter(None, (rule.owner_column, *(condition.column for condition in rule.when)))


def folded_values(aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """From each spelling of a value, in small letters and without blanks around it, to the value itself."""
    return {spelled(text): value for value, others in aliases.items() for text in (value, *others)}
