"""What the same tokens would cost with another model, by a table of prices that a person gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.ai_costs.tokens import TOGETHER
from finopsnb.analysis.money import MONEY
from finopsnb.analysis.recommendations.given import given_table
from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["Equivalent", "cheaper", "given_equivalents", "saved_with"]

_NEEDED = {"model": "string", "equivalent": "string", "input": MONEY, "output": MONEY, "currency": "string"}
_OPTIONAL = {"cached": MONEY, "cache_write": MONEY, "provider": "string"}
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Equivalent:
    """What a million tokens of ``equivalent`` cost, which does what ``model`` (a name or a pattern) does; None is the price of input."""

    model: str
    equivalent: str
    input: Decimal
    output: Decimal
    currency: str
    cached: Decimal | None = None
    cache_write: Decimal | None = None
    provider: str = ""

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether it can take the place of a row's model; a price is of one currency."""
        mine, its = self.model.lower(), (row["model"] or "").lower()
        provided = fnmatchcase((row["provider"] or "").lower(), self.provider.lower() or "*")
        return (
            (its == mine or fnmatchcase(its, mine))
            and provided
            and self.currency == row["BillingCurrency"]
            and its != self.equivalent.lower()
        )

    def cost_of(self, row: Mapping[str, Any]) -> Decimal | None:
        """What the tokens of a row would cost; None where the table has no price of their direction."""
        prices = {
            "input": self.input,
            "cached input": self.input if self.cached is None else self.cached,
            "cache write": self.input if self.cache_write is None else self.cache_write,
            "output": self.output,
        }
        price = prices.get(row["direction"])
        tokens: Decimal = row["tokens"]
        with localcontext(prec=60):
            if row["direction"] == TOGETHER:
                asked, answered = Decimal(row["prompt"]), Decimal(row["completion"])
                return (asked * self.input + answered * self.output) / _MILLION
            return None if price is None else tokens * price / _MILLION


def given_equivalents(given: Any, execute: Execute) -> list[Equivalent] | None:
    """The rows of a table: model, equivalent, input and output (what a million tokens of the equivalent cost), currency.

    Where they are known cached and cache_write, of the equivalent too, and the provider of the model. None for no table. Raises
    FinopsError for a price below 0 and for a row without a name, a price or a currency.
    """
    table = given_table(given, "The price table of equivalents", _NEEDED, _OPTIONAL, execute)
    return None if table is None else [_equivalent(row) for row in execute(table).to_pylist()]


def _equivalent(row: Mapping[str, Any]) -> Equivalent:
    prices = [row[name] for name in ("input", "output", "cached", "cache_write")]
    if any(row[name] is None for name in _NEEDED) or any(price is not None and price < 0 for price in prices):
        raise FinopsError(
            "The price table of equivalents has a row that is no price.",
            why=", ".join(f"{name} {row[name]}" for name in _NEEDED),
            hint="model,equivalent,input,output,cached,currency and then large,small,0.15,0.60,0.075,USD",
        )
    named = {name: row[name] for name in (*_NEEDED, *_OPTIONAL)}
    return Equivalent(**{**named, "provider": row["provider"] or "", "currency": row["currency"].upper()})


def saved_with(rows: Iterable[Mapping[str, Any]], one: Equivalent) -> Decimal:
    """What the tokens of these rows would cost less, never more than they cost: directions without a price cost what they did."""
    priced = [(row["cost"], one.cost_of(row)) for row in rows]
    with localcontext(prec=60):
        saved = sum((cost - new for cost, new in priced if new is not None), Decimal(0))
        return max(min(saved, sum((cost for cost, _ in priced), Decimal(0))), Decimal(0))


def cheaper(rows: Sequence[Mapping[str, Any]], equivalents: Sequence[Equivalent]) -> list[dict[str, Any]]:
    """Of each model the equivalents that would have been cheaper, that which saves most first; ``rows`` as of token_costs.

    A dict per model: provider, model, BillingCurrency, rows, cost, tokens, saving (of the period of the rows), best, and options (pairs
    of an equivalent and its saving).
    """
    models: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        models.setdefault((row["provider"], row["model"], row["BillingCurrency"]), []).append(row)
    found = []
    for (provider, model, currency), mine in sorted(models.items()):
        options = [(one, saved_with(mine, one)) for one in equivalents if one.fits(mine[0])]
        saving = sorted((pair for pair in options if pair[1] > 0), key=lambda pair: (-pair[1], pair[0].equivalent))
        if saving:
            sums = {name: sum((row[name] for row in mine), Decimal(0)) for name in ("cost", "tokens")}
            names = {"provider": provider, "model": model, "BillingCurrency": currency}
            found.append({**names, **sums, "rows": mine, "best": saving[0][0], "saving": saving[0][1], "options": saving})
    return found
