"""What the recommendations that save money have in common: settings, and a row of ``recommendations`` with its evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Given", "SavingSettings", "money", "row_of", "tell_unmatched"]

#: the path of a CSV, XLSX or Parquet file, or rows
Given = str | list[dict[str, Any]] | None
_CENT = Decimal("0.01")
_PLACES = ("ResourceId", "ResourceName", "ServiceName", "RegionId", "SubAccountId", "ProviderName", "BillingCurrency")


class SavingSettings(BaseModel):
    """From which saving on it is worth saying."""

    model_config = ConfigDict(extra="forbid")

    minimum_saving: Decimal = Field(Decimal(1), ge=0, description="What a recommendation saves a month at least, in its BillingCurrency.")


def row_of(
    found: Mapping[str, Any],
    kind: str,
    *,
    category: str,
    title: str,
    description: str,
    current: str,
    recommended: str,
    saving: Decimal,
    monthly_cost: Decimal,
    days: int,
    confidence: float,
    effort: str,
    risk: str,
    evidence: Mapping[str, Any],
) -> dict[str, Any]:
    """A row of ``recommendations``; the saving is a month's, and at most what the resource costs.

    Its id is of the plugin's ``kind``, the resource and the currency.
    """
    saving = min(saving, monthly_cost)
    figures = {"monthly_cost": _plain(monthly_cost), "cost": _plain(found["cost"]), "days": days}
    told = {name: _plain(value) if isinstance(value, Decimal) else value for name, value in evidence.items() if value is not None}
    quoted = str(found["ResourceId"]).replace("'", "''")
    asked = f"select * from costs where ResourceId = '{quoted}' order by ChargePeriodStart"  # noqa: S608  a text to read; it is not run
    return {
        **{name: found[name] for name in _PLACES},
        "recommendation_id": _id(kind, found),
        "category": category,
        "title": title,
        "description": description,
        "current": current,
        "recommended": recommended,
        "monthly_saving": saving,
        "annual_saving": 12 * saving,
        "confidence": confidence,
        "effort": effort,
        "risk": risk,
        "evidence": json.dumps({**figures, **told, "query": asked}, ensure_ascii=False),
    }


def tell_unmatched(context: Any, use: Any) -> None:
    """Say how many resources of a utilisation table have no cost: most often their ids are written in another way.

    It is a finding of the run, ``session.findings(run_id)``, and in the log, where it is seen at once.
    """
    from finopsnb.analysis.recommendations.ids import unmatched

    rows, example = unmatched(use, context.table("costs"), context.execute)
    if rows:
        message = "resources of the utilisation table have no cost; nothing is recommended for them"
        context.report("utilization-unmatched", "ResourceId", message, rows=rows, example=example, severity="warning")
        context.logger.warning("resources of the utilisation table without a cost: %d, one of them %s", rows, example)


def money(amount: Decimal, currency: str | None) -> str:
    """To the cent, never more than it is."""
    return f"{amount.quantize(_CENT, ROUND_DOWN):,f} {currency or ''}".strip()


def _id(kind: str, found: Mapping[str, Any]) -> str:
    text = json.dumps([kind, found["ResourceId"], found["BillingCurrency"]])
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _plain(amount: Decimal) -> str:
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
