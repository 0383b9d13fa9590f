"""What the tables mean: ranked findings, kept from run to run as recommendations of the category "insight"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin

if TYPE_CHECKING:
    from finopsnb.analysis.insights import Finding

__all__ = ["InsightsPlugin"]

Persona = Literal["executive", "finance", "engineering", "product", "finops"]


class InsightsPlugin(RecommendationPlugin):
    """Keeps what ``session.insights`` says, so that it can be sent, and decided on; a finding that is found no more is resolved.

    A finding saves nothing by itself: its number is in the evidence, with its change, its chart and its query.
    """

    class Config(BaseModel):
        """Whose findings, and how they are looked for."""

        model_config = ConfigDict(extra="forbid")

        persona: Persona | None = Field(None, description="Whose findings; those of all personas unless given.")
        days: int = Field(28, ge=1, le=366, description="How many complete days are compared with as many before, at most.")
        tag: str = Field("", description="The tag that says which product a charge is for; the usual keys are looked for unless given.")
        owner_tag: str = Field("", description="The tag that says who owns a charge; the usual keys are looked for unless given.")
        top: int = Field(50, ge=1, le=1000, description="How many findings of a currency are kept, the most money first.")

    metadata = PluginMetadata(
        name="insights",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds what the costs mean for executives, finance, engineering, product and FinOps, each finding with its query.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("insights", "personas", "movers", "unit-cost"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(self, persona: Persona | None = None) -> list[dict[str, Any]]:  # type: ignore[override]
        """One row per finding; ``persona`` takes the place of that of the settings this time. FinopsError for one that is none."""
        from finopsnb.analysis.insights import insights

        settings, context = self.config, self.context
        whose = persona or settings.persona
        ways = {"days": settings.days, "tag": settings.tag, "owner_tag": settings.owner_tag}
        kept: dict[str | None, int] = {}
        rows = []
        for finding in insights(context.table, context.execute, whose, **ways):  # type: ignore[arg-type]
            kept[finding.BillingCurrency] = kept.get(finding.BillingCurrency, 0) + 1
            if kept[finding.BillingCurrency] <= settings.top:
                rows.append(_row(finding))
        return rows


def _row(finding: Finding) -> dict[str, Any]:
    told = finding.row()
    evidence = {name: told[name] for name in ("kind", "unit", "change", "personas", "chart", "query", "number_of")}
    exact = {name: None if told[name] is None else f"{told[name].normalize():f}" for name in ("number", "before", "rank")}
    return {
        "recommendation_id": finding.insight_id,
        "category": "insight",
        "title": finding.title,
        "description": " ".join(part for part in (finding.detail, f"Compared: {finding.how}." if finding.how else "") if part),
        "current": f"{exact['number']} {finding.unit}",
        "BillingCurrency": finding.BillingCurrency,
        "evidence": json.dumps({name: value for name, value in (exact | evidence).items() if value is not None}, ensure_ascii=False),
    }
