"""Machines that are larger than their use: the cheapest type that leaves room, and what it would save."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

from ._saving_rows import Given, SavingSettings, money, row_of, tell_unmatched

__all__ = ["RightsizingPlugin"]

_LACKING = "rightsizing needs a utilisation table (ResourceId, cpu_p95, ...) and a price table (type, hourly_price, vcpus, memory, ...)."


class RightsizingPlugin(RecommendationPlugin):
    """Holds what machines use against what their type has; without a utilisation table, or a price table, it recommends nothing.

    ``session.recommend("rightsizing", utilization=frame, prices=frame)`` takes the tables of one run;
    Machines that a commitment or the spot market pays for, that are scaled, or that have the tag ``finopsnb:keep`` are left alone;
    :mod:`finopsnb.analysis.recommendations.rightsizing` says which others.
    """

    class Config(SavingSettings):
        """What is known of machines, and how much room a smaller one leaves."""

        utilization: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: ResourceId, cpu_p95, where known memory_p95, cpu_max, cpu_mean (all 0 to 1), days, "
            "instance_type, autoscaled.",
        )
        prices: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: type, hourly_price, vcpus, memory (GiB), where known region, family, currency, "
            "gpus, architecture, baseline (of each CPU, of burstable types).",
        )
        cpu_target: float = Field(0.7, gt=0, le=1, description="How much of its CPU the smaller type may use, at the 95th percentile.")
        memory_target: float = Field(0.8, gt=0, le=1, description="How much of its memory; where that is not known memory never shrinks.")
        peak_target: float = Field(1.0, gt=0, le=4, description="How much of its CPU the highest peak may use, where cpu_max is known.")
        any_family: bool = Field(False, description="Types of other families too; the same family only if not.")
        days: int = Field(30, ge=7, le=366, description="The complete days of cost that are looked at.")
        minimum_days: int = Field(14, ge=1, le=366, description="For how many of them, and of utilisation, a machine must be known.")

    metadata = PluginMetadata(
        name="rightsizing",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds machines that are larger than their use, and the cheapest type that leaves them room.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("rightsizing", "compute", "savings"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self, utilization: Any = None, prices: Any = None) -> list[dict[str, Any]]:  # type: ignore[override]
        """One row per machine that can be smaller; tables given here take the place of those of the settings."""
        from finopsnb.analysis.recommendations import rightsizing

        settings, execute = self.config, self.context.execute
        use = rightsizing.machine_use(settings.utilization if utilization is None else utilization, execute)
        known = rightsizing.machine_prices(settings.prices if prices is None else prices, execute)
        if use is None or known is None:
            self.context.logger.warning(_LACKING)
            return []
        tell_unmatched(self.context, use)
        fit = rightsizing.Fit(
            settings.cpu_target, settings.memory_target, settings.peak_target, settings.days, settings.minimum_days, settings.any_family
        )
        found = execute(rightsizing.rightsizing(self.context.table("costs"), use, known, fit)).to_pylist()
        rows = [_row(one, rightsizing.saved_by(one)) for one in found]
        return [row for row in rows if row["monthly_saving"] >= settings.minimum_saving and row["monthly_saving"] > 0]


def _row(found: Mapping[str, Any], saved: Any) -> dict[str, Any]:
    from finopsnb.analysis.recommendations.months import a_month

    cost, saving = (a_month(amount, found["days"]) for amount in (found["cost"], saved))
    name, memory, peak = found["ResourceName"] or found["ResourceId"], found["memory_p95"], found["cpu_max"]
    known = "" if memory is None else f" and {memory:.0%} of {found['memory']:g} GiB"
    used = f"{found['cpu_p95']:.0%} of {found['vcpus']:g} CPUs{known}"
    other = found["family"] != found["new_family"]
    figures = ("hours", "cpu_p95", "memory_p95", "cpu_max", "known_days", "type", "new_type", "hourly_price", "new_hourly_price")
    return row_of(
        found,
        "rightsizing",
        category="rightsizing",
        title=f"{name}: {found['type']} to {found['new_type']}",
        description=f"It uses {used} (95th percentile); {found['new_type']} has {found['new_vcpus']:g} CPUs and "
        f"{found['new_memory']:g} GiB. The same hours would cost {money(saving, found['BillingCurrency'])} less a month.",
        current=found["type"],
        recommended=found["new_type"],
        saving=saving,
        monthly_cost=cost,
        days=found["days"],
        confidence=round(0.6 + 0.15 * (memory is not None) + 0.15 * (peak is not None), 2),
        effort="high" if other else "medium",
        risk="high" if other else "low" if memory is not None and peak is not None else "medium",
        evidence={key: found[key] for key in figures},
    )
