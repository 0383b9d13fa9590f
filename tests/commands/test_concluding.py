"""``insights`` as a word of the vocabulary."""

from __future__ import annotations

import pytest

from finopsnb.commands import run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import FinopsError
from finopsnb.plugins.testing import _store, new_session, sample_costs


@pytest.fixture(scope="module")
def stored():
    with new_session() as opened:
        _store(opened, sample_costs())
        yield opened


def test_the_line_is_the_first_finding(state, stored, monkeypatch):
    monkeypatch.setattr(type(state), "session", stored)
    result = run_line(state, "insights --for executive --days 7")
    assert result.line == f"{len(result.value)} findings. {result.value.title.iloc[0]}"
    assert all("executive" in one for one in result.value.personas)
    assert set(run_line(state, "insights --for product --tag team").value.kind) == {"product-cost", "untagged"}


def test_nothing_is_said_to_be_nothing(state):
    assert run_line(state, "insights").line.startswith("There is nothing to say")


@pytest.mark.parametrize(("line", "said"), [("insights --for boss", "no persona"), ("insights --days many", "no number of days")])
def test_what_is_wrong_is_told(state, line, said):
    with pytest.raises(FinopsError, match=said):
        run_line(state, line)


def test_personas_are_completed(state):
    assert complete(state, "insights --for fin").words == ("finance", "finops")
