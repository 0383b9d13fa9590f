"""What TAB offers, by the state of things."""

from __future__ import annotations

import pytest

from finopsnb.commands import run_line
from finopsnb.commands.completion import complete, complete_sql


def words(state, text):
    return list(complete(state, text).words)


def test_commands(state):
    assert words(state, "lo") == ["load"]
    assert {"open", "collect", "sql", "help"} <= set(words(state, ""))
    assert words(state, "help fi") == ["findings"]


def test_plugins_by_state(state):
    assert words(state, "load ") == ["advice", "bills", "old-bills", "picture"]
    assert words(state, "unload ") == []
    run_line(state, "load bills")
    assert words(state, "load ") == ["advice", "old-bills", "picture"]
    assert words(state, "unload ") == ["bills"]
    assert words(state, "reload b") == ["bills"]
    assert words(state, "collect ") == ["bills"]
    assert words(state, "collect bills ") == ["bills"]
    assert words(state, "show ") == ["picture"]
    assert words(state, "info o") == ["old-bills"]


def test_settings_that_are_not_given_yet_and_their_values(state):
    assert "rows=" in words(state, "load bills ")
    assert "rows=" not in words(state, "load bills rows=3 ")
    assert words(state, "load bills gran") == ["granularity="]
    found = complete(state, "load bills granularity=m")
    assert (found.fragment, list(found.words)) == ("m", ["monthly"])
    assert words(state, "load nothing ") == []


def test_options_of_the_command_and_their_values(state):
    assert words(state, "open --r") == ["--read-only"]
    assert words(state, "open --frames p") == ["pandas", "polars"]
    assert words(state, "plugins --type te") == ["telemetry"]
    assert words(state, "plugins --tag ") == ["test"]
    assert "--polars" in words(state, "tables -")
    assert "--db" not in words(state, "tables -")
    assert words(state, "load bills --config f.toml ac") == ["account="]


def test_tables_columns_runs_and_events(state):
    run_line(state, "load bills")
    run_line(state, "collect")
    assert words(state, "describe cost") == ["costs"]
    assert words(state, "runs --forget ") == ["1"]
    assert words(state, "trigger post_") == ["post_collect_metrics"]
    assert words(state, "hooks plugin_l") == ["plugin_loaded"]
    assert "costs" in words(state, "sql select * from co")
    assert "BilledCost" in words(state, "sql select sum(x) from costs where Bill")
    assert list(complete_sql(state, "select *\nfrom costs order by BilledC").words) == ["BilledCost"]


@pytest.mark.parametrize("text", ["nonsense ", "close x ", "tables x y", "sql --limit "])
def test_nothing_is_offered_where_nothing_is_known(state, text):
    assert words(state, text) == []


@pytest.mark.parametrize("text", ["describe ", "runs --forget ", "unload ", "sql select * from "])
def test_without_a_session_nothing_breaks(alone, text):
    assert words(alone, text) == []


def test_files_where_a_path_is_due(state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "a.csv").touch()
    (tmp_path / "bill.csv").touch()
    (tmp_path / ".hidden").touch()
    assert words(state, "report ") == ["bill.csv", "exports/"]
    assert words(state, "report exports/") == ["exports/a.csv"]
    assert words(state, "report .h") == [".hidden"]
    assert words(state, "report nowhere/") == []
    found = complete(state, "load anything path=exp")
    assert (found.fragment, found.words) == ("exp", ("exports/",))
