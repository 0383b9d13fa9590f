"""The doctor: what is in order, what is not, and what mends it."""

from __future__ import annotations

from importlib import metadata

import pytest

import finopsnb
from finopsnb.commands import State, run_line
from finopsnb.errors import PluginRunError
from finopsnb.plugins import PluginRegistry
from finopsnb.plugins.hooks import HookBus
from finopsnb.verbs import examining
from tests.plugins.plugins_in_tests import ALL


@pytest.fixture
def session():
    registry = PluginRegistry(HookBus())
    for cls in ALL:
        registry.register(cls)
    with finopsnb.open(":memory:", registry=registry) as session:
        yield session
        registry.unload_all()


def told(session):
    return {row["check"]: row for row in session.doctor(frames="arrow").to_pylist()}


def test_a_new_session_says_how_to_begin(session):
    checks = told(session)
    assert list(checks["python"]) == list(examining.COLUMNS)
    assert {name: checks[name]["state"] for name in ("python", "packages", "charts", "plugins", "session", "costs", "runs")} == {
        "python": "good", "packages": "good", "charts": "good", "plugins": "good", "session": "good", "costs": "look", "runs": "good",
    }  # fmt: skip
    assert "focus-files" in checks["costs"]["hint"]
    assert "lost when the session closes" in checks["session"]["told"]


def test_costs_and_a_run_that_failed(session):
    session.load("rows")
    session.collect("rows", frames="none")
    checks = told(session)
    assert checks["costs"]["state"] == "good"
    assert checks["costs"]["told"].startswith("1 rows, as of 20")
    session.plugins.get("rows").collect_telemetry = lambda: 1 / 0
    with pytest.raises(PluginRunError):
        session.collect("rows")
    checks = told(session)
    assert checks["run of rows"]["state"] == "look"
    assert checks["run of rows"]["hint"] == 'session.run("rows")'
    assert checks["plugin rows"]["state"] == "wrong"


def test_a_package_that_is_missing_or_of_another_version(session, monkeypatch):
    versions = {"altair": None, "duckdb": "0.1"}
    monkeypatch.setattr(examining, "_version", lambda name: versions.get(name, metadata.version("pip")) if name in versions else "9999")
    checks = told(session)
    assert checks["altair"]["state"] == "wrong"
    assert checks["altair"]["hint"].startswith('pip install "altair')
    assert checks["duckdb"]["state"] == "look"


def test_without_a_session_it_still_tells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run_line(State(), "doctor")
    assert "No session is open." in result.value["told"].tolist()
    assert result.line.endswith("to look at")
