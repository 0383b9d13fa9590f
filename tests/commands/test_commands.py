"""Each command, on a real session with small plugins."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import finopsnb
from finopsnb.commands import SHELL, State, run_line
from finopsnb.errors import (
    CommandError,
    FinopsError,
    PluginConfigError,
    PluginNotFound,
    PluginRunError,
    QueryRefused,
    SecretError,
    StoreClosed,
    UnknownTable,
)


def value(state, line, body=None):
    return run_line(state, line, body).value


def line(state, text, body=None):
    return run_line(state, text, body).line


# the session


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_open_makes_the_session_and_says_so(alone, folder):
    result = run_line(alone, "open bills.duckdb")
    assert result.value is finopsnb.session()
    assert result.line == "bills.duckdb is open: 0 cost rows"
    assert line(alone, "close") == "bills.duckdb is closed."
    assert line(alone, "close") == "No session is open."


def test_opening_the_same_file_again_gives_the_same_session(alone, folder):
    first = value(alone, "open bills.duckdb")
    assert value(alone, "open ./bills.duckdb") is first
    assert "is open already" in line(alone, "open bills.duckdb")
    value(alone, "close")


def test_opening_another_file_closes_what_a_command_opened_but_not_what_code_opened(alone, folder):
    with finopsnb.open("mine.duckdb") as mine:
        one = value(alone, "open one.duckdb")
        value(alone, "open two.duckdb")
        assert not one.is_open
        assert mine.is_open
        value(alone, "close")


def test_a_file_that_was_opened_to_write_can_be_opened_to_read(alone, folder):
    first = value(alone, "open bills.duckdb")
    again = value(alone, "open bills.duckdb --read-only --frames polars")
    assert not first.is_open
    assert isinstance(again.tables(), pl.DataFrame)
    value(alone, "close")


@pytest.mark.parametrize("text", ["collect", "load bills", "tables", "sql select 1", "show picture", "runs", "health"])
def test_without_a_session_the_hint_opens_one(alone, text):
    with pytest.raises(CommandError) as caught:
        run_line(alone, text)
    assert caught.value.lines() == ["No session is open.", "Hint: %finops open finops.duckdb"]


@pytest.mark.parametrize("text", ["", "status", "plugins", "info bills", "help", "hooks", "config bills"])
def test_these_work_without_a_session(alone, text):
    assert run_line(alone, text).value is not None


def test_a_closed_session_is_no_session(state, session):
    session.close()
    with pytest.raises(CommandError, match="No session is open"):
        run_line(state, "tables")


def test_status_shows_the_session_the_loaded_plugins_and_what_next(state):
    run_line(state, "load bills")
    run_line(state, "collect bills")
    overview = value(state, "")
    assert overview["plugins"]["loaded"] == 1
    text = repr(overview)
    assert ":memory:" in text
    assert "bills  telemetry  ● ready" in text
    assert "costs" in text
    assert "run 1" in text
    assert "%finops" in text.rpartition("next:")[2]


def test_status_without_a_session_says_how_to_begin(alone):
    assert repr(value(alone, "status")).splitlines()[0] == "finopsnb: no session is open"
    assert "%finops open finops.duckdb" in repr(value(alone, "status"))


# plugins


def test_plugins_are_listed_by_type_state_and_tag(state):
    frame = value(state, "plugins")
    assert frame.name.tolist() == ["advice", "bills", "old-bills", "picture"]
    assert value(state, "plugins --type telemetry").name.tolist() == ["bills", "old-bills"]
    assert value(state, "plugins --tag test").name.tolist() == ["bills"]
    run_line(state, "load bills")
    assert value(state, "plugins --state ready").name.tolist() == ["bills"]
    assert line(state, 'plugins --state "not loaded"') == "3 plugins, 0 ready"


def test_load_types_its_settings_as_the_plugin_declares_them(state):
    result = run_line(state, "load bills rows=3 account=0012 granularity=monthly")
    assert result.value is finopsnb.session().plugins.get("bills")
    assert (result.value.config.rows, result.value.config.account) == (3, "0012")
    assert result.line.startswith("bills: ready (telemetry 1.2.0, ")
    assert value(state, "load bills account=12").config.account == "12"


def test_settings_of_a_file_are_overlaid_by_those_of_the_line(state, folder):
    Path("finops.toml").write_text('[plugins.bills]\nrows = 5\naccount = "9"\n')
    plugin = value(state, "load bills --config finops.toml rows=1")
    assert (plugin.config.rows, plugin.config.account) == (1, "9")
    with pytest.raises(CommandError, match="no settings for picture"):
        run_line(state, "load picture --config finops.toml")
    with pytest.raises(CommandError, match="no file"):
        run_line(state, "load bills --config other.toml")


def test_wrong_settings_are_all_told_at_once(state):
    with pytest.raises(PluginConfigError) as caught:
        run_line(state, "load bills rows=many colour=red")
    assert set(caught.value.problems) == {"rows", "colour"}


@pytest.mark.parametrize("verb", ["load", "reload", "config"])
@pytest.mark.parametrize("setting", ["api_key=hunter2secret", "bank=hunter2secret", 'api_key="hunter2secret"'])
def test_a_literal_secret_is_refused_with_the_ways_that_work(state, verb, setting):
    if verb != "load":
        run_line(state, "load bills")
    with pytest.raises(SecretError) as caught:
        run_line(state, f"{verb} bills {setting}")
    said = str(caught.value)
    assert all(way in said for way in ("env:BILLS_", "file:", "keyring:"))
    assert "hunter2secret" not in said


@pytest.mark.parametrize("text", ["run advice token=hunter2", "trigger x password=hunter2", "load old-bills db=pg://me:hunter2@h/d"])
def test_a_literal_secret_is_refused_everywhere(state, text):
    with pytest.raises(SecretError) as caught:
        run_line(state, text)
    assert "hunter2" not in str(caught.value)


def test_a_reference_to_a_secret_is_resolved_and_shown_as_stars(state, monkeypatch):
    monkeypatch.setenv("BILLS_KEY", "hunter2secret")
    plugin = value(state, "load bills api_key=env:BILLS_KEY")
    assert plugin.config.api_key.get_secret_value() == "hunter2secret"
    for text in ("config bills --show", "config bills", "info bills", ""):
        shown = value(state, text)
        assert "hunter2secret" not in (shown.to_string() if hasattr(shown, "to_string") else repr(shown))


def test_unload_and_reload(state):
    run_line(state, "load bills rows=4")
    assert value(state, "reload bills account=8").config.model_dump(include={"rows", "account"}) == {
        "rows": 4,
        "account": "8",
    }
    assert line(state, "unload bills") == "bills: unloaded"
    with pytest.raises(PluginNotFound) as caught:
        run_line(state, "unload bills")
    assert caught.value.hint == "%finops load bills"


def test_config_shows_and_changes_settings(state):
    frame = value(state, "config bills")
    assert {"key", "type", "required", "default", "value", "description"} <= set(frame.columns)
    run_line(state, "load bills rows=4")
    assert value(state, "config bills --show")["rows"] == 4
    run_line(state, "config bills account=8")
    assert value(state, "config bills --show")["account"] == "8"
    assert value(state, "config bills --show")["rows"] == 4
    by_key = value(state, "config bills").set_index("key")
    assert by_key.value["rows"] == "4"
    with pytest.raises(PluginNotFound) as caught:
        run_line(state, "config old-bills a=1")
    assert caught.value.hint == "%finops load old-bills a=1"


def test_a_cell_of_settings_loads_all_its_plugins_and_tells_what_did_not(state):
    result = run_line(state, "config", '[bills]\nrows = 1\n[plugins.old-bills]\n[picture]\nwidth = "x"\n[nothing]\n')
    assert {"bills", "old-bills"} <= set(result.value)
    assert "nothing" in result.value.failed
    assert "loaded: " in result.line
    assert "✕ nothing" in result.line
    with pytest.raises(FinopsError):
        run_line(state, "config --strict", "[nothing]\n")


@pytest.mark.parametrize(
    ("body", "said"),
    [("[bills\n", "not TOML"), ("rows = 1\n", "outside"), ("", "no plugins"), ("path = x", "not TOML")],
)
def test_a_cell_that_is_no_settings_says_what_is_wrong(state, body, said):
    with pytest.raises(CommandError, match=said):
        run_line(state, "config", body)


@pytest.mark.parametrize(
    "body",
    [
        '[bills]\napi_key = "hunter2"',
        '[bills]\nbank = "hunter2"',
        '[plugins.old-bills]\nauth = {token = "hunter2"}',
        '[unknown]\naccounts = [{password = "hunter2"}]',
    ],
)
def test_a_cell_with_a_literal_secret_is_refused_before_anything_is_loaded(state, body):
    with pytest.raises(SecretError) as caught:
        run_line(state, "config", body)
    assert "hunter2" not in str(caught.value)
    assert finopsnb.session().plugins.list_loaded() == []


def test_info_tells_everything_and_works_for_an_unknown_name(state):
    details = value(state, "info bills")
    assert details["name"] == "bills"
    assert "granularity" in repr(details)
    with pytest.raises(PluginNotFound, match="Did you mean bills"):
        run_line(state, "info bils")


def test_info_tells_why_a_file_is_of_no_use(state, folder):
    (folder / "mine").mkdir(mode=0o755)
    (folder / "mine" / "broken.py").write_text("def (:\n")
    (folder / "mine" / "needs.py").write_text(
        "import nothing_of_that_name\n"
        "from finopsnb.plugins import PluginMetadata, TelemetryPlugin\n"
        "class Needs(TelemetryPlugin):\n"
        "    metadata = PluginMetadata(name='needs', description='x')\n"
        "    def collect_telemetry(self): return []\n"
    )
    finopsnb.session().plugins.registry.discover_from_path(folder / "mine")
    assert "unusable" in value(state, "plugins").state.tolist()
    assert "nothing_of_that_name" in repr(value(state, "info needs"))
    with pytest.raises(FinopsError, match="nothing_of_that_name"):
        run_line(state, "load needs")
    assert "✕ error" in repr(value(state, "info needs"))


# work


def test_collect_returns_the_frame_and_tells_the_run_in_one_line(state):
    run_line(state, "load bills")
    result = run_line(state, "collect bills")
    assert isinstance(result.value, pd.DataFrame)
    assert len(result.value) == 2
    assert result.line.startswith("bills: 2 rows stored, 0 quarantined, 0 duplicates in ")
    assert "\n" not in result.line


def test_collect_without_names_tells_every_run(state):
    run_line(state, "load bills")
    run_line(state, "load old-bills")
    lines = line(state, "collect").splitlines()
    assert [text.partition(":")[0] for text in lines] == ["bills", "old-bills"]


def test_collect_takes_no_settings_in_a_notebook(state):
    with pytest.raises(CommandError) as caught:
        run_line(state, "collect bills rows=3")
    assert caught.value.hint == "%finops load bills rows=3"


def test_a_plugin_that_fails_is_an_error_with_its_reason(state):
    run_line(state, "load bills rows=-1")
    with pytest.raises(PluginRunError, match="the portal is down"):
        run_line(state, "collect bills")


def test_run_picks_the_verb_and_hands_the_options_on(state):
    run_line(state, "load advice")
    result = run_line(state, "run advice least=1")
    assert result.value.title.tolist() == ["save 1", "save 2"]
    assert result.line.startswith("advice: ")


def test_trigger_gives_a_row_for_each_handler(state):
    run_line(state, "load old-bills")
    result = run_line(state, "trigger month_closed month=may")
    assert result.value.owner.tolist() == ["old-bills"]
    assert "archived may" in result.value.result[0]
    assert result.line == "month_closed: heard by 1 handler"
    frame = value(state, 'trigger month_closed --payload \'{"month": "june"}\'')
    assert "archived june" in frame.result[0]
    assert value(state, "hooks month_closed").owner.tolist() == ["old-bills"]
    for wrong in ("[1]", "{"):
        with pytest.raises(CommandError, match="JSON"):
            run_line(state, f"trigger x --payload '{wrong}'")


def test_show_gives_the_chart(state):
    chart = value(state, "show picture by=Region")
    assert chart.to_dict()["title"] == "by Region"


def test_health_says_who_is_not_well(state):
    assert line(state, "health") == "no plugin is loaded"
    run_line(state, "load bills")
    assert line(state, "health") == "1 plugin loaded, all well"


# the data


def test_tables_describe_sql_and_runs(state):
    run_line(state, "load bills")
    run_line(state, "collect")
    assert "costs" in value(state, "tables").name.tolist()
    assert "BilledCost" in value(state, "describe costs").column.tolist()
    frame = value(state, 'sql select ServiceName as "the service", sum(BilledCost) as c from costs group by all')
    assert frame["the service"].tolist() == ["Amazon EC2"]
    assert value(state, "sql", "select count(*) as n\nfrom costs").n.item() == 2
    assert value(state, "runs").plugin.tolist() == ["bills"]
    with pytest.raises(UnknownTable):
        run_line(state, "describe cost")
    with pytest.raises(QueryRefused):
        run_line(state, "sql drop table costs")
    with pytest.raises(CommandError, match="no query"):
        run_line(state, "sql")


def test_sql_takes_a_limit_parameters_and_a_variable(state):
    result = run_line(state, "sql --limit 3 -o few", "select * from range(10)")
    assert result.value is None
    assert len(state.variables["few"]) == 3
    assert result.line == "3 rows (no more than 3 were asked for); kept in few"
    frame = value(state, "sql --param name='a b' select $name as n")
    assert frame.n.item() == "a b"
    with pytest.raises(CommandError, match="less than nothing"):
        run_line(state, "sql --limit -1 select 1")


def test_sql_does_not_see_the_variables_of_the_notebook(state):
    state.variables["mine"] = pd.DataFrame({"a": [1]})
    mine = state.variables["mine"]  # noqa: F841 - a replacement scan would find it
    with pytest.raises(QueryRefused):
        run_line(state, "sql select * from mine")


@pytest.mark.parametrize("text", ["plugins", "tables", "runs", "sql select 1 as a", "health", "hooks", "config bills"])
def test_every_frame_comes_as_polars_when_asked_for_and_pandas_afterwards(state, text):
    word, _, rest = text.partition(" ")
    assert isinstance(value(state, f"{word} --polars {rest}"), pl.DataFrame)
    assert isinstance(value(state, text), pd.DataFrame)


@pytest.mark.parametrize("name", ["1a", "a-b", "class", "a.b", "../x", ""])
def test_a_name_that_is_no_variable_is_refused_before_the_command_runs(state, name):
    run_line(state, "load bills")
    with pytest.raises(CommandError, match="variable"):
        run_line(state, f'collect bills -o "{name}"')
    assert len(value(state, "runs")) == 0


def test_a_run_is_forgotten(state):
    run_line(state, "load bills")
    run_line(state, "collect")
    result = run_line(state, "runs --forget 1")
    assert result.line == "run 1 is forgotten: 2 rows removed"
    assert value(state, "sql select count(*) as n from costs").n.item() == 0


def test_findings_are_those_of_the_newest_collection(state):
    run_line(state, "load bills")
    run_line(state, "collect")
    assert list(value(state, "findings").columns)[:2] == ["run_id", "rule"]
    assert len(value(state, "findings 1")) == len(value(state, "findings"))


@pytest.mark.parametrize("path", ["../x.html", "/tmp/x/../../etc/x.html", "a/../../x.html"])
def test_a_report_outside_of_the_working_folder_is_refused_unless_told(state, folder, path):
    with pytest.raises(CommandError, match="outside") as caught:
        run_line(state, f"report {path}")
    assert "--outside" in caught.value.hint


def test_a_link_does_not_lead_a_report_out(state, folder, tmp_path_factory):
    Path("link").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(CommandError, match="outside"):
        run_line(state, "report link/x.html")


def test_a_report_is_written_where_it_was_told(state, folder):
    result = run_line(state, "report out/r.html picture")
    assert result.value == Path("out/r.html")
    assert "<html" in Path("out/r.html").read_text().lower()


# lines


def test_debug_may_stand_anywhere(state):
    for text in (
        "--debug",
        "describe cost --debug",
        "describe --debug cost",
        "sql select nothing --debug",
        "sql --debug select x",
    ):
        with pytest.raises(FinopsError) as caught:
            run_line(state, text)
        assert caught.value.debug, text


def test_help_is_on_every_command_and_needs_no_argument(state):
    assert "usage: %finops load NAME" in repr(value(state, "load --help"))
    assert "usage: %finops sql" in repr(value(state, "sql --help"))
    assert "%finops collect" in repr(value(state, "help"))
    assert repr(value(state, "help load")) == repr(value(state, "load -h"))
    with pytest.raises(CommandError, match="collect"):
        run_line(state, "help colect")


def test_a_semicolon_at_the_end_is_not_a_word(state):
    assert value(state, "tables;") is not None


def test_cells_belong_to_the_commands_that_take_them(state):
    with pytest.raises(CommandError, match="takes no cell"):
        run_line(state, "tables", "body")


def test_the_shell_has_no_state_of_its_own_to_open_twice(folder, registry):
    state = State(face=SHELL, file="x.duckdb")
    assert state.session is state.session
    state.close_opened()
    with pytest.raises(StoreClosed):
        finopsnb.session()
