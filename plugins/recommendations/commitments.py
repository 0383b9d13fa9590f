"""Commitments: use or exchange what is not used, and buy what saves most of what is paid on demand hour by hour."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

from ._saving_rows import Given, SavingSettings

__all__ = ["CommitmentsPlugin"]

_PROFILE = ("provider", "ServiceName", "RegionId", "BillingCurrency")
_LACKING = (
    "commitments proposes nothing to buy for %s: no discount is known. There are none built in; give a table (term, payment, discount, "
    "where known provider, service, region, currency, upfront), or collect bills with commitments and list prices."
)


class CommitmentsPlugin(RecommendationPlugin):
    """Looks at how commitments are used, and which level of usage on demand a commitment would make cheaper.

    A purchase is offered for each provider, service, region and currency by itself, though some commitments hold for several of them:
    of what overlaps buy one, and look again. ``session.recommend("commitments", discounts=frame)`` takes the table of one run. Without a
    table discounts are those that commitments had in the bill, against the list price, of the same service; where there are none,
    nothing is proposed. A falling load is committed to at the level of its last day.
    """

    class Config(SavingSettings):
        """What is known of discounts, and how much is looked at."""

        discounts: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: term, payment, discount off the list price (0 to 1; or on_demand_price and "
            "committed_price), where known provider, service, region, currency, upfront (share). Purchases are offered for each provider, "
            "service, region and currency; a row that does not name one of these holds for all of them.",
        )
        terms: list[str] = Field(default_factory=list, description="The terms of the table that may be proposed, such as 1y; all if empty.")
        payments: list[str] = Field(default_factory=list, description="The payment options that may be proposed; all if empty.")
        days: int = Field(30, ge=1, le=366, description="The complete days of cost that are looked at.")
        minimum_days: int = Field(14, ge=1, le=366, description="How many complete days there must be to propose a purchase.")
        utilization_target: float = Field(0.98, gt=0, le=1, description="Below this utilization a commitment is told.")
        any_unit: bool = Field(False, description="Propose for usage in other units than those of time, as for requests, too.")

    metadata = PluginMetadata(
        name="commitments",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds commitments that are not used, and the level to commit to from the hourly profile on demand.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("commitments", "savings plans", "reservations", "savings"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self, discounts: Any = None) -> list[dict[str, Any]]:  # type: ignore[override]
        """One row per commitment that is not used well, and one per service and region that a commitment would make cheaper."""
        from finopsnb.analysis.purchases import unused, windows_of

        from ._commitment_rows import unused_row

        costs, days = self.context.table("costs"), self.config.days
        within = windows_of(costs, self.context.execute, days)
        idle = self.context.execute(unused(costs, days, within)).to_pylist()
        wasted = [row for row in idle if row["unused"] > 0 and row["utilization"] < self.config.utilization_target]
        found = [*map(unused_row, wasted), *self._offers(self.config.discounts if discounts is None else discounts, wasted, within)]
        return [row for row in found if row["monthly_saving"] >= self.config.minimum_saving and row["monthly_saving"] > 0]

    def _offers(self, given: Any, wasted: list[dict[str, Any]], within: Any) -> list[dict[str, Any]]:
        from finopsnb.analysis.purchases import Look, given_discounts, offers

        from ._commitment_rows import offer_row

        settings, execute = self.config, self.context.execute
        known = given_discounts(given, execute)
        look = Look(settings.days, settings.minimum_days, settings.any_unit)
        found = offers(self.context.table("costs"), execute, known, look, within)
        if found.unknown:
            self.context.logger.warning(_LACKING, _shortened(found.unknown))
        allowed = [row for row in found.rows if _among(row["term"], settings.terms) and _among(row["payment"], settings.payments)]
        groups = (list(options) for _, options in groupby(allowed, key=lambda row: [row[name] for name in _PROFILE]))
        return [offer_row(options, _wasted_there(options[0], wasted)) for options in groups]


def _wasted_there(offer: dict[str, Any], wasted: list[dict[str, Any]]) -> Decimal:
    """What commitments of the same service waste a month."""
    from finopsnb.analysis.recommendations.months import a_month

    same = ("provider", "ServiceName", "BillingCurrency")
    mine = (row for row in wasted if all(row[name] == offer[name] for name in same))
    return sum((a_month(row["unused"], row["days"]) for row in mine), Decimal(0))


def _among(name: str, wanted: list[str]) -> bool:
    return not wanted or name.lower() in {one.lower() for one in wanted}


def _shortened(unknown: list[dict[str, Any]]) -> str:
    from ._scope_rows import named

    told = [named(row) for row in unknown[:3]]
    return ", ".join(told) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
