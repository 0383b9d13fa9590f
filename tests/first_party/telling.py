"""A process that raises alerts in a run and sends them, until it is killed: ``python -m tests.first_party.telling FILE URL HOST COUNT``."""

from __future__ import annotations

import sys
from typing import Any

import finopsnb
from finopsnb.plugins import PluginMetadata, PluginRegistry, PluginType, RecommendationPlugin
from finopsnb.verbs.outbox import Pace

OPEN = ["pending", "failed", "sending", "uncertain"]


class Finder(RecommendationPlugin):
    """Raises as many alerts in a run as it is told to."""

    metadata = PluginMetadata(name="finder", version="1.0", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, count: int = 1, when_stored: bool = False) -> list[dict[str, Any]]:
        tell = self.context.announce if when_stored else self.context.emit
        for number in range(count):
            alert = {"plugin": "finder", "id": str(number), "title": f"alert {number}", "impact": "12.5"}
            tell("alert_triggered", alert=alert | {"BillingCurrency": ("USD", "EUR")[number % 2]})
        return [{"title": "x"}]


def main(path: str, url: str, host: str, count: str) -> None:
    """Take up what was left, raise the alerts unless a run has raised them all, and send until nothing is open."""
    registry = PluginRegistry()
    registry.discover_plugins("finopsnb_plugins")
    registry.register(Finder)
    with finopsnb.open(path, registry=registry, frames="arrow") as session:
        session._outbox.pace = Pace(interval=0.001, jitter=lambda low, high: 0.01)
        print("open", flush=True)
        session.load("webhook", webhook_url=url, allowed_hosts=[host], events=["alert_triggered"])
        session.load("finder")
        if not session.sql("select 1 from runs where plugin = 'finder' and status = 'succeeded'").num_rows:
            session.recommend("finder", count=int(count), frames="arrow")
        while session.sql("select 1 from outbox where list_contains(?, status)", [OPEN]).num_rows:
            session.deliver()
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
