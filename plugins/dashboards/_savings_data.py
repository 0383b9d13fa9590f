"""The recommendations of one currency, added up by how far they have come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.recommendations import pipeline

from ._settings import chosen_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    Table = Callable[[str], ir.Table]
    Execute = Callable[[ir.Expr], pa.Table]

__all__ = ["STAGES", "Savings", "Stage", "look"]

#: how far a recommendation has come, by its status
STAGES = {"open": "Open", "acknowledged": "Open", "accepted": "Accepted", "implemented": "Implemented"}
_NONE = "(none)"


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline: how many that count are there, and what they save a month."""

    name: str
    number: int
    amount: Decimal


@dataclass(frozen=True)
class Savings:
    """What is drawn: the stages in their order, the recommendations that save most, and what is told beside it."""

    currency: str
    stages: list[Stage]
    largest: list[dict[str, Any]]
    categories: list[tuple[str, Decimal]]
    #: what was saved since, of those that were measured, and how many cannot be yet
    saved: Decimal
    measured: int
    unmeasured: int
    dismissed: int
    overlapping: int
    others: dict[str, Decimal]

    def stage(self, name: str) -> Stage:
        return next(one for one in self.stages if one.name == name)


def look(table: Table, execute: Execute, settings: Any) -> Savings | None:
    """The pipeline of the currency that is asked for, or of that with the most to save; None where nothing says what it saves."""
    rows = pipeline(table("recommendations"), table("costs"), execute).to_pylist()
    told = [row | {"currency": row["BillingCurrency"] or _NONE} for row in rows if row["monthly_saving"] is not None]
    sizes: dict[str, Decimal] = {}
    for row in told:
        sizes[row["currency"]] = sizes.get(row["currency"], Decimal(0)) + row["counted_saving"]
    if not sizes:
        return None
    currency = chosen_currency(sizes, settings.currency, "savings", "recommendations")
    mine = [row for row in told if row["currency"] == currency]
    return _added(mine, currency, settings.top, {name: size for name, size in sorted(sizes.items()) if name != currency})


def _added(rows: list[dict[str, Any]], currency: str, top: int, others: dict[str, Decimal]) -> Savings:
    staged = {name: [row for row in rows if STAGES.get(row["status"]) == name] for name in ("Open", "Accepted", "Implemented")}
    done = staged["Implemented"]
    measured = [row for row in done if row["realised_saving"] is not None]
    to_do = [row for name in ("Open", "Accepted") for row in staged[name] if row["counted_saving"] > 0]
    categories: dict[str, Decimal] = {}
    for row in to_do:
        name = row["category"] or row["plugin"]
        categories[name] = categories.get(name, Decimal(0)) + row["counted_saving"]
    return Savings(
        currency=currency,
        stages=[
            *(Stage(name, sum(bool(row["counted_saving"]) for row in some), _sum(some, "counted_saving")) for name, some in staged.items()),
            Stage("Realised", len(measured), _sum(measured, "realised_monthly")),
        ],
        largest=sorted(to_do, key=lambda row: (-row["counted_saving"], row["plugin"], row["recommendation_id"]))[:top],
        categories=sorted(categories.items(), key=lambda one: (-one[1], one[0])),
        saved=_sum(measured, "realised_saving"),
        measured=len(measured),
        unmeasured=len(done) - len(measured),
        dismissed=sum(row["status"] == "dismissed" for row in rows),
        overlapping=sum(row["counted_saving"] == 0 and row["monthly_saving"] > 0 and row["status"] in STAGES for row in rows),
        others=others,
    )


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows), Decimal(0))
