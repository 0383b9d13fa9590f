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


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ("insights --for finanse", "finanse is no persona", "%finops insights --for finance"),
        ("insights --days many", "no number of days", "--days 28"),
        ("insights --days 0", "no number of days", "%finops insights --days 28"),
    ],
)
def test_what_is_wrong_is_told_with_the_line_that_mends_it(state, line, said, hint):
    with pytest.raises(FinopsError, match=said) as wrong:
        run_line(state, line)
    assert wrong.value.hint == hint


def test_the_key_of_a_tag_is_a_text(state):
    for options in ({"tag": 5}, {"owner_tag": ["team"]}):
        with pytest.raises(FinopsError, match="no key of a tag"):
            state.session.insights(**options)
    assert state.session.insights(tag=None).kind.tolist() == ["nothing"]


def test_personas_are_completed(state):
    assert complete(state, "insights --for fin").words == ("finance", "finops")
