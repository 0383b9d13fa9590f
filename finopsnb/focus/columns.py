"""The columns of FOCUS cost and usage data as data, a superset of the versions 1.0 to 1.4.

The facts are in columns.json beside this file, condensed from the FOCUS specification (CC-BY-4.0, attribution there).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from types import MappingProxyType
from typing import Any

from finopsnb.errors import FocusError, nearest

__all__ = ["COLUMNS", "VERSIONS", "Column", "columns_of", "older_names", "service_subcategory_parents"]

#: the released versions whose columns are known
VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")

_TYPES = {"Decimal": "DECIMAL(38,18)", "Date/Time": "TIMESTAMP WITH TIME ZONE", "String": "VARCHAR", "JSON": "VARCHAR"}


@dataclass(frozen=True)
class Column:
    """One FOCUS column.

    ``kind`` is String, Decimal, Date/Time or JSON; ``allowed_values`` is empty where any value is allowed; ``versions``
    are those that have the column and ``introduced`` may be older than 1.0.
    """

    name: str
    kind: str
    nullable: bool
    feature_level: str
    allowed_values: tuple[str, ...]
    versions: tuple[str, ...]
    introduced: str
    replaced_by: str | None = None
    differs_in: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column in the store.

        >>> COLUMNS["BilledCost"].sql_type, COLUMNS["Tags"].sql_type
        ('DECIMAL(38,18)', 'MAP(VARCHAR, VARCHAR)')
        """
        return "MAP(VARCHAR, VARCHAR)" if self.name == "Tags" else _TYPES[self.kind]

    @property
    def mandatory(self) -> bool:
        """Every FOCUS table must have it."""
        return self.feature_level == "Mandatory"

    def at(self, version: str) -> Column:
        """The column as that version has it.

        >>> COLUMNS["PricingCurrency"].nullable, COLUMNS["PricingCurrency"].at("1.2").nullable
        (False, True)
        """
        return replace(self, **self.differs_in.get(version, {}))


def columns_of(version: str) -> list[Column]:
    """The columns of one FOCUS version, by name.

    Raises FocusError for a version that is not known.

    >>> len(columns_of("1.0")), [column.name for column in columns_of("1.0")][:2]
    (43, ['AvailabilityZone', 'BilledCost'])
    """
    known(version)
    return [column.at(version) for column in COLUMNS.values() if version in column.versions]


def known(version: str) -> str:
    """``version`` itself, or FocusError when it is none of VERSIONS."""
    if version not in VERSIONS:
        near = nearest(version, VERSIONS) or VERSIONS[-1]
        raise FocusError(f"FOCUS {version} is not known.", why=f"Known are {', '.join(VERSIONS)}.", hint=f"version={near!r}")
    return version


def older_names() -> Mapping[str, str]:
    """Names that columns had before 1.0, each with its name of today."""
    return MappingProxyType(_facts()["older_names"])


def service_subcategory_parents() -> Mapping[str, str]:
    """The ServiceCategory that each ServiceSubcategory belongs to."""
    return MappingProxyType(_facts()["service_subcategory_parent"])


@functools.cache
def _facts() -> dict[str, Any]:
    text = resources.files("finopsnb.focus").joinpath("columns.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def _column(name: str, facts: Mapping[str, Any]) -> Column:
    return Column(
        name=name,
        kind=facts["kind"],
        nullable=facts["nullable"],
        feature_level=facts["feature_level"],
        allowed_values=tuple(facts.get("allowed_values", ())),
        versions=tuple(facts["versions"]),
        introduced=facts["introduced"],
        replaced_by=facts.get("replaced_by"),
        differs_in=facts.get("differs_in", {}),
    )


class _Columns(Mapping[str, Column]):
    """Reads the file when somebody first looks."""

    @functools.cached_property
    def _columns(self) -> dict[str, Column]:
        return {name: _column(name, facts) for name, facts in sorted(_facts()["columns"].items())}

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<{len(self)} FOCUS columns, {VERSIONS[0]} to {VERSIONS[-1]}>"


#: every column by name, sorted
COLUMNS: Mapping[str, Column] = _Columns()
