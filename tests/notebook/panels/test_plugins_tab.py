"""The Plugins tab: what it shows, what its buttons do, and that it follows the registry."""

from __future__ import annotations

import json
import threading
import time

import ipywidgets
import pytest

import finopsnb
from finopsnb import notebook
from finopsnb.commands import State, run_line
from finopsnb.errors import CommandError, StoreClosed
from finopsnb.notebook.panels import Panel, panel_of
from finopsnb.notebook.panels.live import Follower
from finopsnb.plugins import HookBus, PluginMetadata, PluginRegistry, PluginType, TelemetryPlugin
from tests.commands.conftest import OnlyThese
from tests.first_party.drawing import ATTACKS
from tests.notebook.panels.conftest import Slow, assert_harmless, control, html, press, said, walk
from tests.notebook.test_display import PAYLOADS, parsed


def text(widget):
    return parsed(html(widget)).text


def until(done):
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_load_reload_health_and_unload_by_their_buttons(panel, session):
    assert "0 of 6 plugins loaded" in text(panel.widget)
    press(panel.widget, "Load bills")
    assert session.plugins.get("bills").is_ready
    assert said(panel) == "✓ bills is ready"
    assert "1 of 6 plugins loaded" in text(panel.widget)
    assert "● readybills" in text(panel.widget)
    before = session.plugins.get("bills")
    press(panel.widget, "Reload bills")
    assert session.plugins.get("bills") is not before
    press(panel.widget, "Health bills")
    assert said(panel).startswith("✓ bills is well")
    press(panel.widget, "Unload bills")
    assert session.plugins.get("bills") is None


def test_what_was_clicked_is_told_by_the_command_code(panel, session, monkeypatch):
    state = State()
    monkeypatch.setattr(notebook, "_states", [state])
    for title in ("Load bills", "Reload bills", "Run bills"):
        press(panel.widget, title)
    session.job(1).wait()
    panel.redraw()
    press(panel.widget, "Health bills")
    press(panel.widget, "Load broken-bills")
    panel.configure("bills")
    panel.tab._form.fields["rows"].control.value = "3"
    press(panel.tab.widget, "Test")
    press(panel.tab.widget, "Apply")
    assert state.done == [
        'session.load("bills")', 'session.reload("bills")', 'session.run("bills", background=True)', 'session.load("bills", {"rows": 3})'
    ]  # fmt: skip
    press(panel.widget, "Copy as code")
    assert all(line in panel._shown.value for line in state.done)
    assert all(line in str(run_line(state, "code").value) for line in state.done)
    done = list(state.done)
    with finopsnb.open(":memory:", registry=OnlyThese()):
        press(panel.tab.widget, "Apply")  # of a session that is no longer the one that code is written for
    assert said(panel) == "✓ bills is ready with these settings"
    assert state.done == done


def test_a_failure_is_told_with_its_reason_and_can_be_tried_again(panel):
    press(panel.widget, "Load broken-bills")
    assert said(panel).startswith("✕ The plugin broken-bills failed in initialize.\nRuntimeError: no route to the portal")
    assert "✕ errorbroken-bills" in text(panel.widget)
    assert "why: broken-bills: initialize failed" in text(panel.widget)
    press(panel.widget, "Retry broken-bills")


def test_search_type_state_and_tag_choose_what_is_shown(panel, session):
    session.load("bills")
    control(panel.widget, "Search").value = "PAGE"
    assert "slow-bills" in text(panel.widget)
    assert "picture" not in text(panel.widget)
    assert "1 of them shown" in text(panel.widget)
    control(panel.widget, "Search").value = ""
    control(panel.widget, "Type").value = "dashboard"
    assert "picture" in text(panel.widget)
    assert "bills" not in text(panel.widget)
    control(panel.widget, "Type").value = ""
    control(panel.widget, "State").value = "ready"
    assert [w.tooltip for w in walk(panel.widget) if isinstance(w, ipywidgets.Button) and w.description == "Unload"][:1] == ["Unload bills"]
    assert "slow-bills" not in text(panel.widget)
    control(panel.widget, "State").value = ""
    assert set(control(panel.widget, "Tag").options) == {"test", "portal", "pages"}
    control(panel.widget, "Tag").value = "portal"
    assert "slow-bills" in text(panel.widget)
    assert "old-bills" not in text(panel.widget)


