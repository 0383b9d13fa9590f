"""What a run tells others, and keeps, only when its rows are stored."""

from __future__ import annotations

from typing import Any

import pytest

from finopsnb.plugins import PluginMetadata, PluginType, RecommendationPlugin
from finopsnb.plugins.testing import new_session
from tests.plugins import plugins_in_tests


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


def reporting(cls: type[Any]) -> type[Any]:
    """A plugin that does what ``cls`` does, and reports that it did, unless it is silent."""

    class Reporting(cls):  # type: ignore[misc]
        silent = False

    def told(method: str) -> Any:
        def said(self: Any, *given: Any, **options: Any) -> Any:
            if not self.silent:
                self.context.report("halfway", "ResourceId", "half of it", rows=2, example=method, severity="warning")
            return getattr(cls, method)(self, *given, **options)

        return said

    for method in METHODS[cls.metadata.name]:
        setattr(Reporting, method, told(method))
    return Reporting


METHODS = {
    "rows": {"collect_telemetry": {}},
    "owners": {"attribute_cost": {}},
    "saver": {"generate_recommendations": {}},
    "region": {"evaluate_policy": {}},
    "drawing": {"render": {}},
    "echo": {"send_data": {}, "receive_data": {"direction": "receive"}},
    "bell": {"send_notification": {"message": "hello"}},
}


def test_what_a_plugin_of_any_type_reports_is_kept_with_its_run(session):
    def halfway(run_id: int | None = None) -> list[str]:
        found = session.findings(run_id, frames="arrow").to_pylist()
        return sorted(one["example"] for one in found if (one["rule"], one["severity"], one["action"]) == ("halfway", "warning", "kept"))

    told = {}
    for cls in plugins_in_tests.ALL:
        session.plugins.registry.register(reporting(cls))
        session.load(cls.metadata.name)
        for method, options in METHODS[cls.metadata.name].items():
            session.run(cls.metadata.name, **options)
            told[method] = halfway(session.last_run["run_id"])
    assert told == {method: [method] for methods in METHODS.values() for method in methods}
    found = ["attribute_cost", "collect_telemetry", "evaluate_policy", "generate_recommendations", "receive_data"]
    assert halfway() == found
    for name in ("owners", "region"):
        session.plugins.get(name).silent = True
        session.run(name)
    assert halfway() == ["collect_telemetry", "generate_recommendations", "receive_data"]
