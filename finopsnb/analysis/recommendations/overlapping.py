"""What of the savings counts when several are of one thing: they cannot be added up.

Of several recommendations on one resource in one currency only the largest counts. A commitment (category ``commitment`` or
``commitments``, without a ResourceId) is about a scope: the columns of _SCOPE that it names, and those of ``scope`` in its evidence. It
counts on what the savings on the resources there leave of its cost; of several that are about the same only the largest counts.

Where something is implemented on a resource, what is found there counts only with what it saves beyond that. A finding whose evidence
tells a cost from which the implemented saving is gone, as one that is found again on later costs, counts in full. So what counts on a
resource is never more than the largest cost a month that its findings tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.recommendations.months import a_month

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COMMITMENTS", "alone", "begun", "beyond", "committed"]

COMMITMENTS = ("commitment", "commitments")
_SCOPE = ("ProviderName", "ServiceName", "RegionId", "SubAccountId")
_UNIT = Decimal("1e-18")
#: what is neither done nor given up
_COUNTS = ("open", "accepted", "acknowledged", "implemented")


def alone(recommendations: ir.Table) -> ir.Table:
    """With ``counted_saving``: that of the largest on each resource, and of what is about no resource; 0 for the others.

    What is dismissed, resolved or expected saves nothing. What :func:`begun` tells is counted by :func:`beyond`.
    """
    import ibis

    done, saving = recommendations.status == "implemented", recommendations.monthly_saving
    counts = recommendations.status.isin(_COUNTS).fill_null(False)
    order = [ibis.desc(saving.fill_null(0)), recommendations.created_at, recommendations.plugin, recommendations.recommendation_id]
    place = ibis.row_number().over(group_by=[counts, done, recommendations.ResourceId, recommendations.BillingCurrency], order_by=order)
    first = recommendations.ResourceId.isnull() | (place == 0)
    zero = ibis.literal(0).cast(saving.type())
    counted = ibis.cases((saving.isnull(), saving), (counts & first, saving), else_=zero)
    return recommendations.mutate(counted_saving=counted)


def begun(recommendations: ir.Table) -> ir.Table:
    """Those that save something on resources on which one is implemented."""
    found = recommendations.filter(recommendations.ResourceId.notnull(), recommendations.status.isin(_COUNTS))
    done = (found.status == "implemented").any().over(group_by=[found.ResourceId, found.BillingCurrency])
    return found.mutate(_done=done).filter("_done", found.monthly_saving > 0).drop("_done")


def beyond(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Decimal]:
    """What counts of rows of :func:`begun`, by plugin and recommendation_id: of each what it saves beyond those implemented before it.

    Of those that are not implemented the one that saves most beyond them counts.
    """
    things: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        things.setdefault((row["ResourceId"], row["BillingCurrency"]), []).append(row)
    with localcontext(prec=60):
        return {key: amount for mine in things.values() for key, amount in _in_turn(mine).items()}


def _in_turn(rows: list[Mapping[str, Any]]) -> dict[tuple[str, str], Decimal]:
    """Of one resource; ``cost`` is the largest that is told of it, ``gone`` what of that is saved already."""
    cost = gone = Decimal(0)
    counted = {}
    for row in sorted((row for row in rows if row["status"] == "implemented"), key=_when):
        amount = _more(row, cost, gone)
        cost, gone = max(cost, row["monthly_saving"], _monthly_cost(row)), gone + amount
        counted[_key(row)] = amount
    others = sorted((row for row in rows if row["status"] != "implemented"), key=lambda row: (-_more(row, cost, gone), _key(row)))
    return counted | {_key(row): Decimal(0) if place else _more(row, cost, gone) for place, row in enumerate(others)}


def _more(row: Mapping[str, Any], cost: Decimal, gone: Decimal) -> Decimal:
    """What it saves beyond what is ``gone`` of a ``cost``: so much of its own cost as lies above what is left is gone as well."""
    saving: Decimal = row["monthly_saving"]
    mine = _monthly_cost(row)
    above = max(mine, saving) - (cost - gone) if mine else gone
    return max(saving - min(max(above, Decimal(0)), gone), Decimal(0))


def _when(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["implemented_at"] or datetime.max.replace(tzinfo=UTC), *_key(row))


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return (row["plugin"], row["recommendation_id"])


def committed(rows: list[dict[str, Any]]) -> dict[tuple[str, str], Decimal]:
    """What of the commitments among rows of :func:`alone` counts, by plugin and recommendation_id."""
    commitments = [row for row in rows if row["counted_saving"] and row["ResourceId"] is None and row["category"] in COMMITMENTS]
    others = [row for row in rows if row["counted_saving"] and row["ResourceId"] is not None]
    counted: dict[tuple[str, str], Decimal] = {}
    taken: list[Mapping[str, Any]] = []
    for row in sorted(commitments, key=lambda one: (-one["counted_saving"], one["plugin"], one["recommendation_id"])):
        beside = any(_meet(row, other) for other in taken)
        counted[_key(row)] = Decimal(0) if beside else _left(row, others)
        taken = taken if beside else [*taken, row]
    return counted


def _left(row: Mapping[str, Any], others: list[dict[str, Any]]) -> Decimal:
    """The saving on what the others leave of the cost that it rests on."""
    saving: Decimal = row["counted_saving"]
    cost = _monthly_cost(row)
    if not cost:
        return saving
    saved = sum((one["counted_saving"] for one in others if _meet(row, one)), Decimal(0))
    with localcontext(prec=60):
        return (saving * max(cost - saved, Decimal(0)) / cost).quantize(_UNIT, ROUND_HALF_EVEN)


def _meet(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both can be about the same costs: nothing that both name differs, and both are done or neither."""
    if row["BillingCurrency"] != other["BillingCurrency"] or (row["status"] == "implemented") != (other["status"] == "implemented"):
        return False
    mine, its = _scope(row), _scope(other)
    return all(mine[name] == its[name] for name in mine.keys() & its.keys())


def _scope(row: Mapping[str, Any]) -> dict[str, Any]:
    told = _evidence(row).get("scope")
    return {name: row[name] for name in _SCOPE if row[name]} | (told if isinstance(told, dict) else {})


def _monthly_cost(row: Mapping[str, Any]) -> Decimal:
    """What a month of its scope costs, by its evidence: ``monthly_cost``, or ``cost`` of so many ``days``; 0 where it does not say."""
    told = _evidence(row)
    try:
        if "monthly_cost" in told:
            return Decimal(str(told["monthly_cost"]))
        return a_month(Decimal(str(told["cost"])), int(told["days"]))
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return Decimal(0)


def _evidence(row: Mapping[str, Any]) -> dict[str, Any]:
    try:
        told = json.loads(row["evidence"] or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
