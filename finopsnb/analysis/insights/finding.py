"""A finding: one sentence with its number, and everything that one has to know to believe it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "PERSONAS", "Finding", "as_table", "checked", "money", "moved"]

#: who asks; the personas of the FinOps Framework
PERSONAS = ("executive", "finance", "engineering", "product", "finops")

#: a smaller relative change is one of floats
_SAME = 1e-9
_UNIT = Decimal("1e-18")

#: the columns of the table, in their order
COLUMNS = (
    *("insight_id", "kind", "title", "number", "unit", "BillingCurrency", "before", "change", "how", "detail"),
    *("rank", "personas", "chart", "query", "number_of"),
)


@dataclass(frozen=True)
class Finding:
    """One finding. ``number`` is a Decimal for money, a float for a ratio or a rate, an int for a count, in ``unit``.

    ``before`` is the same number of the comparable period before and ``change`` (number - before) / before; ``how`` says which period
    that is. ``rank`` is the money at stake in BillingCurrency. ``query`` is Python with the name ``session``; the number is the sum of
    ``column`` over the rows of its answer that have the values of ``where``.
    """

    kind: str
    #: what it is about: with kind and currency what it is known by, from run to run
    about: tuple[str, ...]
    title: str
    number: Decimal | float | int
    unit: str
    BillingCurrency: str | None
    rank: Decimal
    personas: tuple[str, ...]
    query: str
    column: str
    where: Mapping[str, Any] = field(default_factory=dict)
    #: what it is about, for a reader; empty where it is about the whole
    name: str = ""
    before: Decimal | float | int | None = None
    how: str = ""
    detail: str = ""
    #: a dashboard, and the options with which it shows this
    dashboard: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def insight_id(self) -> str:
        """The same from run to run: of what it is about, not of its figures."""
        told = json.dumps([self.kind, *self.about, self.BillingCurrency])
        return f"insight-{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    @property
    def change(self) -> float | None:
        """The relative change, or None where there is nothing to compare with."""
        if self.before is None or not self.before:
            return None
        change = float((Decimal(str(self.number)) - Decimal(str(self.before))) / abs(Decimal(str(self.before))))
        return 0.0 if abs(change) < _SAME else change

    @property
    def chart(self) -> str:
        """The call that draws it."""
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"session.render({self.dashboard!r}{options})" if self.dashboard else ""

    @property
    def number_of(self) -> str:
        """How the number is read off the answer."""
        told = " and ".join(f"{name} is {value}" for name, value in self.where.items())
        return f"{self.column}, summed where {told}" if told else self.column

    def row(self) -> dict[str, Any]:
        """As a row of COLUMNS; numbers as Decimals, so that one column holds them all."""
        row = {name: getattr(self, name) for name in COLUMNS}
        exact = {name: None if row[name] is None else _exact(row[name]) for name in ("number", "before", "rank")}
        return {**row, **exact, "personas": ", ".join(self.personas)}


def checked(persona: str | None) -> str | None:
    """The persona in small letters, None for all of them; FinopsError with the near one for any other."""
    if persona is None:
        return None
    name = persona.strip().lower() if isinstance(persona, str) else ""
    if name in PERSONAS:
        return name
    near = nearest(name, PERSONAS) or PERSONAS[0]
    told = persona if name else repr(persona)
    raise FinopsError(f"{told} is no persona.", why=f"They are {', '.join(PERSONAS)}.", hint=f'session.insights(persona="{near}")')


def as_table(findings: Iterable[Finding]) -> pa.Table:
    """COLUMNS of the findings, in their order; number, before and rank are DECIMAL(38,18), change is a float."""
    import pyarrow as pa

    rows = [one.row() for one in findings]
    kinds = dict.fromkeys(("number", "before", "rank"), pa.decimal128(38, 18)) | {"change": pa.float64()}
    return pa.table({name: pa.array([row[name] for row in rows], kinds.get(name, pa.string())) for name in COLUMNS})


def money(amount: Decimal, currency: str | None) -> str:
    """An amount for a sentence: cents where it is small.

    >>> money(Decimal("1234.5"), "USD"), money(Decimal("-12.345"), "EUR")
    ('1,234 USD', '-12.34 EUR')
    """
    return f"{amount:,.{0 if abs(amount) >= 1000 else 2}f} {currency or '(no currency)'}"


def moved(change: float | None, before: str) -> str:
    """How much more or less than before, as it ends a sentence.

    >>> moved(0.042, "the 28 days before"), moved(None, "before"), moved(-0.0001, "before")
    (', 4.2 % more than the 28 days before', '', ', as much as before')
    """
    if change is None:
        return ""
    if abs(change) < 0.0005:
        return f", as much as {before}"
    return f", {abs(change) * 100:.1f} % {'more' if change > 0 else 'less'} than {before}"


def _exact(value: Decimal | float | int) -> Decimal:
    """With 18 decimals: a float as it is written."""
    with localcontext(prec=60):
        return (value if isinstance(value, Decimal) else Decimal(repr(value))).quantize(_UNIT)
