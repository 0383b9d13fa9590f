"""Jobs: a collection in the background tells its progress, ends, and is stopped without a row left behind."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

import finopsnb
from finopsnb.errors import FinopsError, PluginNotFound, PluginRunError
from finopsnb.plugins import PluginMetadata, PluginRegistry, PluginType, TelemetryPlugin
from finopsnb.verbs import jobs, watching
from tests.plugins.plugins_in_tests import RowsPlugin, cost_row


class Steps(TelemetryPlugin):
    """Yields a batch whenever the test lets it."""

    metadata = PluginMetadata(name="steps", plugin_type=PluginType.TELEMETRY)
    gate: threading.Semaphore
    fails = False
    swallows = False

    def collect_telemetry(self):
        for number in range(100):
            assert self.gate.acquire(timeout=20)
            if self.fails:
                raise RuntimeError("the portal is down")
            self.context.logger.warning("page %s", number)
            yield f"page {number}", [cost_row(ResourceId=f"i-{number}-{i}") for i in range(10)]


@pytest.fixture(autouse=True)
def somebody(monkeypatch):
    monkeypatch.setattr(jobs, "someone_is_there", lambda: True)


@pytest.fixture
def session():
    with finopsnb.open(":memory:", registry=PluginRegistry()) as session:
        for cls in (Steps, RowsPlugin):
            session.plugins.registry.register(cls)
        Steps.gate, Steps.fails = threading.Semaphore(0), False
        session.load("steps")
        yield session
        for job in session._jobs.all():
            job.cancel()
        Steps.gate.release(2)
        session.close()
        session.plugins.registry.unload_all()


def until(done, seconds=10):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def test_it_tells_its_progress_and_gives_what_the_call_would_have_given(session):
    changes = []
    stop = session._jobs.listen(lambda job: changes.append(job.rows))
    job = session.collect("steps", background=True)
    assert job.state in ("waiting", "running")
    Steps.gate.release(3)
    until(lambda: job.rows == 30)
    assert (job.batches, job.is_over) == (3, False)
    assert job.bytes > 0
    row = session.jobs().iloc[-1].to_dict()
    assert (row["job"], row["what"], row["state"], row["rows"]) == (1, "collect steps", "running", 30)
    assert repr(job).startswith("<Job 1: collect steps, running, 30 rows in 3 batches, ")
    assert {"reading page 1", "warning: page 1"} <= set(job.lines)
    Steps.gate.release(100)
    frame = job.wait(20)
    stop()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == 1_000
    assert job.state == "done"
    assert changes[-1] == 1_000
    assert session.last_run["status"] == "succeeded"


@pytest.mark.parametrize("earlier", [0, 5])
def test_cancel_leaves_no_row_and_a_run_that_says_so(session, earlier):
    if earlier:
        session.load("rows").given = [cost_row(ResourceId=str(n)) for n in range(earlier)]
        session.collect("rows")
    job = session.collect("steps", background=True)
    Steps.gate.release(5)
    until(lambda: job.rows == 50)
    job.cancel()
    Steps.gate.release(1)
    until(lambda: job.is_over)
    assert job.state == "cancelled"
    assert len(session.frame("costs")) == earlier
    assert len(session.frame("quarantine")) == 0
    run = session.last_run
    assert (run["status"], run["rows_stored"]) == ("cancelled", None)
    assert session.plugins.get("steps").is_ready
    with pytest.raises(FinopsError, match="was cancelled; it stored nothing"):
        job.wait()
    job.cancel()
    assert session.jobs().state.tolist() == ["cancelled"]


def test_a_statement_that_runs_is_interrupted(session, monkeypatch):
    """A collection whose last, long step has no batches: its statement is stopped, and what others read is not."""
    at_work = threading.Event()
    from finopsnb.store import refusing

    def long_step(stage, row_key):
        at_work.set()
        stage.cursor.execute("select sum(a.range * b.range) from range(100000000) a, range(100000) b").fetchall()
        raise AssertionError("it was not interrupted")

    monkeypatch.setattr(refusing, "drop_duplicates", long_step)
    job = session.collect("steps", background=True)
    Steps.gate.release(100)
    assert at_work.wait(10)
    begin = time.monotonic()
    job.cancel()
    assert session.sql("select sum(range) as s from range(3000000)").s[0] > 0
    until(lambda: job.is_over)
    assert time.monotonic() - begin < 5
    assert job.state == "cancelled"
    assert session.last_run["status"] == "cancelled"
    assert len(session.frame("costs")) == 0


def test_a_job_that_waits_for_its_turn_is_cancelled_at_once(session):
    first, second = session.collect("steps", background=True), session.collect("steps", background=True)
    Steps.gate.release(1)
    until(lambda: first.rows == 10)
    assert second.state == "waiting"
    second.cancel()
    until(lambda: second.is_over)
    assert (first.state, second.state) == ("running", "cancelled")
    assert len(session.runs()) == 1
    with pytest.raises(TimeoutError, match="it goes on"):
        first.wait(0.01)


def test_a_failure_is_kept_told_and_raised_by_wait(session, caplog):
    Steps.fails = True
    with caplog.at_level(logging.WARNING, logger="finopsnb.jobs"):
        job = session.collect("steps", background=True)
        Steps.gate.release(1)
        until(lambda: job.is_over)
        with pytest.raises(PluginRunError, match="the portal is down"):
            job.wait(1)
    until(lambda: "job 1 (collect steps) failed" in caplog.text)
    assert "the portal is down" in session.jobs().said[0]


def test_what_cannot_begin_is_refused_at_once(session):
    with pytest.raises(PluginNotFound, match="not loaded"):
        session.collect("rows", background=True)
    with pytest.raises(FinopsError, match="There is no job 7"):
        session.job(7)
    assert len(session.jobs()) == 0


@pytest.mark.parametrize("change", ["unload", "reload", "load"])
def test_a_plugin_at_work_is_not_changed_under_its_job(session, change):
    job = session.collect("steps", background=True)
    with pytest.raises(FinopsError, match=r"steps is at work in job 1") as caught:
        getattr(session, change)("steps", **({} if change == "unload" else {"page": 1}))
    assert caught.value.hint == "session.job(1).cancel()"
    assert session.plugins.registry.fields("steps") == []
    job.cancel()
    Steps.gate.release(1)
    until(lambda: job.is_over)
    session.unload("steps")


def test_closing_the_session_stops_its_jobs(session):
    job = session.collect("steps", background=True)
    Steps.gate.release(2)
    until(lambda: job.rows == 20)
    threading.Timer(0.05, Steps.gate.release).start()
    session.close()
    assert job.state == "cancelled"


def test_without_anybody_there_it_is_done_at_once_and_raises_what_it_raises(session, monkeypatch):
    monkeypatch.setattr(jobs, "someone_is_there", lambda: False)
    Steps.gate.release(100)
    job = session.collect("steps", background=True)
    assert job.state == "done"
    assert len(job.wait()) == 1_000
    Steps.fails = True
    Steps.gate.release(1)
    with pytest.raises(PluginRunError, match="the portal is down"):
        session.collect("steps", background=True)
    assert session.jobs().state.tolist() == ["done", "failed"]


def test_a_script_is_nobody():
    code = "from finopsnb.attending import someone_is_there; print(someone_is_there())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"


def test_a_secret_in_a_line_is_covered():
    from finopsnb.plugins.secrets import masker

    masker.add("hunter2-of-the-jobs")
    watch = watching.Watch()
    watch.say("logged in with hunter2-of-the-jobs")
    assert list(watch.lines) == ["logged in with ****"]