def test_it_follows_the_registry_whoever_changes_it(panel, session, registry):
    thread = threading.Thread(target=session.load, args=("bills",))
    thread.start()
    thread.join()
    assert "1 of 6 plugins loaded" in text(panel.widget)

    class New(TelemetryPlugin):
        metadata = PluginMetadata(name="a-new-one", plugin_type=PluginType.TELEMETRY)

        def collect_telemetry(self):
            return []

    registry.register(New)
    assert "a-new-one" in text(panel.widget)
    registry.unregister("a-new-one")
    assert "a-new-one" not in text(panel.widget)
    session.unload("bills")
    assert "0 of 6 plugins loaded" in text(panel.widget)


def test_closing_it_or_the_session_takes_its_ears_off(session):
    def ears():
        return [row for row in session.hooks.listing() if row["owner"] == "panel"]

    panel = panel_of(session)
    assert panel_of(session) is panel
    assert ears()
    panel.close()
    assert ears() == []
    assert "This panel is closed" in text(panel.widget)
    again = session.panel()
    assert again is not panel
    session.close()
    assert ears() == []
    assert "closed" in repr(again)


def test_a_collection_runs_in_the_background_with_progress_and_is_cancelled(panel, session):
    session.load("slow-bills")
    press(panel.widget, "Run slow-bills")
    assert said(panel) == "✓ job 1: collect slow-bills"
    Slow.gate.release(3)
    until(lambda: "30 rows, 3 batches" in text(panel.widget))
    assert "◔ running" in text(panel.widget)
    assert "reading page 2" in text(panel.widget)
    press(panel.widget, "Cancel slow-bills")
    Slow.gate.release(1)
    until(lambda: session.job(1).is_over)
    until(lambda: "✕ cancelled" in text(panel.widget))
    assert len(session.frame("costs")) == 0
    press(panel.widget, "Run slow-bills")
    Slow.gate.release(100)
    assert len(session.job(2).wait(20)) == 500
    until(lambda: "✓ done: 500 rows" in text(panel.widget))
    until(lambda: "collect: 500 rows" in text(panel.widget))


def test_what_shows_its_result_is_run_in_a_cell(panel, session):
    session.load("picture")
    press(panel.widget, "Run picture")
    assert said(panel) == "✓ picture shows its result in a cell: %finops show picture"


def test_the_code_of_what_was_done_is_shown_and_runs(panel, session):
    from finopsnb.commands import State, run_line

    press(panel.widget, "Load bills")
    press(panel.widget, "Run bills")
    session.job(1).wait(10)
    press(panel.widget, "Copy as code")
    code = control(panel.widget, "Code")
    assert code.layout.display == "flex"
    assert 'session.load("bills")' in code.value
    assert "%finops run bills --background" in code.value
    for one in panel.code:
        exec(one.python, {"session": session})
        for job in session._jobs.all():
            job.wait(10)
        for line in one.magic.splitlines():
            run_line(State(), line.removeprefix("%finops "))
    press(panel.widget, "Copy as code")
    assert code.layout.display == "none"


def test_thousands_of_plugins_and_tags_open_at_once_in_a_small_state():
    registry = OnlyThese()
    for number in range(1000):
        about = PluginMetadata(name=f"plugin-{number}", description="x" * 200, tags=tuple(f"tag-{number}-{i}" for i in range(100)))
        registry.register(type(f"P{number}", (TelemetryPlugin,), {"metadata": about, "collect_telemetry": lambda self: []}))
    with finopsnb.open(":memory:", registry=registry) as session:
        session.tables()
        before = set(ipywidgets.Widget.get_manager_state()["state"])
        begin = time.perf_counter()
        panel = session.panel()
        bundle = panel._repr_mimebundle_()
        seconds = time.perf_counter() - begin
        state = {key: one for key, one in ipywidgets.Widget.get_manager_state()["state"].items() if key not in before}
        assert seconds <= 1
        assert len(json.dumps(state)) <= 400_000
        assert len(bundle["text/html"]) <= 100_000
        assert "page 1 of 100" in text(panel.widget)
        press(panel.widget, "the next page")
        assert "page 2 of 100" in text(panel.widget)


