"""What is out of the ordinary in the costs: looked for after every collection, explained, ranked by money, and told once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin, hook

if TYPE_CHECKING:
    from ._anomaly_texts import Event

__all__ = ["AnomaliesPlugin"]

_EVENTS, _MARKS = "events", "marks"


class AnomaliesPlugin(RecommendationPlugin):
    """Finds spikes, drops, level shifts, slow leaks, double counts, weekend changes and launches in daily costs, by BillingCurrency.

    ``session.recommend("anomalies", acknowledge=ID)``, ``expect=ID`` and ``reopen=ID`` (an id or several) say what became of one. Of each
    that is new and open ``alert_triggered`` tells once: id, title, description and the facts.
    """

    class Config(BaseModel):
        """What a series is, and what is worth telling."""

        model_config = ConfigDict(extra="forbid")

        by: list[str] = Field(
            ["provider", "account", "service"],
            description="The dimensions of a series: provider, account, service, region, category, charge, or columns.",
        )
        cost: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
            "EffectiveCost", description="EffectiveCost spreads commitments over their usage, BilledCost is invoiced."
        )
        sensitivity: float = Field(1.0, gt=0.1, le=10, description="2 tells of what is half as odd, 0.5 only of what is twice as odd.")
        minimum_impact: Decimal = Field(Decimal(1), ge=0, description="What an anomaly comes to at least, in its currency.")
        launch_share: float = Field(0.1, gt=0, le=1, description="The share of all costs from which a new service is an anomaly.")
        open_days: int = Field(30, ge=1, le=366, description="For how many days after its last day an anomaly is open.")
        history: int = Field(400, ge=1, description="For how many days an anomaly that is over is kept.")
        after_collection: bool = Field(True, description="Look again whenever a collection stored rows.")

    metadata = PluginMetadata(
        name="anomalies",
        version="1.0.0",
        author="The finopsnb authors",
        description="Finds what is out of the ordinary in daily costs, explains it, ranks it by money, and tells of it once.",
        plugin_type=PluginType.RECOMMENDATION,
        tags=("anomalies", "alerts", "cost"),
        license="Apache-2.0",
    )

    config: Config

    def generate_recommendations(  # type: ignore[override]  # the session refuses any other option by name
        self,
        acknowledge: Iterable[str] | str | None = None,
        expect: Iterable[str] | str | None = None,
        reopen: Iterable[str] | str | None = None,
    ) -> list[dict[str, Any]]:
        """One row per anomaly of the last ``history`` days, with its status and, as evidence, the facts in JSON."""
        from ._anomaly_states import gone, marked, remembered, status_of

        last = self._last_days()
        known: dict[str, Any] = self.context.get_state(_EVENTS, {})
        events = self._found(last, known)
        given = {"acknowledge": acknowledge, "expect": expect, "reopen": reopen}
        marks = marked(self.context.get_state(_MARKS, {}), given, {*known, *events})
        accounts = self._account_ids() if "account" in self.config.by else {}
        kept = gone(known, set(events), marks, self._since(last))
        for key, event in events.items():
            newest = last.get(event.first["BillingCurrency"], max(last.values()))
            status = status_of(event, marks.get(key, ""), newest - timedelta(days=self.config.open_days))
            first_found = known[key]["row"]["created_at"] if key in known else datetime.now(UTC).isoformat()
            kept[key] = remembered(event, event.row(accounts) | {"recommendation_id": key, "status": status, "created_at": first_found})
        self.context.remember(_EVENTS, kept)
        self.context.remember(_MARKS, {key: mark for key, mark in marks.items() if key in kept})
        self._tell({key: event for key, event in events.items() if key not in known}, kept)
        return [one["row"] | {"created_at": datetime.fromisoformat(one["row"]["created_at"])} for one in kept.values()]

    @hook("cost_entry_received")
    def look_again(self) -> None:
        """A collection stored rows, and its run is closed."""
        if self.config.after_collection:
            self.context.run(frames="arrow")

    def _found(self, last: Mapping[str, date], known: Mapping[str, Any]) -> dict[str, Event]:
        """The events by the ids that they had in earlier runs."""
        from finopsnb.analysis.anomalies import Limits, anomalies

        from ._anomaly_states import known_as
        from ._anomaly_texts import together

        settings = self.config
        limits = Limits(launch=settings.launch_share).sensitive(settings.sensitivity)
        if not last:
            return {}
        rows = anomalies(
            *(self.context.table("costs"), self.context.execute, settings.by),
            metric=settings.cost,
            since=self._since(last),
            minimum=settings.minimum_impact,
            limits=limits,
        )
        found: dict[str, Event] = {}
        for key, event in together(rows.to_pylist(), settings.by).items():
            found[known_as(key, event, known, found)] = event
        return found

    def _last_days(self) -> dict[str, date]:
        """The last day with usage of each currency."""
        from finopsnb.analysis.cost import totals

        rows = self.context.execute(totals(self.context.table("costs"), self.config.cost)).to_pylist()
        return {row["BillingCurrency"]: row["last"] for row in rows if row["last"]}

    def _since(self, last: Mapping[str, date]) -> date:
        return max(last.values(), default=date.max) - timedelta(days=self.config.history)

    def _account_ids(self) -> dict[str, str]:
        """The SubAccountId of each account that has one only."""
        from finopsnb.analysis.cost import dimension

        costs = self.context.table("costs")
        ids = costs.group_by(account=dimension(costs, "account")).aggregate(id=costs.SubAccountId.max(), ids=costs.SubAccountId.nunique())
        return {row["account"]: row["id"] for row in self.context.execute(ids).to_pylist() if row["ids"] == 1}

    def _tell(self, new: Mapping[str, Event], kept: Mapping[str, Any]) -> None:
        """Once the rows are stored and what is told is remembered: who listens finds them, and one that fails has nothing told again."""
        for key, event in new.items():
            row = kept[key]["row"]
            if row["status"] == "open":
                told = {"plugin": self.name, "id": key, "title": row["title"], "description": row["description"]}
                self.context.announce("alert_triggered", alert=told | event.facts())
