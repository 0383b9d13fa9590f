"""``sync`` as a word of the vocabulary."""

from __future__ import annotations

import pytest

from finopsnb.commands import run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import FinopsError
from finopsnb.plugins import PluginRegistry
from finopsnb.plugins.loading import load_class


@pytest.fixture
def files(state, registry, tmp_path):
    found = next(one for one in PluginRegistry().discover_plugins("finopsnb_plugins", auto_register=False) if one.name == "files")
    registry.register(load_class(found))
    (tmp_path / "owners.csv").write_text("account,owner\n007,web\n")
    state.session.load("files", folder=str(tmp_path), imports={"owners": {"path": "owners.csv"}})
    return tmp_path


def test_the_line_tells_what_changed(state, files):
    first = run_line(state, "sync files --table runs path=runs.csv")
    assert first.value is True
    assert first.line.startswith(f"files: {files / 'runs.csv'}: 0 rows sent: 1 inserted, 0 updated, 0 unchanged")
    run_line(state, "sync files --table tag_sets path=t.csv")
    assert "0 inserted, 0 updated, 1 unchanged" in run_line(state, "sync files --table tag_sets path=t.csv").line


def test_what_is_received_is_the_value_and_a_table(state, files):
    result = run_line(state, "sync files --direction receive --table owners")
    assert result.value.account.tolist() == ["007"]
    assert result.line == f"files: owners: 1 row received ({files / 'owners.csv'})"
    assert run_line(state, "sql SELECT owner FROM owners").value.owner.tolist() == ["web"]
    assert "owners" in complete(state, "sync files --table ow").words


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sync files --direction up", "direction"),
        ("sync files --table runz", "nothing called runz"),
        ("sync bills", "not integration"),
        ("sync files --direction receive --table owner", "names no table owner"),
    ],
)
def test_what_is_wrong_is_told(state, files, line, said):
    with pytest.raises(FinopsError, match=said):
        run_line(state, line)


def test_it_is_completed(state, files):
    assert complete(state, "sync f").words == ("files",)
    assert complete(state, "sync files --direction r").words == ("receive",)
