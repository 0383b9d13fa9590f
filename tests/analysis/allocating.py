"""Charges, rules and their allocations, small, for the tests of allocation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from finopsnb.analysis.allocation import AllocationRules, SharedCosts, allocate
from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand

__all__ = ["allocated", "charge", "owners"]


def charge(cost: str = "1", **values: Any) -> dict[str, Any]:
    """One charge of January 2025 in USD; ``Tags`` is a dict."""
    return {
        "BilledCost": "7",
        "EffectiveCost": cost,
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2025-01-01",
        "ChargePeriodStart": "2025-01-05T13:00:00Z",
        "ProviderName": "AWS",
        "ServiceName": "EC2",
        "SubAccountId": "111",
    } | values


def allocated(charges: Iterable[dict[str, Any]], usage: Any = None, **settings: Any) -> list[dict[str, Any]]:
    """The allocations as dicts; settings with ``pools`` are those of shared-costs."""
    model = SharedCosts if "pools" in settings else AllocationRules
    return allocate(costs_at_hand(charges), model.model_validate(settings), execute_at_hand, usage=usage).to_pylist()


def owners(rows: Iterable[dict[str, Any]], *by: str) -> dict[Any, Decimal]:
    """The amount of every owner, or of every combination of the owner and what else is named."""
    ordered = sorted(rows, key=lambda row: str(_key(row, by)))
    return {key: sum((row["amount"] for row in group), Decimal(0)) for key, group in itertools.groupby(ordered, lambda row: _key(row, by))}


def _key(row: dict[str, Any], by: tuple[str, ...]) -> Any:
    return (row["owner"], *(row[name] for name in by)) if by else row["owner"]
