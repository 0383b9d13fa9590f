"""``%%finops plugin``: the class of a cell becomes a plugin."""

from __future__ import annotations

import inspect

import pytest

from finopsnb.commands import run_line
from finopsnb.commands.cells import classes_of
from finopsnb.errors import CommandError, PluginMetadataError

CELL = """
from pydantic import BaseModel

class Office(TelemetryPlugin):
    metadata = PluginMetadata(name="office", version="{version}", plugin_type=PluginType.TELEMETRY)

    class Config(BaseModel):
        rows: int = 1

    def collect_telemetry(self):
        return [{{"BilledCost": "1"}}] * self.config.rows
"""


@pytest.fixture
def run(state, session):
    return lambda line, version="1.0.0", body=CELL: run_line(state, f"plugin {line}", body.format(version=version))


def test_it_is_registered_and_can_be_loaded(run, state, session):
    assert run("").line == "office: registered, not loaded; %finops load office"
    run_line(state, "load office rows=3")
    assert session.plugins.get("office").config.rows == 3
    assert state.variables["Office"].metadata.name == "office"


def test_settings_load_it(run, session):
    assert run("rows=4").line == "office: registered, ready"
    assert session.plugins.get("office").config.rows == 4
    run("--load")


def test_run_again_it_replaces_the_class_and_what_is_loaded(run, session):
    run("rows=4")
    before = session.plugins.get("office")
    run("", "2.0.0")
    now = session.plugins.get("office")
    assert now is not before
    assert (now.metadata.version, now.config.rows) == ("2.0.0", 4)


def test_one_that_registers_itself_is_registered_once(state, session):
    body = CELL.format(version="1.0.0").replace("class Office", "@session.plugins.registry.register\nclass Office")
    state.variables["session"] = session
    assert run_line(state, "plugin", body).line.startswith("office: registered")


def test_its_source_can_be_read(run, state):
    run("")
    assert "def collect_telemetry" in inspect.getsource(state.variables["Office"].collect_telemetry)


@pytest.mark.parametrize(("body", "told"), [(None, "no class"), ("", "no class"), ("x = 1", "defines no plugin")])
def test_a_cell_without_a_plugin_says_how_one_is_written(state, body, told):
    with pytest.raises(CommandError, match=told) as caught:
        run_line(state, "plugin", body)
    assert "%%finops plugin\nclass" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("x = 1\n1 / 0", "ZeroDivisionError: division by zero (line 2: 1 / 0)"),
        ("class Office(TelemetryPlugin:\n    pass", "SyntaxError: invalid syntax (line 1: class Office(TelemetryPlugin:)"),
        ("import json\njson.loads('{')", "(line 2: json.loads('{'))"),
    ],
)
def test_what_is_wrong_in_the_cell_is_told_with_its_line(state, body, told):
    with pytest.raises(CommandError) as caught:
        run_line(state, "plugin", body)
    assert caught.value.why.endswith(told)
    assert caught.value.__cause__ is not None


def test_what_is_wrong_with_the_plugin_is_told_as_elsewhere(state):
    with pytest.raises(PluginMetadataError):
        run_line(state, "plugin", CELL.format(version="1").replace('"office"', '"Not A Name"'))


def test_the_users_own_names_stay(state):
    state.variables["hook"] = "mine"
    run_line(state, "plugin", CELL.format(version="1.0.0"))
    assert state.variables["hook"] == "mine"


def test_classes_are_found_without_running_the_cell():
    assert classes_of("class A:\n    metadata = 1\nclass B:\n    pass\nclass C:\n    metadata: int = 2\n") == ["A", "C"]
