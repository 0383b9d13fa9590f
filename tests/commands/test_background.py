"""``collect --background`` and ``jobs`` as words of the vocabulary."""

from __future__ import annotations

import sys

import pytest

from finopsnb.commands import run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import CommandError, FinopsError
from finopsnb.verbs import jobs


@pytest.fixture
def somebody(monkeypatch):
    monkeypatch.setattr(jobs, "someone_is_there", lambda: True)


def test_a_collection_in_the_background_gives_a_job_to_wait_for(state, somebody):
    run_line(state, "load bills")
    started = run_line(state, "collect bills --background")
    assert started.line.startswith("job 1: collect bills, ")
    waited = run_line(state, "jobs --wait 1")
    assert len(waited.value) == 2
    assert waited.line.startswith("job 1: collect bills, done, 2 rows in 1 batch, ")
    assert run_line(state, "jobs --cancel 1").line == "job 1 has ended already: done"
    listed = run_line(state, "jobs")
    assert listed.value.state.tolist() == ["done"]
    assert listed.line == "1 job"
    assert complete(state, "jobs --wait ").words == ("1",)


def test_without_anybody_there_it_has_ended_already(state, monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)  # a shell of another test has left its prompt
    run_line(state, "load bills")
    assert run_line(state, "collect --background").line.startswith("job 1: collect bills, done, 2 rows in 1 batch")


def test_a_job_that_failed_says_why_when_it_is_waited_for(state, somebody, caplog):
    run_line(state, "load bills rows=-1")
    run_line(state, "collect bills --background")
    with pytest.raises(FinopsError, match="the portal is down"):
        run_line(state, "jobs --wait 1")


@pytest.mark.parametrize(("line", "said"), [("jobs --wait 9", "There is no job 9"), ("jobs --cancel x", "invalid int")])
def test_what_is_wrong_is_told(state, line, said):
    with pytest.raises((FinopsError, CommandError), match=said):
        run_line(state, line)
