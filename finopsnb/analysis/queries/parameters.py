"""The parameters of queries: a vocabulary in which one name means the same in every query.

What a command line gives as text and what Python gives as a value are read alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from finopsnb.errors import FinopsError, nearest

__all__ = ["COMMON", "PARAMETERS", "SCOPE", "Parameter"]


@dataclass(frozen=True)
class Parameter:
    """One parameter: what it is for, its ``kind`` (day, text, texts, whole, amount or choice), its default and choices."""

    name: str
    description: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    default: Any = None

    def with_default(self, default: Any) -> Parameter:
        """The same parameter as a query has it."""
        return replace(self, default=default)

    def read(self, value: Any) -> Any:
        """The value as its kind; None stays None. Raises FinopsError that says how it is written."""
        if value is None:
            return None
        if self.kind == "choice":
            return self._chosen(value)
        reader, example = _KINDS[self.kind]
        try:
            return reader(value)
        except (TypeError, ValueError, InvalidOperation) as error:
            raise FinopsError(f"{self.name}={value} is no {_NOUNS[self.kind]}.", why=str(error), hint=f"{self.name}={example}") from error

    def _chosen(self, value: Any) -> str:
        if value in self.choices:
            return str(value)
        near = nearest(str(value), self.choices) or self.choices[0]
        said = ", ".join(choice or '""' for choice in self.choices)
        raise FinopsError(f"{self.name} cannot be {value}.", why=f"It is one of {said}.", hint=f'{self.name}="{near}"')


def _instant(value: Any) -> datetime:
    """A day, or an instant; without a zone it is UTC.

    >>> _instant("2026-01-01").isoformat(), _instant("2026-01-01T02:00+02:00").isoformat()
    ('2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    # pandas has an instant that is none, and equal to none
    if not isinstance(value, datetime) or value != value:
        raise TypeError(f"{type(value).__name__} is neither a day nor an instant")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _texts(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    texts = tuple(_text(one) for one in given)
    if not texts:
        raise ValueError("It has no values.")
    return texts


def _text(value: Any) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise TypeError(f"{type(value).__name__} is no text")
    return str(value)


def _whole(value: Any) -> int:
    number = int(str(value))
    if number < 1:
        raise ValueError("It is at least 1.")
    return number


def _amount(value: Any) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite() or number < 0:
        raise ValueError("It is a number from 0 on.")
    return number


_KINDS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "day": (_instant, "2026-01-01"),
    "text": (_text, '"..."'),
    "texts": (_texts, '"..."'),
    "whole": (_whole, "3"),
    "amount": (_amount, "1000"),
}
_NOUNS = {"day": "day", "text": "text", "texts": "text or list of texts", "whole": "whole number", "amount": "amount"}

#: parameters that keep the rows of one or several values, with the columns that may have them
SCOPE = {
    "provider": ("ServiceProviderName",),
    "billing_account": ("BillingAccountId", "BillingAccountName"),
    "sub_account": ("SubAccountId", "SubAccountName"),
    "service": ("ServiceName",),
    "region": ("RegionId", "RegionName"),
    "resource": ("ResourceId", "ResourceName"),
    "sku": ("SkuId", "SkuPriceId"),
    "currency": ("BillingCurrency",),
}

_METRICS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
_GRAINS = ("", "day", "week", "month", "quarter", "year")

_ALL = (
    Parameter("start", "The first day or instant (UTC) that counts; all from the first on unless given", "day"),
    Parameter("end", "The first day or instant (UTC) that counts no more; all to the last unless given", "day"),
    Parameter("period", "Which period begins from start on and before end", "choice", ("charge", "billing")),
    *(Parameter(name, f"Only these, by {' or '.join(columns)}", "texts") for name, columns in SCOPE.items()),
    Parameter("tag", "The key of a tag; case and blanks around it do not count"),
    Parameter("metric", "The cost that is added up", "choice", _METRICS),
    Parameter("grain", "A row per day, week (from Monday), month, quarter or year; all in one where it is empty", "choice", _GRAINS),
    Parameter("unit", "Only quantities in this unit"),
    Parameter("pricing_currency", "Only this PricingCurrency, as a provider's name for its tokens or credits"),
    Parameter("programs", "Commitment programs by their ProgramType", "texts"),
    Parameter("component", "The property of SkuPriceDetails that is counted", "choice", ("CoreCount", "MemorySize", "GpuCount")),
    Parameter("days", "How many days before a day say what is usual", "whole"),
    Parameter("threshold", "From so many standard deviations on a day is told; 0 tells all days", "amount"),
    Parameter("months", "How many months the trend is carried on", "whole"),
    Parameter("amount", "The budget of a sub account that has none in the table budgets", "amount"),
)  # fmt: skip

PARAMETERS = {parameter.name: parameter for parameter in _ALL}

#: what every query takes
COMMON = ("start", "end", "period", *SCOPE)
