"""A row of ``recommendations`` about a scope of costs: a service in a region, a commitment, a price, a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

__all__ = ["equal_to", "named", "plain", "scope_row"]

_PLACES = ("ResourceId", "ResourceName", "ServiceName", "RegionId", "SubAccountId", "ProviderName", "BillingCurrency")


def scope_row(
    kind: str, key: Sequence[Any], places: Mapping[str, Any], saving: Decimal | None, *, where: Mapping[str, Any], **said: Any
) -> dict[str, Any]:
    """A row: ``places`` are its columns of places, ``said`` its other columns, ``where`` the columns whose charges show it.

    The id is of the plugin's ``kind`` and ``key`` alone. Amounts in the evidence are texts, so that no digit is lost.
    """
    evidence = {name: plain(value) for name, value in said.pop("evidence").items() if value is not None}
    digest = hashlib.sha256(json.dumps([kind, *key]).encode()).hexdigest()[:12]
    return {
        **{name: places.get(name) or None for name in _PLACES},
        "recommendation_id": f"{kind}-{digest}",
        "monthly_saving": saving,
        "annual_saving": None if saving is None else 12 * saving,
        "evidence": json.dumps({**evidence, "query": equal_to(where)}, ensure_ascii=False),
        **said,
    }


def named(row: Mapping[str, Any]) -> str:
    """Service and region, as they stand in titles."""
    service, region = row["ServiceName"] or "usage without a service", row["RegionId"]
    return f"{service} in {region}" if region else str(service)


def equal_to(where: Mapping[str, Any]) -> str:
    """The statement that shows the charges with these values."""
    told = [f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'" for name, value in where.items() if value not in (None, "")]
    return " ".join(["select * from costs where", " and ".join(told), "order by ChargePeriodStart"])


def plain(value: Any) -> Any:
    """Decimals as texts without zeros at their ends, floats with six places, all else as it is."""
    if isinstance(value, float):
        return round(value, 6)
    if not isinstance(value, Decimal):
        return value
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
