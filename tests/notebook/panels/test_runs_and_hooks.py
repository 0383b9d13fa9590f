"""The Runs tab and the Hooks tab."""

from __future__ import annotations

import pytest

from finopsnb.commands import State, run_line
from tests.notebook.panels.conftest import Slow, assert_harmless, control, html, is_shown, press, said, walk
from tests.notebook.test_display import PAYLOADS, parsed


def text(widget):
    return parsed(html(widget)).text


@pytest.fixture
def runs(panel, session):
    session.load("bills")
    session.collect("bills")
    session.load("old-bills")
    session.collect("old-bills")
    return panel.open("runs")


def test_the_runs_are_listed_newest_first_and_chosen_by_plugin_and_status(runs, session):
    seen = text(runs.widget)
    assert seen.index("old-bills") < seen.index("2 runs") or seen.startswith("2 runs")
    assert "✓ succeeded" in seen
    control(runs.widget, "Plugin").value = "OLD"
    assert "1 run," in text(runs.widget)
    control(runs.widget, "Status").value = "failed"
    assert "0 runs" in text(runs.widget)
    control(runs.widget, "Status").value = ""
    control(runs.widget, "Plugin").value = ""
    session.reload("bills", rows=-1)
    with pytest.raises(Exception, match="portal is down"):
        session.collect("bills")
    assert "✕ failed" in text(runs.widget)
    assert "the portal is down" in text(runs.widget)


def test_a_run_is_forgotten_when_it_is_said_twice(runs, session, panel):
    control(runs.widget, "Run").value = "1"
    press(runs.widget, "Forget")
    assert "Forget run 1 of bills: 2 rows?" in text(runs.widget)
    press(runs.widget, "No")
    assert len(session.frame("costs")) == 3
    press(runs.widget, "Forget")
    press(runs.widget, "Yes, forget it")
    assert said(panel) == "✓ run 1 is forgotten: 2 rows removed"
    assert len(session.frame("costs")) == 1
    assert "○ forgotten" in text(runs.widget)
    assert panel.code[-1] == ("session.forget(1)", "%finops runs --forget 1")


@pytest.mark.parametrize(("number", "told"), [("", "Nothing is no number"), ("x", "x is no number"), ("9", "There is no run 9")])
def test_a_number_that_no_run_has_is_told(runs, panel, number, told):
    control(runs.widget, "Run").value = number
    press(runs.widget, "Forget")
    assert said(panel).startswith(f"✕ {told}")


def test_while_a_job_writes_nothing_is_forgotten(runs, session, panel):
    session.load("slow-bills")
    session.collect("slow-bills", background=True)
    control(runs.widget, "Run").value = "1"
    press(runs.widget, "Forget")
    press(runs.widget, "Yes, forget it")
    assert said(panel).startswith("✕ Job 1 (collect slow-bills) is at work.")
    session.job(1).cancel()
    Slow.gate.release(1)


@pytest.fixture
def hooks(panel, session):
    session.load("old-bills")
    return panel.open("hooks")


def test_who_listens_is_listed_in_order_with_the_last_failure(hooks, session, panel):
    def archive(month):
        raise RuntimeError(f"no room for {month}")

    session.hooks.on("month_closed", archive, priority=5)
    control(hooks.widget, "Event").value = "month_closed"
    control(hooks.widget, "Payload").value = "month='May 2026'"
    press(hooks.widget, "Trigger")
    assert said(panel) == "✓ month_closed: heard by 2 handlers, 1 failed"
    seen = text(hooks.widget)
    assert seen.index("archive") < seen.index("old-bills")
    assert "RuntimeError: no room for May 2026" in seen
    assert "archived May 2026" in seen
    assert "an event of your own" in seen


@pytest.mark.parametrize("payload", ['month="it\'s May" n=3', '{"month": "it\'s May", "n": [1, {"a": null}]}', ""])
def test_the_code_of_an_event_fires_the_same(hooks, session, panel, payload):
    heard = []
    session.hooks.on("any thing", lambda **given: heard.append(given))
    control(hooks.widget, "Event").value = "any thing"
    control(hooks.widget, "Payload").value = payload
    press(hooks.widget, "Trigger")
    exec(panel.code[-1].python, {"session": session})
    run_line(State(), panel.code[-1].magic.removeprefix("%finops "))
    assert heard[0] == heard[1] == heard[2]
    assert bool(heard[0]) is bool(payload)


@pytest.mark.parametrize(
    ("event", "payload", "told"),
    [("", "", "Which event?"), ("e", "{", "The payload is not JSON."), ("e", "api_key=abc", "The setting api_key of e is a secret")],
)
def test_what_cannot_be_fired_is_told(hooks, panel, event, payload, told):
    control(hooks.widget, "Event").value = event
    control(hooks.widget, "Payload").value = payload
    press(hooks.widget, "Trigger")
    assert said(panel).startswith(f"✕ {told}")


def test_no_text_of_an_event_or_a_run_makes_an_element(panel, session):
    def listen(text):
        def handler(**_):
            raise RuntimeError(text)

        handler.__qualname__ = text
        return session.hooks.on("e", handler, owner=text)

    def seen(texts):
        """All of them on one page."""
        ears = [listen(text) for text in texts]
        tab = panel.open("hooks")
        control(tab.widget, "Event").value = "e"
        press(tab.widget, "Trigger")
        for text in texts:
            session._store.fail_run(session._store.start_run(text, plugin_type=text, verb=text, source=text), "failed", text)
        whole = html(panel.widget) + panel.static()
        panel.open("runs")
        for undo in ears:
            undo()
        return parsed(whole + html(panel.widget) + panel.static())

    # 15 runs are a page
    assert_harmless(seen, [PAYLOADS[start : start + 15] for start in range(0, len(PAYLOADS), 15)], ["x"])


def test_every_control_is_labelled_and_hidden_ones_are_hidden_alone(runs, hooks, panel):
    import ipywidgets

    for title in ("runs", "hooks"):
        tab = panel.open(title)
        for one in walk(tab.widget):
            if hasattr(one, "description") and not isinstance(one, ipywidgets.HTML):
                assert one.description
        controls = list(walk(tab.widget))
        assert len({one.layout.model_id for one in controls}) == len({one.model_id for one in controls})
    assert not is_shown(runs._answer)
    assert is_shown(runs._run)
