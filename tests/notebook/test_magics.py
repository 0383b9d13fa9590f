"""``%finops`` in a real kernel, as a front end sees it."""

from __future__ import annotations

import json

import pytest

from tests.notebook.conftest import kernel_environ
from tests.notebook.kernels import kernel

CANARY = "canary-c0ffee"


def test_the_main_job_prints_one_line_each_and_gives_the_frame(opened):
    assert opened.run("%finops load cell").printed.startswith("cell: ready (telemetry 0.1.0, ")
    collected = opened.run("df = %finops collect cell\nprint(type(df).__name__, len(df), float(df.BilledCost.sum()))")
    told, frame = collected.printed.splitlines()
    assert told.startswith("cell: 3 rows stored, 0 quarantined, 0 duplicates in ")
    assert "findings: " in told
    assert frame == "DataFrame 3 4.5"
    assert collected.stderr == ""


def test_a_result_is_shown_as_the_object_that_it_is(opened):
    shown = opened.run("%finops tables").results
    assert "text/html" in shown[0]
    assert "<table" in shown[0]["text/html"]
    assert opened.run("%finops tables;").results == []
    assert opened.run("%finops open :memory:\nNone").results == []


def test_sql_in_a_cell_keeps_quotes_braces_and_dollars(opened):
    query = """%%finops sql -o answer --limit 5
select '{x} $HOME ''quoted''' as "my text", {'a': 1}.a as n
"""
    assert opened.run(query).printed == "1 row; kept in answer\n"
    assert opened.run("print(answer['my text'][0], answer.n[0])").printed == "{x} $HOME 'quoted' 1\n"


def test_nothing_on_a_line_is_expanded(opened):
    opened.run("secret_name = 'cell'; echo = 'cell'")
    for name in ("{secret_name}", "$secret_name", "$(id)", "`id`"):
        error = opened.run(f"%finops info {name}").error
        assert error is not None
        assert name in error["evalue"]


def test_a_mistake_is_an_error_output_of_what_why_and_hint(opened):
    output = opened.run("%finops colect")
    assert output.error == {
        "ename": "CommandError",
        "evalue": "There is no command colect.\nDid you mean collect?\nHint: %finops collect",
        "traceback": [
            "CommandError: There is no command colect.",
            "Did you mean collect?",
            "Hint: %finops collect",
        ],
    }
    assert (output.stderr, output.printed) == ("", "")


@pytest.mark.parametrize(
    "code",
    ["%finops load nothing", "%finops load", "%finops sql drop table costs", "%%finops config\n[x", "%finops load 'x",
     "%finops describe cost", "%finops runs --forget 99", "%finops open --frames x", "x = %finops info nothing"],
)  # fmt: skip
def test_no_mistake_shows_a_traceback_and_debug_does(opened, code):
    first, newline, rest = code.partition("\n")
    short = opened.run(code)
    assert short.error is not None
    assert len(short.error["traceback"]) <= 3 + short.error["evalue"].count("\n")
    assert not any("Traceback" in line or 'File "' in line for line in short.error["traceback"])
    assert short.stderr == ""
    if "'" not in code:
        long = opened.run(f"{first} --debug{newline}{rest}")
        assert any("Traceback" in line for line in long.error["traceback"])


def test_a_plugin_that_fails_hides_its_secret_in_the_error_and_in_the_traceback(opened):
    assert opened.run("%finops load cell fails=true api_key=env:CELL_KEY").error is None
    for line in (
        "%finops collect cell",
        "%finops collect cell --debug",
        "%finops",
        "%finops runs",
        "%finops info cell",
    ):
        output = opened.run(line)
        assert CANARY not in json.dumps([output.error, output.results, output.printed, output.stderr]), line


def test_without_a_session_the_error_names_the_line_that_opens_one(notebook):
    notebook.run("%finops close")
    error = notebook.run("%finops collect").error
    assert error["traceback"] == ["CommandError: No session is open.", "Hint: %finops open finops.duckdb"]


def test_the_card_is_html_and_text_and_escapes_what_plugins_say(opened):
    opened.run("%finops load cell")
    overview = opened.run("%finops").results[0]
    assert overview["text/plain"].startswith("finopsnb: :memory:")
    assert "● ready" in overview["text/html"]
    details = opened.run("%finops info cell").results[0]
    assert "<script>" not in details["text/html"]
    assert "&lt;script&gt;" in details["text/html"]
    assert "<script>alert(1)</script>" in details["text/plain"]


def test_help_is_text_without_quotes(opened):
    text = opened.run("%finops help load").results[0]["text/plain"]
    assert text.startswith("usage: %finops load NAME [key=value ...] [--config FILE]\n")


def test_a_chart_is_drawn_offline_also_by_name(opened):
    for code in (
        "%finops show chart",
        "chart = %finops show chart\nchart",
        "import altair as alt\nalt.layer(chart, chart)",
    ):
        bundle = opened.run(code).results[0]
        assert "application/vnd.vegalite.v5+json" in bundle, code
        assert "image/png" in bundle
        assert "cdn" not in json.dumps(bundle).lower()


def test_a_cell_of_settings_loads_and_tells(opened):
    output = opened.run("%%finops config\n[cell]\nfails = false\n[nothing]\n")
    assert output.error is None
    assert output.printed.splitlines()[0] == "loaded: cell"
    assert output.printed.splitlines()[1].startswith("✕ nothing")


def test_python_and_magics_see_the_same_session(opened):
    opened.run("import finopsnb\nsession = finopsnb.session()\nsession.load('cell'); None")
    assert opened.run("print(%finops close)").error is not None  # a magic is a line, not an expression
    assert opened.run("%finops collect").printed.startswith("cell: 3 rows stored")


def test_loading_again_or_after_a_new_import_changes_nothing(opened):
    count = "from IPython import get_ipython\nshell = get_ipython()\nprint(len(shell.Completer.custom_matchers))"
    before = opened.run(count).printed
    opened.run("%reload_ext finopsnb")
    opened.run("finopsnb_ext = __import__('finopsnb')\nfinopsnb_ext.load_ipython_extension(shell)")
    assert opened.run(count).printed == before == "1\n"
    assert opened.run("%finops tables").error is None


def test_unloading_takes_everything_off_and_loading_brings_it_back(opened):
    opened.run("%unload_ext finopsnb")
    try:
        assert "not found" in opened.run("%finops tables").stderr
        assert opened.run("print(len(get_ipython().Completer.custom_matchers))").printed == "0\n"
        assert "finops" not in opened.complete("%fino")["matches"]
    finally:
        opened.run("%load_ext finopsnb")
    assert opened.run("%finops tables").error is None


def test_importing_everything_anew_three_times_keeps_the_session_and_one_of_each(tmp_path):
    anew = """
import sys
for name in [name for name in sys.modules if name.partition(".")[0] in ("finopsnb", "finopsnb_plugins")]:
    del sys.modules[name]
"""
    with kernel(tmp_path, kernel_environ(tmp_path)) as running:
        assert running.run("%load_ext finopsnb\n%finops open again.duckdb").error is None
        for _ in range(3):
            running.run(anew)
            assert running.run("%reload_ext finopsnb").error is None
            assert running.run("print(len(get_ipython().Completer.custom_matchers))").printed == "1\n"
            assert running.run("%finops open again.duckdb").error is None
            assert running.run("%finops tables").error is None


def test_importing_the_notebook_part_pulls_in_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys; from finopsnb.notebook import completion, display, magics;"
        "print(sorted({'pandas', 'polars', 'pyarrow', 'altair', 'duckdb', 'ibis', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
