"""What a run tells others, and keeps, only when its rows are stored."""

from __future__ import annotations

from typing import Any

import pytest

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin
from finopsnb.plugins.testing import new_session


class Teller(RecommendationPlugin):
    """Announces, remembers, and recommends what it is told to."""

    metadata = PluginMetadata(name="teller", version="1.0", description="Tells.", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, rows: Any = None) -> Any:
        self.context.announce("alert_triggered", alert={"id": "a"})
        self.context.remember("told", ["a"])
        return rows if rows is not None else [{"recommendation_id": "a", "category": "test", "title": "a", "status": "open"}]


@pytest.fixture
def session():
    with new_session() as made:
        made.plugins.registry.register(Teller)
        made.load("teller")
        yield made


def test_what_is_announced_is_heard_when_the_rows_are_there(session):
    seen: list[list[str]] = []
    ids = "select recommendation_id from recommendations"
    session.hooks.on("alert_triggered", lambda: seen.append(session.sql(ids, frames="arrow")["recommendation_id"].to_pylist()))
    session.recommend("teller")
    assert seen == [["a"]]
    assert session.plugins.get("teller").context.get_state("told") == ["a"]


def test_a_run_that_fails_announces_and_remembers_nothing(session):
    heard: list[Any] = []
    session.hooks.on("alert_triggered", lambda alert: heard.append(alert))
    with pytest.raises(Exception, match="recommendation"):
        session.recommend("teller", rows=[{"confidence": "much"}])
    assert heard == []
    assert session.plugins.get("teller").context.get_state("told") is None
    assert session.runs(frames="arrow")["status"].to_pylist() == ["failed"]


def test_outside_a_run_there_is_nothing_to_wait_for(session):
    heard: list[Any] = []
    session.hooks.on("alert_triggered", lambda alert: heard.append(alert["id"]))
    session.plugins.get("teller").context.announce("alert_triggered", alert={"id": "b"})
    assert heard == ["b"]