def test_the_static_copy_says_the_same_without_controls(panel, session):
    session.load("bills")
    bundle = panel._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.widget.model_id
    seen = parsed(bundle["text/html"])
    assert "run the cell again for the controls" in seen.text
    assert "● ready" in seen.text
    assert "1 of 6 plugins ready" in seen.text
    assert not {"button", "input", "script"} & seen.tags
    assert bundle["text/plain"] == "<finopsnb Panel :memory: (open): 1 of 6 plugins loaded>"


class Hostile(TelemetryPlugin):
    metadata = PluginMetadata(name="hostile", plugin_type=PluginType.TELEMETRY)

    def initialize(self):
        raise RuntimeError(self.metadata.description)

    def collect_telemetry(self):
        return []


def test_no_text_of_a_plugin_makes_an_element(panel, registry):
    cls = registry.register(Hostile)
    control(panel.widget, "Search").value = "hostile"

    def seen(payload):
        about = PluginMetadata(name="hostile", description=payload, version="1.0", tags=(payload,), plugin_type=PluginType.TELEMETRY)
        cls.metadata = registry.record("hostile").metadata = about
        registry.record("hostile").failure = None
        panel.draw()
        press(panel.widget, "Load hostile")
        return parsed(html(panel.widget) + panel.static())

    assert_harmless(seen, [*PAYLOADS, *ATTACKS])


def test_layouts_are_not_shared(panel):
    controls = list(walk(panel.widget))
    assert len({one.layout.model_id for one in controls}) == len({one.model_id for one in controls})


def test_every_control_has_a_label(panel):
    for one in walk(panel.widget):
        if isinstance(one, ipywidgets.Button | ipywidgets.Text | ipywidgets.Dropdown | ipywidgets.Textarea | ipywidgets.Combobox):
            assert one.description, one


def test_a_tab_that_there_is_not_is_told(session):
    with pytest.raises(CommandError, match="no tab plugin") as caught:
        session.panel("plugin")
    assert caught.value.hint == "%finops panel plugins"


def test_a_burst_is_drawn_twice_and_nothing_after_the_end():
    bus, drawn = HookBus(), []
    follower = Follower(bus, ["month_closed"], lambda: drawn.append(1), moment=0.05)
    for _ in range(50):
        bus.trigger("month_closed")
    assert len(drawn) == 1
    until(lambda: len(drawn) == 2)
    bus.trigger("month_closed")
    bus.trigger("month_closed")
    follower.close()
    count = len(drawn)
    time.sleep(0.08)
    assert len(drawn) == count
    assert bus.listing() == []


def test_the_magic_gives_the_panel(session):
    from finopsnb.commands import State, run_line

    result = run_line(State(), "panel plugins")
    assert result.value is session.panel()
    assert isinstance(result.value, Panel)
    assert finopsnb.panel() is result.value
    assert isinstance(session.plugins.registry, PluginRegistry)


def test_an_event_never_waits_for_a_drawing_in_another_thread():
    """It may come with the lock of a plugin held, for which that drawing waits."""
    bus, drawn, begun, go = HookBus(), [], threading.Event(), threading.Event()

    def draw():
        drawn.append(1)
        begun.set()
        assert go.wait(10)

    follower = Follower(bus, ["month_closed"], draw, moment=0)
    slow = threading.Thread(target=follower.draw)
    slow.start()
    assert begun.wait(10)
    begin = time.monotonic()
    bus.trigger("month_closed")
    assert time.monotonic() - begin < 1
    go.set()
    slow.join()
    until(lambda: len(drawn) == 2)
    follower.close()


def test_a_closed_session_has_no_panel(session):
    session.close()
    with pytest.raises(StoreClosed, match="is closed"):
        session.panel()
