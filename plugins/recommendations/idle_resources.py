"""What is paid for and not used: what costs tell of it, and what a utilisation table tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

from ._saving_rows import Given, SavingSettings, money, row_of, tell_unmatched

__all__ = ["IdleResourcesPlugin"]

#: by kind: why, what to do, confidence, risk
_WORDS = {
    "address": ("It is an address that nothing uses.", "Release the address.", 0.95, "low"),
    "unattached": ("It is a volume that is attached to nothing.", "Take a snapshot and delete the volume.", 0.9, "medium"),
    "stopped": ("It is stopped and costs all the same.", "Delete it, or take an image and delete it.", 0.85, "medium"),
    "load-balancer": ("Its hours are billed and no traffic.", "Delete it.", 0.85, "low"),
    "no-usage": ("It is billed for no usage at all.", "Delete it, or end what it is billed for.", 0.8, "medium"),
    "unused": ("It runs, and nothing asks anything of it.", "Stop it, and delete it when nobody misses it.", 0.85, "medium"),
}


class IdleResourcesPlugin(RecommendationPlugin):
    """Finds unattached volumes and addresses, what is stopped and billed, load balancers without traffic, what is billed without usage.

    Costs alone tell some of it, by the words and quantities of their charges (:mod:`finopsnb.analysis.recommendations.idle` has the
    patterns); ``session.recommend("idle-resources", utilization=frame)`` tells more. Left alone is what stands by for another
    resource, what a commitment pays for, and what has the tag ``finopsnb:keep``.
    """

    class Config(SavingSettings):
        """What is known of resources, and for how long one must have been idle."""

        utilization: Given = Field(
            None,
            description="CSV, XLSX, Parquet, or rows: ResourceId, and any of attached (true or false), state, requests, connections, "
            "network_gb, cpu_p95, cpu_max, memory_p95 (0 to 1), days.",
        )
        minimum_days: int = Field(14, ge=3, le=366, description="For how many complete days a resource must have been idle.")
        idle_cpu: float = Field(0.02, ge=0, lt=1, description="How much CPU a machine that does nothing uses, at the 95th percentile.")

    metadata = PluginMetadata(
        name="idle-resources",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds what is paid for and not used: unattached, stopped but billed, without traffic, without usage.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("idle", "waste", "savings"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self, utilization: Any = None) -> list[dict[str, Any]]:  # type: ignore[override]
        """One row per idle resource; a table given here takes the place of that of the settings."""
        from finopsnb.analysis.recommendations import idle

        settings, execute = self.config, self.context.execute
        use = idle.idle_use(settings.utilization if utilization is None else utilization, execute)
        if use is not None:
            tell_unmatched(self.context, use)
        found = execute(idle.idle(self.context.table("costs"), use, days=settings.minimum_days, cpu=settings.idle_cpu)).to_pylist()
        rows = [_row(one, settings.minimum_days) for one in found]
        return [row for row in rows if row["monthly_saving"] >= settings.minimum_saving]


def _row(found: Mapping[str, Any], days: int) -> dict[str, Any]:
    from finopsnb.analysis.recommendations.months import a_month

    cost = a_month(found["cost"], days)
    why, what, confidence, risk = _WORDS[found["kind"]]
    name = found["ResourceName"] or found["ResourceId"]
    return row_of(
        found,
        "idle",
        category="idle",
        title=f"{name} is idle: {found['kind']}",
        description=f"{why} It costs {money(cost, found['BillingCurrency'])} a month, and has been so for {days} days at least.",
        current=f"{money(cost, found['BillingCurrency'])} a month",
        recommended=what,
        saving=cost,
        monthly_cost=cost,
        days=days,
        confidence=confidence,
        effort="low",
        risk=risk,
        evidence={key: found[key] for key in ("kind", "said", "cpu_p95", "requests", "connections", "network_gb", "state")},
    )
