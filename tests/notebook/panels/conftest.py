"""A session with small plugins, and its panel; what a click does, seen through the widgets."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import ipywidgets
import pytest

import finopsnb
from finopsnb.notebook.panels import Panel
from finopsnb.plugins import PluginMetadata, PluginRegistry, PluginType, TelemetryPlugin
from finopsnb.session import Session
from finopsnb.verbs import jobs
from tests.commands.conftest import PLUGINS, OnlyThese
from tests.plugins.plugins_in_tests import cost_row


class Slow(TelemetryPlugin):
    """A page whenever the test lets it."""

    metadata = PluginMetadata(name="slow-bills", plugin_type=PluginType.TELEMETRY, description="Page by page", tags=("portal", "pages"))
    gate = threading.Semaphore(0)

    def collect_telemetry(self):
        for number in range(50):
            assert self.gate.acquire(timeout=20)
            yield f"page {number}", [cost_row(ResourceId=f"i-{number}-{i}") for i in range(10)]


class Broken(TelemetryPlugin):
    metadata = PluginMetadata(name="broken-bills", plugin_type=PluginType.TELEMETRY, description="Fails")

    def initialize(self):
        raise RuntimeError("no route to the portal")

    def collect_telemetry(self):
        return []


@pytest.fixture(autouse=True)
def somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "someone_is_there", lambda: True)


@pytest.fixture
def registry() -> Iterator[PluginRegistry]:
    registry = OnlyThese()
    for cls in (*PLUGINS, Slow, Broken):
        registry.register(cls)
    yield registry
    registry.unload_all()


@pytest.fixture
def session(registry: PluginRegistry) -> Iterator[Session]:
    Slow.gate = threading.Semaphore(0)
    with finopsnb.open(":memory:", registry=registry) as session:
        yield session
        for job in session._jobs.all():
            job.cancel()
        Slow.gate.release(100)


@pytest.fixture
def panel(session: Session) -> Iterator[Panel]:
    panel = Panel(session, moment=0)
    yield panel
    panel.close()


def walk(widget, wanted=lambda _: True):
    """A widget and all that is in it, where it is wanted."""
    if wanted(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from walk(child, wanted)


def is_shown(widget):
    return widget.layout.display != "none" and widget.layout.visibility != "hidden"


def html(widget):
    """All HTML in a widget, what is hidden left out."""
    if not is_shown(widget):
        return ""
    own = widget.value if isinstance(widget, ipywidgets.HTML) else ""
    return own + "".join(html(child) for child in getattr(widget, "children", ()))


def control(widget, label):
    """The control of that label."""
    (found,) = [w for w in walk(widget) if getattr(w, "description", None) == label and not isinstance(w, ipywidgets.Button)]
    return found


def press(widget, tooltip):
    """Click the button with that tooltip or text, as a person does: not where it is hidden or off."""
    buttons = [w for w in walk(widget, is_shown) if isinstance(w, ipywidgets.Button)]
    found = [w for w in buttons if tooltip in (w.tooltip, w.description)]
    assert len(found) == 1, [w.tooltip for w in buttons]
    assert not found[0].disabled
    found[0].click()


def said(panel):
    """The line of status as text."""
    from tests.notebook.test_display import parsed

    return parsed(panel._status.widget.value).text


def assert_harmless(seen, payloads, plain="x"):
    """What ``seen(text)`` parsed has no other elements and attributes for any payload than for a plain word."""
    harmless = seen(plain)
    for payload in payloads:
        hostile = seen(payload)
        assert hostile.tags == harmless.tags, payload
        assert hostile.attributes == harmless.attributes, payload
        assert not hostile.strange, payload
