"""The extension on a shell in this process: what is put on, and what is taken off again."""

from __future__ import annotations

import sys

import altair as alt
import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import finopsnb
from finopsnb.errors import CommandError, PluginNotFound
from finopsnb.notebook import load_ipython_extension, unload_ipython_extension
from finopsnb.plugins.secrets import masker


@pytest.fixture
def shell():
    hooks = sys.displayhook, sys.excepthook
    shell = InteractiveShell()
    load_ipython_extension(shell)
    with finopsnb.open(":memory:"):
        yield shell
    unload_ipython_extension(shell)
    sys.displayhook, sys.excepthook = hooks


def test_a_line_prints_its_status_and_gives_the_object(shell, capsys):
    frame = shell.run_line_magic("finops", "tables")
    assert isinstance(frame, pd.DataFrame)
    assert capsys.readouterr().out == f"{len(frame)} tables\n"
    shell.run_cell_magic("finops", "sql -o found", "select 42 as answer")
    assert shell.user_ns["found"].answer.item() == 42


def test_a_mistake_is_raised_with_its_lines(shell):
    with pytest.raises(CommandError) as caught:
        shell.run_line_magic("finops", "colect")
    assert len(caught.value._render_traceback_()) == 3
    with pytest.raises(CommandError) as caught:
        shell.run_line_magic("finops", "colect --debug")
    assert any("Traceback" in line for line in caught.value._render_traceback_())


def test_a_known_secret_is_never_shown_also_not_by_debug(shell):
    masker.add("hunter2-canary")
    for line in ("info hunter2-canary", "info hunter2-canary --debug"):
        with pytest.raises(PluginNotFound) as caught:
            shell.run_line_magic("finops", line)
        assert "hunter2-canary" not in "\n".join([str(caught.value), *caught.value._render_traceback_()])


def test_cards_and_charts_are_formatted(shell):
    format_ = shell.display_formatter.format
    overview, _ = format_(shell.run_line_magic("finops", ""))
    assert overview["text/html"].startswith("<div>")
    assert overview["text/plain"].startswith("finopsnb: ")
    details, _ = format_(shell.run_line_magic("finops", "info focus-files"))
    assert "settings" in details["text/html"]
    chart = alt.Chart(pd.DataFrame({"a": [1]})).mark_bar().encode(x="a:Q")
    for one in (chart, chart | chart, chart + chart):
        bundle, _ = format_(one)
        assert {"application/vnd.vegalite.v5+json", "image/png", "text/plain"} <= set(bundle)


def test_tab(shell):
    with provisionalcompleter():
        assert [found.text for found in shell.Completer.completions("x = %finops coll", 16)] == ["collect"]
    assert shell.complete("", "%finops coll", 12)[1] == ["collect"]


def test_loading_twice_is_loading_once_and_unloading_leaves_nothing(shell):
    load_ipython_extension(shell)
    assert len(shell.Completer.custom_matchers) == 1
    unload_ipython_extension(shell)
    unload_ipython_extension(shell)
    assert shell.Completer.custom_matchers == []
    assert shell.find_line_magic("finops") is None
    assert shell.find_cell_magic("finops") is None
    with pytest.raises(KeyError):
        shell.display_formatter.mimebundle_formatter.lookup_by_type(alt.Chart)
