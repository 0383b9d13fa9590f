"""A process that ends between storing and telling owes what it found; the next one tells it, once a channel is there."""

from __future__ import annotations

from typing import Any

import pytest

import finopsnb
from finopsnb.plugins import NotificationPlugin, PluginMetadata, PluginRegistry, PluginType, RecommendationPlugin, hook
from finopsnb.plugins.hooks import HookBus


class Finder(RecommendationPlugin):
    metadata = PluginMetadata(name="finder", version="1.0", description="Finds one.", plugin_type=PluginType.RECOMMENDATION)

    def generate_recommendations(self, fail: bool = False) -> list[dict[str, Any]]:
        if fail:
            raise ValueError("nothing to be found")
        return [{"recommendation_id": "a", "title": "a"}, {"recommendation_id": "b", "title": "b", "status": "dismissed"}]


class Bell(NotificationPlugin):
    metadata = PluginMetadata(name="bell", version="1.0", description="Rings.", plugin_type=PluginType.NOTIFICATION)

    def initialize(self) -> None:
        self.heard: list[list[str]] = []

    def send_notification(self, message: str, priority: str = "normal", metadata: dict[str, Any] | None = None) -> bool:
        return True

    @hook("recommendation_generated")
    def ring(self, table: Any) -> None:
        self.heard.append(table["recommendation_id"].to_pylist())


def opened(path):
    registry = PluginRegistry(HookBus())
    for plugin in (Finder, Bell):
        registry.register(plugin)
    session = finopsnb.open(path, registry=registry)
    session.load("finder")
    return session


@pytest.fixture
def path(tmp_path):
    return tmp_path / "costs.duckdb"


def cut_off(*_: Any) -> None:
    raise KeyboardInterrupt


def test_what_was_stored_and_not_told_is_told_by_the_next_session(path, monkeypatch):
    with opened(path) as session:
        session.load("bell")
        monkeypatch.setattr(session, "_announce", cut_off)
        with pytest.raises(KeyboardInterrupt):
            session.recommend("finder")
        assert session.plugins.get("bell").heard == []
    for _ in range(2):  # another channel may be loaded later; the outbox sends what it has sent no second time
        with opened(path) as session:
            assert session.load("bell").heard == [["a"]]


def test_what_was_told_or_failed_or_is_forgotten_is_owed_no_more(path, monkeypatch):
    with opened(path) as session:
        bell = session.load("bell")
        session.recommend("finder")
        assert len(bell.heard) == 1
        with pytest.raises(finopsnb.errors.FinopsError):
            session.recommend("finder", fail=True)
        monkeypatch.setattr(session, "_announce", cut_off)
        with pytest.raises(KeyboardInterrupt):
            session.recommend("finder")
        session.forget(int(session.runs(frames="arrow")["run_id"].to_pylist()[-1]))
    with opened(path) as session:
        assert session.load("bell").heard == []


def test_nobody_hears_of_it_in_a_session_that_is_closed_or_only_read(path):
    with opened(path) as session:
        session.recommend("finder")
    session.load("bell")
    registry = PluginRegistry(HookBus())
    registry.register(Bell)
    with finopsnb.open(path, read_only=True, registry=registry) as session:
        assert session.load("bell").heard == []
